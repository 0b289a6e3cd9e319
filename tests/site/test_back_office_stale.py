"""Pages of the back office that stay open while the shop sells and others work."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, User
from showfloor.catalogue import services as catalogue
from showfloor.catalogue.models import Product, Variant
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
from showfloor.stock.models import Stock, StockMovement
from tests.catalogue.support import prices
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.support.forms import fields


@pytest.fixture
def office(client: Client, producer: User) -> Client:
    client.force_login(producer)
    return client


@pytest.fixture
def variant(brand: Brand) -> Variant:
    return make_variant(brand, "LIP", on_hand=20)


def sell(variant: Variant, quantity: int) -> None:
    stock.claim(variant.brand_id, f"checkout-{quantity}", [(variant.pk, quantity)], utc_now())


def product_page(variant: Variant) -> str:
    return reverse("admin:catalogue_product_change", args=[variant.product_id])


def stock_page(variant: Variant) -> str:
    row = Stock.objects.for_brand(variant.brand_id).get(variant=variant)
    return reverse("admin:stock_stock_change", args=[row.pk])


def movements(variant: Variant) -> list[tuple[int, int, str, str]]:
    rows = StockMovement.objects.for_brand(variant.brand_id).filter(stock__variant=variant)
    return [
        (row.change, row.on_hand, row.reason, row.by.email if row.by else "")
        for row in rows.select_related("by").order_by("pk")
    ]


def test_saved_product_page_leaves_sold_units_sold(office: Client, variant: Variant) -> None:
    open_page = fields(office.get(product_page(variant)))
    sell(variant, 15)

    answer = office.post(product_page(variant), open_page | {"description": "<p>New</p>"})

    assert answer.status_code == 302
    assert level(variant) == (5, 0)
    assert Product.objects.for_brand(variant.brand_id).get().description == "<p>New</p>"
    assert movements(variant) == [(20, 20, "counted", ""), (-15, 5, "sold", "")]


def test_delivery_typed_on_a_stale_page_is_added_to_what_is_left(
    office: Client, variant: Variant
) -> None:
    open_page = fields(office.get(product_page(variant)))
    sell(variant, 15)

    typed = {"variants-0-change": "+10", "variants-0-reason": "received"}
    answer = office.post(product_page(variant), open_page | typed)

    assert answer.status_code == 302
    assert level(variant) == (15, 0)
    assert movements(variant)[2:] == [(10, 15, "received", "producer@example.test")]


def test_saved_stock_page_leaves_sold_units_sold(office: Client, variant: Variant) -> None:
    open_page = fields(office.get(stock_page(variant)))
    sell(variant, 15)

    answer = office.post(
        stock_page(variant), open_page | {"change": "\u22122", "reason": "damaged", "note": "Fell"}
    )

    assert answer.status_code == 302
    assert level(variant) == (3, 0)
    assert movements(variant)[2:] == [(-2, 3, "damaged", "producer@example.test")]
    page = office.get(stock_page(variant)).content.decode()
    assert "Fell" in page
    assert "Damaged or lost" in page


def test_absolute_count_in_a_form_is_not_listened_to(office: Client, variant: Variant) -> None:
    open_page = fields(office.get(stock_page(variant)))
    sell(variant, 15)

    office.post(stock_page(variant), open_page | {"on_hand": "20"})

    assert level(variant) == (5, 0)


@pytest.mark.parametrize("page", ["product", "stock"])
def test_taking_away_what_buyers_hold_is_refused(
    office: Client, variant: Variant, page: str
) -> None:
    sell(variant, 15)
    stock.hold(variant.brand_id, "other", [(variant.pk, 4)], utc_now(), timedelta(minutes=10))
    address = product_page(variant) if page == "product" else stock_page(variant)
    name = "variants-0-change" if page == "product" else "change"

    answer = office.post(address, fields(office.get(address)) | {name: "-2"})

    assert answer.status_code == 200
    assert (
        "Only 1 can be taken away: 5 are on hand, 4 of them are being bought right now."
        in answer.content.decode()
    )
    assert level(variant) == (5, 4)
    assert broken_invariants() == []


@pytest.mark.parametrize("typed", ["many", "1.5", "9" * 20])
def test_change_that_is_no_number_of_units_is_an_error_of_its_field(
    office: Client, variant: Variant, typed: str
) -> None:
    answer = office.post(stock_page(variant), {"change": typed})
    assert list(answer.context["adminform"].form.errors) == ["change"]
    assert level(variant) == (20, 0)


def test_saved_product_page_keeps_what_others_changed_meanwhile(
    office: Client, variant: Variant
) -> None:
    product = variant.product
    open_page = fields(office.get(product_page(variant)))
    catalogue.set_price(variant, "EUR", 2500, None)
    Product.objects.for_brand(variant.brand_id).update(published=False, vendor="Maison")
    Variant.objects.for_brand(variant.brand_id).update(sku="LIP-2")

    answer = office.post(product_page(variant), open_page | {"name": "Lip II"})

    assert answer.status_code == 302
    product.refresh_from_db()
    assert (product.name, product.published, product.vendor) == ("Lip II", False, "Maison")
    assert prices(product.brand) == {"LIP-2": (2500, "EUR", None)}


def test_price_that_two_people_changed_is_asked_for_again(
    office: Client, variant: Variant, brand: Brand
) -> None:
    open_page = fields(office.get(product_page(variant)))
    catalogue.set_price(variant, "EUR", 2500, None)

    mine = open_page | {"variants-0-price": "18.00"}
    refused = office.post(product_page(variant), mine)

    assert refused.status_code == 200
    assert "This has become “25.00” meanwhile." in refused.content.decode()
    assert prices(brand) == {"LIP": (2500, "EUR", None)}
    again = fields(refused)
    assert again["variants-0-price"] == "18.00"
    assert office.post(product_page(variant), again).status_code == 302
    assert prices(brand) == {"LIP": (1800, "EUR", None)}


def test_description_of_several_lines_is_no_change_by_itself(
    office: Client, variant: Variant
) -> None:
    Product.objects.for_brand(variant.brand_id).update(description="<p>One\ntwo</p>")
    open_page = fields(office.get(product_page(variant)))
    Product.objects.for_brand(variant.brand_id).update(description="<p>Three</p>")

    assert office.post(product_page(variant), open_page).status_code == 302
    assert Product.objects.for_brand(variant.brand_id).get().description == "<p>Three</p>"
