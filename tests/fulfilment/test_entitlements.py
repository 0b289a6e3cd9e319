"""Rights that an order grants, and that a refund or a cancelled order takes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from showfloor.accounts.handover import Handover
from showfloor.accounts.models import AccessChange, AccessChangeKind, Brand
from showfloor.catalogue.models import Variant
from showfloor.checkout import entitlements, personal_data
from showfloor.checkout.entitlement_models import EntitlementKind, ProductGrant
from showfloor.checkout.entitlements import Right
from showfloor.checkout.models import Order
from showfloor.checkout.order_links import path_of
from showfloor.checkout.ports import Dispute, DisputeState, Refund, RefundState
from showfloor.checkout.services import orders
from showfloor.checkout.services.guest_merge import merge_guest
from showfloor.fulfilment import refunds
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from showfloor.shows.services import ShowDraft, create_show
from tests.checkout.shopping import Shopper
from tests.fulfilment.conftest import TOTAL, line, report

BUYER = "g:anna"
PATTERN = Right(EntitlementKind.DOWNLOAD, "pattern.pdf")


@pytest.fixture
def premiere(brand: Brand) -> Show:
    return create_show(brand, ShowDraft(title="Premiere", published=True))


@pytest.fixture(autouse=True)
def grants(brand: Brand, premiere: Show, cream: Variant, brush: Variant) -> None:
    """A cream lets attend the premiere for a week, a brush load the pattern for ever."""
    ProductGrant.objects.create(
        brand=brand, product=cream.product, kind="attend", show=premiere, days=7
    )
    ProductGrant.objects.create(
        brand=brand, product=brush.product, kind="download", file="pattern.pdf"
    )


def may(order: Order, *rights: Right, days: int = 0, owner: str = BUYER) -> list[bool]:
    now = utc_now() + timedelta(days=days)
    return [entitlements.may(order.brand_id, owner, right, now) for right in rights]


def test_confirmed_order_grants_its_rights_once(
    order: Order, premiere: Show, shopper: Shopper, other_brand: Brand
) -> None:
    attend = Right(EntitlementKind.ATTEND, premiere.pk)
    assert may(order, attend, PATTERN) == [True, True]
    assert may(order, attend, PATTERN, owner="g:bert") == [False, False]
    assert may(order, Right(EntitlementKind.WATCH, premiere.pk)) == [False]
    assert not entitlements.may(other_brand.pk, BUYER, PATTERN, utc_now())
    assert may(order, attend, PATTERN, days=8) == [False, True]
    assert entitlements.grant([order], utc_now()) == 0  # settled again
    listed = shopper.call("GET", "/entitlements").body
    assert sorted((one["kind"], one["title"], one["units"]) for one in listed) == [
        ("attend", "Premiere", 3), ("download", "Product BRUSH", 1),
    ]  # fmt: skip


def test_refund_takes_the_rights_of_its_units_back_once(order: Order, premiere: Show) -> None:
    attend = Right(EntitlementKind.ATTEND, premiere.pk)
    cream = line(order, "CREAM").pk
    for key, units, left in (("a", 1, True), ("b", 1, True), ("b", 1, True), ("c", 1, False)):
        refunds.refund_lines(order, {cream: units}, restock=True, reason="", key=key, now=utc_now())
        assert may(order, attend, PATTERN) == [left, True], key
    assert entitlements.take_back(order, {cream: 1}, "refund:other", utc_now()) == 1
    assert entitlements.take_back(order, {cream: 1}, "refund:other", utc_now()) == 0


def test_cancelled_order_takes_all_rights_back(order: Order, premiere: Show) -> None:
    orders.cancel(order, utc_now())
    orders.cancel(order, utc_now())
    assert may(order, Right(EntitlementKind.ATTEND, premiere.pk), PATTERN) == [False, False]
    assert entitlements.of_order(order, utc_now()) == []


@pytest.mark.parametrize(
    ("back", "undone"),
    [
        (
            {"refunds": (Refund("re_1", TOTAL, RefundState.SUCCEEDED),)},
            {"refunds": (Refund("re_1", TOTAL, RefundState.FAILED),)},
        ),
        (
            {"disputes": (Dispute("d1", TOTAL, DisputeState.LOST),)},
            {"disputes": (Dispute("d1", TOTAL, DisputeState.WON),)},
        ),
    ],
    ids=["refunded", "dispute lost"],
)
def test_rights_end_when_all_money_went_back_at_the_provider(
    order: Order, premiere: Show, back: dict[str, Any], undone: dict[str, Any]
) -> None:
    rights = Right(EntitlementKind.ATTEND, premiere.pk), PATTERN
    report(order, refunds=(Refund("re_0", TOTAL - 1, RefundState.SUCCEEDED),))
    assert may(order, *rights) == [True, True]
    report(order, **back)
    assert may(order, *rights) == [False, False]
    changes = AccessChange.objects.for_brand(order.brand_id).filter(
        what=AccessChangeKind.RIGHTS, subject=BUYER
    )
    assert changes.count() == 1  # who watches has to come in anew
    report(order, **undone)  # the refund failed, or the dispute was won after all
    assert may(order, *rights) == [True, True]
    orders.cancel(order, utc_now())
    assert may(order, *rights) == [False, False]


def test_guest_who_signs_in_keeps_the_rights(order: Order, brand: Brand) -> None:
    merge_guest(Handover(brand.pk, BUYER, "m:anna"))
    assert (may(order, PATTERN), may(order, PATTERN, owner="m:anna")) == ([False], [True])
    rows = personal_data.take_out(brand.pk, "m:anna")["entitlements"]
    assert sorted(row["name"] for row in rows) == ["Premiere", "Product BRUSH"]


def test_page_of_the_order_lists_the_rights(client: Client, order: Order, premiere: Show) -> None:
    page = client.get(path_of(order)).content.decode()
    assert f'href="/shows/{premiere.slug}">Attend a show: Premiere</a>' in page
    assert "Download a file: Product BRUSH" in page


@pytest.mark.parametrize(
    "wrong", [{"kind": "attend"}, {"kind": "download"}, {"kind": "watch", "file": "a.pdf"}]
)
def test_right_without_its_target_is_refused(
    brand: Brand, cream: Variant, wrong: dict[str, str]
) -> None:
    with pytest.raises(ValidationError, match="Choose a show"):
        ProductGrant(brand=brand, product=cream.product, **wrong).full_clean()
