"""Reservations: goods kept for one person at a price, before a checkout and through it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection

from showfloor.accounts.handover import Handover
from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout.models import Checkout, CheckoutState, Reservation
from showfloor.checkout.reservations import kinds, services
from showfloor.checkout.reservations.kinds import ReservationKind
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.reservations.services import ReleaseRequest, ReserveRequest
from showfloor.checkout.services import checkout as checkouts
from showfloor.checkout.services import guest_merge
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, NotFound, ShowfloorError, SoldOut
from showfloor.stock import services as stock
from showfloor.stock.services import Refused, Want
from showfloor.timeline import personal_stream
from tests.checkout.shopping import DECLINED, Shopper, deliver
from tests.stock.helpers import broken_invariants, level, make_variant

MINUTES = timedelta(minutes=3)


class Recorded:
    """A kind of reservation that notes what it hears, and keeps lapsed units for `next_one`."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.next_one = ""

    def claimed(
        self, _cursor: Cursor, _brand_id: str, some: Sequence[ReservationRow], _now: datetime
    ) -> None:
        self.heard += [("claimed", one.owner) for one in some]

    def lapsed(
        self, cursor: Cursor, brand_id: str, some: Sequence[ReservationRow], now: datetime
    ) -> None:
        self.heard += [(one.state, one.owner) for one in some]
        if self.next_one:
            wanted = [wish(self.next_one, one.variant_id, now=now) for one in some]
            services.reserve_many(cursor, brand_id, wanted, now)


@pytest.fixture
def kind() -> Iterator[Recorded]:
    recorded = Recorded()
    kinds.register(ReservationKind("test", recorded.claimed, recorded.lapsed))
    yield recorded
    kinds.register(ReservationKind("test", lambda *_: None, lambda *_: None))


def wish(
    owner: str, variant_id: str, *, now: datetime, amount: int | None = None, quantity: int = 1
) -> ReserveRequest:
    return ReserveRequest(
        owner, variant_id, quantity, "test:1", now + MINUTES, amount,
        "EUR" if amount is not None else "", "Live price",
    )  # fmt: skip


def reserve(
    brand: Brand, *wishes: tuple[str, Variant, int | None], quantity: int = 1
) -> list[str | ShowfloorError]:
    """Reserve for (owner, variant, amount); return ids and errors."""
    now = utc_now()
    with stock.writing(), connection.cursor() as cursor:
        outcomes = services.reserve_many(
            cursor, brand.pk,
            [wish(owner, one.pk, now=now, amount=amount, quantity=quantity)
             for owner, one, amount in wishes], now,
        )  # fmt: skip
    return [one.id if isinstance(one, ReservationRow) else one.error for one in outcomes]


def one_reserved(brand: Brand, owner: str, variant: Variant, amount: int | None = None) -> str:
    (made,) = reserve(brand, (owner, variant, amount))
    assert isinstance(made, str)
    return made


def state_of(reservation_id: str) -> str:
    return Reservation.objects.all_brands().get(pk=reservation_id).state


def news_of(brand: Brand, owner: str) -> list[str]:
    return [one.kind for one in personal_stream.read(brand.pk, owner)]


def test_goods_are_kept_for_as_many_as_there_are_and_their_carts_say_so(
    shopper: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream = make_variant(brand, "CREAM", 2, price=1990)
    made = reserve(brand, ("g:anna", cream, 990), ("g:bert", cream, None), ("g:carl", cream, 990))
    assert isinstance(made[2], SoldOut)
    assert level(cream) == (2, 2)
    cart = shopper.cart()
    kept = Reservation.objects.for_brand(brand).get(owner="g:anna")
    assert [(one["id"], one["kind"], one["ref"], one["price"], one["label"], one["expires_at"])
            for one in cart["reserved"]] == [
        (made[0], "test", "1", 990, "Live price", iso_ms(kept.expires_at))
    ]  # fmt: skip
    assert (cart["items"], cart["subtotal"], cart["count"]) == ([], 990, 1)
    (entry,) = personal_stream.read(brand.pk, "g:anna")
    assert (entry.kind, entry.body["sku"], entry.body["unit_amount"]) == (
        "reservation.made", "CREAM", 990,
    )  # fmt: skip
    assert personal_stream.read(brand.pk, "g:carl") == []


def test_checkout_takes_the_units_over_and_sells_them_at_their_price(
    shopper: Shopper, rival: Shopper, brand: Brand, kind: Recorded, testpay: TestPay
) -> None:
    cream = make_variant(brand, "CREAM", 3, price=1990)
    shopper.add("CREAM")
    reservation = one_reserved(brand, "g:anna", cream, 990)
    rival.add("CREAM", 1)
    assert rival.begin().status == 201
    assert level(cream) == (3, 2)
    begun = shopper.begin().body  # the last unit, and the one that was kept
    assert level(cream) == (3, 3)
    assert (state_of(reservation), begun["lines"][0]["quantity"]) == ("in_checkout", 2)
    assert begun["lines"][0]["adjustments"] == [
        {"kind": "reserved", "source": "test:1", "label": "Live price", "amount": -1000}
    ]
    shopper.fill_in(begun["id"])
    assert shopper.call("GET", f"/checkouts/{begun['id']}").body["totals"]["total"] == (
        990 + 1990 + 490
    )
    assert shopper.add("CREAM").status == 409  # everything is held
    assert shopper.pay(begun["id"]).status == 200
    assert (state_of(reservation), shopper.cart()["count"]) == ("ordered", 0)
    deliver(testpay)
    assert (state_of(reservation), kind.heard) == ("claimed", [("claimed", "g:anna")])
    assert (shopper.cart()["count"], level(cream)) == (0, (1, 1))
    assert news_of(brand, "g:anna").count("reservation.ended") == 1


def test_price_above_the_list_is_the_lines_and_other_units_cost_todays(
    shopper: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream = make_variant(brand, "CREAM", 2, price=1990)
    one_reserved(brand, "g:anna", cream, 5000)
    assert shopper.begin().body["totals"]["total"] == 5490
    shopper.add("CREAM")
    totals = shopper.begin().body["totals"]
    assert (totals["subtotal"], totals["discount"], totals["total"]) == (10_000, 3010, 7480)


def test_units_are_free_at_no_moment_while_a_checkout_takes_them_over(
    shopper: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream, told = make_variant(brand, "CREAM", 1), list[object]()
    one_reserved(brand, "g:anna", cream, 990)
    stop = stock.on_change(told.append)
    assert shopper.begin().status == 201
    assert shopper.begin().status == 201  # and a newer one from the older
    stop()
    assert (told, level(cream)) == ([], (1, 1))


def test_begun_again_takes_the_reservation_along_and_left_goes_back_to_it(
    shopper: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream, soap = make_variant(brand, "CREAM", 1), make_variant(brand, "SOAP", 1)
    reservation = one_reserved(brand, "g:anna", cream, 990)
    first = shopper.begin().body["id"]
    shopper.add("SOAP")
    second = shopper.begin().body
    assert [one["sku"] for one in second["lines"]] == ["SOAP", "CREAM"]
    assert Reservation.objects.for_brand(brand).get(pk=reservation).checkout_id == second["id"]
    assert shopper.call("DELETE", f"/checkouts/{first}").status == 204
    assert shopper.call("DELETE", f"/checkouts/{second['id']}").status == 204
    assert (state_of(reservation), level(cream), level(soap)) == ("active", (1, 1), (1, 0))
    assert kind.heard == []


def test_refused_begin_leaves_the_reservation_as_it_is(
    shopper: Shopper, rival: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream, soap = make_variant(brand, "CREAM", 1), make_variant(brand, "SOAP", 1)
    reservation = one_reserved(brand, "g:anna", cream, 990)
    shopper.add("SOAP")
    rival.ready("SOAP")
    assert shopper.begin().status == 409
    assert (state_of(reservation), level(cream), level(soap)) == ("active", (1, 1), (1, 1))
    assert shopper.call("PATCH", "/cart/items/SOAP", {"quantity": 0}).status == 200
    assert shopper.begin().status == 201  # not refused from memory, either


def test_lapsed_units_go_to_the_next_in_the_same_transaction(
    shopper: Shopper, rival: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream = make_variant(brand, "CREAM", 1)
    rival.add("CREAM")
    reservation, kind.next_one = one_reserved(brand, "g:anna", cream, 990), "g:next"
    assert services.expire_due(utc_now()) == 0
    later = utc_now() + 2 * MINUTES
    assert services.expire_due(later) == 1
    assert (state_of(reservation), kind.heard) == ("expired", [("expired", "g:anna")])
    assert Reservation.objects.for_brand(brand).get(state="active").owner == "g:next"
    assert level(cream) == (1, 1)
    assert rival.begin().status == 409
    assert news_of(brand, "g:anna") == ["reservation.made", "reservation.ended"]
    assert services.expire_due(utc_now()) == 0


def test_checkout_that_runs_out_ends_what_has_no_time_left(
    shopper: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream = make_variant(brand, "CREAM", 1)
    reservation = one_reserved(brand, "g:anna", cream)
    shopper.begin()
    later = utc_now() + timedelta(hours=1)
    assert stock.expire_due(later) == 0  # the units come back with the checkout, and no other way
    with stock.writing(), connection.cursor() as cursor:
        passer_by = Want(brand.pk, "g:passer-by", {cream.pk: 1}, MINUTES, is_new=True)
        (refused,) = stock.hold_many(cursor, [passer_by], later)
    assert isinstance(refused, Refused)
    assert services.expire_due(later) == 0
    assert checkouts.expire_due(later) == 1
    assert (state_of(reservation), level(cream)) == ("expired", (1, 0))
    assert kind.heard == [("expired", "g:anna")]


def test_declined_payment_keeps_the_reservation_in_its_checkout(
    shopper: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream = make_variant(brand, "CREAM", 1)
    reservation = one_reserved(brand, "g:anna", cream, 990)
    begun = shopper.begin().body["id"]
    shopper.fill_in(begun)
    assert shopper.pay(begun, DECLINED).status == 402
    assert (state_of(reservation), level(cream)) == ("in_checkout", (1, 1))
    assert shopper.pay(begun).status == 200
    assert state_of(reservation) == "ordered"


def test_no_thanks_gives_the_units_back_once_and_only_to_their_owner(
    shopper: Shopper, rival: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream = make_variant(brand, "CREAM", 2)
    mine, other = one_reserved(brand, "g:anna", cream), one_reserved(brand, "g:anna", cream)
    assert rival.call("POST", f"/reservations/{mine}/release", {}).status == 404
    assert rival.call("POST", "/reservations/x\0/release", {}).status == 404
    wanted = [ReleaseRequest("g:anna", mine), ReleaseRequest("g:bert", mine)]
    answers = services.release_many(brand.pk, wanted, utc_now())
    assert [type(one) for one in answers] == [type(None), NotFound]
    assert shopper.call("POST", f"/reservations/{mine}/release", {}).status == 200
    assert (level(cream), kind.heard) == ((2, 1), [("released", "g:anna")])
    shopper.begin()
    assert shopper.call("POST", f"/reservations/{other}/release", {}).status == 409
    assert level(cream) == (2, 1)


def test_one_person_reserves_only_so_much(shopper: Shopper, brand: Brand, kind: Recorded) -> None:
    cream = make_variant(brand, "CREAM", 50)
    made = reserve(brand, *[("g:anna", cream, None)] * 21)
    assert [type(one) for one in made] == [str] * 20 + [Conflict]
    assert level(cream) == (50, 20)


def test_price_in_another_currency_is_refused_by_its_name(
    shopper: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream = make_variant(brand, "CREAM", 1)
    reservation = one_reserved(brand, "g:anna", cream, 990)
    Reservation.objects.for_brand(brand).update(currency="CHF")
    refused = shopper.begin()
    assert (refused.status, refused.body["code"], refused.body["field"]) == (
        409, "reserved-currency", "market",
    )  # fmt: skip
    assert (state_of(reservation), level(cream)) == ("active", (1, 1))


def test_guest_who_signs_in_takes_reservations_along(
    shopper: Shopper, brand: Brand, kind: Recorded
) -> None:
    cream = make_variant(brand, "CREAM", 1)
    one_reserved(brand, "g:anna", cream, 990)
    guest_merge.merge_guest(Handover(brand.pk, "g:anna", "m:1"))
    assert Reservation.objects.for_brand(brand).get().owner == "m:1"
    assert level(cream) == (1, 1)


def test_erased_person_keeps_nothing(shopper: Shopper, brand: Brand, kind: Recorded) -> None:
    cream = make_variant(brand, "CREAM", 2)
    one_reserved(brand, "g:anna", cream)
    shopper.begin()
    one_reserved(brand, "g:anna", cream)
    open_one = Checkout.objects.for_brand(brand).get()
    with stock.writing():
        checkouts.close(open_one, CheckoutState.ABANDONED, utc_now())
    assert services.forget_owner(brand.pk, "g:anna", utc_now()) == 2
    assert (level(cream), Reservation.objects.for_brand(brand).count()) == ((2, 0), 0)
    assert broken_invariants() == []
