"""Alarms of low stock: one for each crossing, in the transaction of the change, and one mail."""

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Variant
from showfloor.kernel.errors import SoldOut
from showfloor.outbox.models import OutgoingMessage
from showfloor.stock import low_stock, services
from showfloor.stock.models import LowStockAlarm, MovementReason, Stock, StockSettings
from showfloor.stock.services import Cause
from tests.stock.helpers import NOW, TTL, make_variant

LATER = NOW + 2 * TTL


@pytest.fixture
def cream(brand: Brand) -> Variant:
    StockSettings.objects.all_brands().create(brand=brand, low_at=3)
    return make_variant(brand, "CREAM", 5)


def alarms(brand: Brand) -> list[tuple[str, int, bool]]:
    """SKU, units available then, and whether the alarm is open."""
    rows = LowStockAlarm.objects.for_brand(brand).order_by("raised_at", "pk")
    return [
        (row.stock.variant.sku, row.available, row.ended_at is None)
        for row in rows.select_related("stock__variant")
    ]


def test_crossing_raises_one_alarm_until_units_come_in(brand: Brand, cream: Variant) -> None:
    services.hold(brand.pk, "anna", [(cream.pk, 1)], NOW, TTL)
    assert alarms(brand) == []
    services.hold(brand.pk, "bert", [(cream.pk, 1)], NOW, TTL)
    assert alarms(brand) == [("CREAM", 3, True)]
    services.expire_due(LATER)  # five are free again, but none came in
    services.hold(brand.pk, "cleo", [(cream.pk, 4)], LATER, TTL)
    assert alarms(brand) == [("CREAM", 3, True)]
    services.move(brand.pk, cream.pk, 10, Cause(MovementReason.RECEIVED))
    assert alarms(brand) == [("CREAM", 3, False)]
    services.claim(brand.pk, "dora", [(cream.pk, 9)], LATER)
    assert alarms(brand) == [("CREAM", 3, False), ("CREAM", 2, True)]


def test_variants_own_number_goes_before_the_brands(brand: Brand, cream: Variant) -> None:
    Stock.objects.for_brand(brand).filter(variant=cream).update(low_at=0)
    services.claim(brand.pk, "anna", [(cream.pk, 4)], NOW)
    assert alarms(brand) == []
    services.claim(brand.pk, "bert", [(cream.pk, 1)], NOW)
    assert alarms(brand) == [("CREAM", 0, True)]


def test_brand_without_a_number_has_no_alarms(brand: Brand) -> None:
    plain = make_variant(brand, "PLAIN", 1)
    services.claim(brand.pk, "anna", [(plain.pk, 1)], NOW)
    assert alarms(brand) == []


def test_refused_sale_raises_no_alarm(brand: Brand, cream: Variant) -> None:
    with pytest.raises(SoldOut):
        services.claim(brand.pk, "anna", [(cream.pk, 6)], NOW)
    assert alarms(brand) == []


def test_new_threshold_raises_the_alarms_of_what_is_low_already(brand: Brand) -> None:
    make_variant(brand, "LOW", 2)
    make_variant(brand, "MANY", 20)
    StockSettings.objects.all_brands().create(brand=brand, low_at=4)
    assert (low_stock.review(brand.pk), low_stock.review(brand.pk)) == (1, 0)
    StockSettings.objects.for_brand(brand).update(low_at=1)
    assert low_stock.review(brand.pk) == 0
    assert alarms(brand) == [("LOW", 2, False)]


def test_staff_gets_one_mail_about_all_that_ran_low(
    brand: Brand, cream: Variant, producer: User, moderator: User
) -> None:
    rose = make_variant(brand, "ROSE", 4)
    services.claim(brand.pk, "anna", [(cream.pk, 2), (rose.pk, 4)], NOW)
    assert (low_stock.tell_staff(), low_stock.tell_staff()) == (2, 0)
    (mail,) = OutgoingMessage.objects.all_brands()
    assert (mail.recipient, mail.subject) == (
        "producer@example.test", "2 variants are running low",
    )  # fmt: skip
    assert "Product CREAM (CREAM): 3 available" in mail.text
    assert "Product ROSE (ROSE): 0 available" in mail.text
    assert "/admin/stock/lowstockalarm/" in mail.text


def test_staff_that_wants_no_mails_has_the_list(
    brand: Brand, cream: Variant, producer: User
) -> None:
    StockSettings.objects.for_brand(brand).update(mails_alarms=False)
    services.claim(brand.pk, "anna", [(cream.pk, 4)], NOW)
    assert low_stock.tell_staff() == 1
    assert alarms(brand) == [("CREAM", 1, True)]
    assert not OutgoingMessage.objects.all_brands().exists()
