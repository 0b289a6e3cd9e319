"""Stock in the back office: counts, moves between locations, thresholds and the list of alarms."""

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Variant
from showfloor.kernel.clock import utc_now
from showfloor.stock import locations, services
from showfloor.stock.models import Location, LowStockAlarm, Stock, StockMovement
from tests.stock.helpers import broken_invariants, make_variant
from tests.support.forms import fields


@pytest.fixture
def office(client: Client, producer: User) -> Client:
    client.force_login(producer)
    return client


@pytest.fixture
def variant(brand: Brand) -> Variant:
    return make_variant(brand, "LIP", on_hand=20)


def page(variant: Variant) -> str:
    row = Stock.objects.for_brand(variant.brand_id).get(variant=variant)
    return reverse("admin:stock_stock_change", args=[row.pk])


def units(variant: Variant) -> list[int]:
    row = Stock.objects.for_brand(variant.brand_id).get(variant=variant)
    return list(locations.units_of(row).values())


def test_clerk_opens_a_location_moves_goods_there_and_counts_them(
    office: Client, brand: Brand, variant: Variant
) -> None:
    answer = office.post(reverse("admin:stock_location_add"), {"name": "Depot", "position": 1})
    assert answer.status_code == 302
    main, depot = Location.objects.for_brand(brand)
    assert (main.is_main, depot.name) == (True, "Depot")

    form = fields(office.get(page(variant)))
    moved = office.post(page(variant), form | {"change": "8", "target": depot.pk, "note": "truck"})
    assert (moved.status_code, units(variant)) == (302, [12, 8])
    counted = office.post(page(variant), form | {"location": depot.pk, "counted": "6"})
    assert (counted.status_code, units(variant)) == (302, [12, 6])
    lines = StockMovement.objects.for_brand(brand).exclude(by=None).order_by("pk")
    assert sorted(lines.values_list("change", "reason", "note", "by__email")) == [
        (-8, "moved", "truck", "producer@example.test"),
        (-2, "counted", "", "producer@example.test"),
        (8, "moved", "truck", "producer@example.test"),
    ]
    assert "Main location: 12 · Depot: 6" in office.get(page(variant)).content.decode()
    assert broken_invariants() == []


def test_refused_change_is_said_beside_its_field(
    office: Client, brand: Brand, variant: Variant
) -> None:
    locations.main_location(brand.pk)
    depot = Location.objects.all_brands().create(brand=brand, name="Depot")
    form = fields(office.get(page(variant)))
    for typed, words in (
        ({"change": "-1", "location": depot.pk}, "Only 0 are at this location."),
        ({"change": "21", "target": depot.pk}, "Only 20 are at this location."),
        ({"target": depot.pk}, "Enter how many units move."),
        ({"counted": "3", "change": "1"}, "Enter either what was counted or a change."),
    ):
        answer = office.post(page(variant), form | typed)
        assert (answer.status_code, words in answer.content.decode()) == (200, True), words
    assert units(variant) == [20]
    assert StockMovement.objects.for_brand(brand).count() == 1


def test_threshold_of_a_variant_puts_it_on_the_list(
    office: Client, brand: Brand, variant: Variant
) -> None:
    make_variant(brand, "MANY", 50)
    answer = office.post(page(variant), fields(office.get(page(variant))) | {"low_at": "20"})
    assert answer.status_code == 302
    assert LowStockAlarm.objects.for_brand(brand).get().threshold == 20
    services.claim(brand.pk, "checkout", [(variant.pk, 5)], utc_now())
    alarms = office.get(reverse("admin:stock_lowstockalarm_changelist")).content.decode()
    low = office.get(reverse("admin:stock_stock_changelist") + "?low=1").content.decode()
    for shown in (alarms, low):
        assert ("LIP" in shown, "MANY" in shown) == (True, False)


def test_location_with_goods_stays_open(office: Client, brand: Brand, variant: Variant) -> None:
    main = locations.main_location(brand.pk)
    depot = Location.objects.all_brands().create(brand=brand, name="Depot")
    cause = locations.moved()
    locations.transfer(brand.pk, variant.pk, 1, source=main.pk, target=depot.pk, cause=cause)
    depot_page = reverse("admin:stock_location_change", args=[depot.pk])
    form = fields(office.get(depot_page))
    answer = office.post(depot_page, form | {"archived": "on"})
    assert "Goods lie at this location. Move them first." in answer.content.decode()
    locations.transfer(brand.pk, variant.pk, 1, source=depot.pk, target=main.pk, cause=cause)
    assert office.post(depot_page, form | {"archived": "on"}).status_code == 302
    assert Location.objects.for_brand(brand).get(pk=depot.pk).archived
