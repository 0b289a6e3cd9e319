"""Waitlists: units that come back go to the people who wait, in order, and to nobody else first."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import connection
from django.test import Client

from showfloor.accounts import bans
from showfloor.accounts.handover import Handover
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout.models import Reservation, ShippingOption
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.services import checkout as checkouts
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ShowfloorError
from showfloor.outbox import services as outbox
from showfloor.shows import services as shows
from showfloor.stock import services as stock
from showfloor.stock.levels import Cause
from showfloor.stock.models import MovementReason
from showfloor.timeline import personal_stream
from showfloor.timeline.commands import Command
from showfloor.waitlists import commands, offer_links, queries, queue, services
from showfloor.waitlists.models import Wait
from showfloor.waitlists.services import JoinRequest
from tests.checkout.conftest import clock, post, rival, shopper, testpay
from tests.checkout.shopping import Shopper, deliver
from tests.stock.conftest import told
from tests.stock.helpers import Notices, broken_invariants, level, make_variant

__all__ = ["clock", "post", "rival", "shopper", "testpay", "told"]

HOUR = timedelta(hours=1)


@pytest.fixture
def cream(brand: Brand) -> Variant:
    """Sold out: the only unit is held by somebody who pays or not."""
    variant = make_variant(brand, "CREAM", 1)
    stock.hold(brand.pk, "someone", [(variant.pk, 1)], utc_now(), HOUR)
    return variant


def join(brand: Brand, *owners: str, sku: str = "CREAM") -> list[int | type | None]:
    """Let people join at once; return their places, or the types of their errors."""
    wanted = [JoinRequest(owner, sku, email=f"{owner[2:]}@example.test") for owner in owners]
    return [type(one) if isinstance(one, ShowfloorError) else one["place"]
            for one in services.join_many(brand, wanted, utc_now())]  # fmt: skip


def states(brand: Brand) -> list[tuple[str, str]]:
    rows = Wait.objects.for_brand(brand).order_by("joined_at", "pk")
    return list(rows.values_list("owner", "state"))


def restock(brand: Brand, variant: Variant, units: int) -> None:
    stock.move(brand.pk, variant.pk, units, Cause(MovementReason.RECEIVED))


def test_places_are_in_the_order_of_joining_and_kept(
    shopper: Shopper, brand: Brand, cream: Variant
) -> None:
    assert join(brand, "g:anna", "g:bert") == [1, 2]
    assert join(brand, "g:carl", "g:anna", "g:carl") == [3, 1, 3]
    joined = shopper.call("POST", "/waits", {"sku": "CREAM"})
    assert (joined.status, joined.body["place"], joined.body["state"]) == (200, 1, "waiting")
    assert shopper.call("DELETE", "/waits/CREAM").status == 204
    assert [one["place"] for one in queries.waits_of(brand.pk, "g:carl")] == [2]
    assert shopper.call("DELETE", "/waits/CREAM").status == 404
    assert queries.lengths(brand.pk) == {cream.pk: 2}


def test_places_of_many_waits_are_read_at_once(
    brand: Brand, cream: Variant, django_assert_num_queries: Any
) -> None:
    make_variant(brand, "SOAP", 0)
    join(brand, "g:anna", "g:bert")
    services.join_many(brand, [JoinRequest("g:bert", "SOAP")], utc_now())
    with django_assert_num_queries(3):
        found = queries.waits_of(brand.pk, "g:bert")
    assert [(one["sku"], one["place"]) for one in found] == [("CREAM", 2), ("SOAP", 1)]


def test_bad_wishes_are_refused_by_name_and_change_nothing(brand: Brand, cream: Variant) -> None:
    make_variant(brand, "SOAP", 1)
    refusals = [
        JoinRequest("g:a", "SOAP"), JoinRequest("g:a", "NONE"), JoinRequest("g:a", "x\0"),
        JoinRequest("g:a", "CREAM", email="no mail"), JoinRequest("u:staff", "CREAM"),
    ]  # fmt: skip
    answers = services.join_many(brand, refusals, utc_now())
    assert [type(one) for one in answers] == [Conflict, NotFound, NotFound, Invalid, Forbidden]
    assert [getattr(one, "field", None) for one in answers] == [
        "sku", "sku", "sku", "email", None,
    ]  # fmt: skip
    claims = Claims("g:a", brand.pk)
    odd = commands.perform_join(brand.pk, [Command("1", "wait.join", {"sku": 1}, claims, "s")])
    assert odd[0].problem is not None
    assert odd[0].problem["status"] == 422
    assert states(brand) == []


def test_unit_that_comes_back_is_offered_in_the_same_transaction_and_to_no_passer_by(
    shopper: Shopper, brand: Brand, cream: Variant, told: Notices
) -> None:
    join(brand, "g:zoe", "g:yan")
    shopper.call("POST", "/cart/items", {"sku": "CREAM"})
    stock.release(brand.pk, "someone")
    assert told == []  # the number of free units never changed
    assert states(brand) == [("g:zoe", "offered"), ("g:yan", "waiting")]
    assert [one.kind for one in personal_stream.read(brand.pk, "g:zoe")] == ["reservation.made"]
    made = Reservation.objects.for_brand(brand).get()
    assert (made.owner, made.source.partition(":")[0]) == (
        "g:zoe", "wait",
    )  # fmt: skip
    assert level(cream) == (1, 1)
    assert queries.waits_of(brand.pk, "g:yan")[0]["place"] == 1


def test_run_out_hold_is_no_passer_bys_while_somebody_waits(
    shopper: Shopper, rival: Shopper, brand: Brand
) -> None:
    cream = make_variant(brand, "CREAM", 1)
    shopper.add("CREAM")
    stock.hold(brand.pk, "late", [(cream.pk, 1)], utc_now() - HOUR, HOUR / 2)  # no job has run
    join(brand, "g:zoe")
    assert shopper.begin().status == 409
    assert stock.expire_due(utc_now()) == 1
    assert states(brand) == [("g:zoe", "offered")]


def test_as_many_people_are_offered_as_pieces_come_back(brand: Brand, cream: Variant) -> None:
    people = [f"g:{number}" for number in range(5)]
    join(brand, *people)
    restock(brand, cream, 3)
    assert [state for _owner, state in states(brand)] == ["offered"] * 3 + ["waiting"] * 2
    assert level(cream) == (4, 4)
    restock(brand, cream, 5)
    assert [state for _owner, state in states(brand)] == ["offered"] * 5
    assert level(cream) == (9, 6)
    assert broken_invariants() == []


def test_offer_that_lapses_or_is_declined_passes_on_until_one_buys(
    shopper: Shopper, brand: Brand, cream: Variant, testpay: TestPay
) -> None:
    join(brand, "g:zoe", "g:yan", "g:anna")
    stock.release(brand.pk, "someone")
    reservations.expire_due(utc_now() + HOUR)
    assert states(brand) == [("g:zoe", "passed"), ("g:yan", "offered"), ("g:anna", "waiting")]
    services.leave(brand.pk, "g:yan", "CREAM", utc_now())
    assert states(brand)[1:] == [("g:yan", "passed"), ("g:anna", "offered")]
    shopper.pay(shopper.fill_in(shopper.begin().body["id"]))
    deliver(testpay)
    assert (states(brand)[2], level(cream)) == (("g:anna", "bought"), (0, 0))


def test_checkout_that_is_left_in_time_is_still_offered_and_later_passes_on(
    shopper: Shopper, brand: Brand, cream: Variant
) -> None:
    join(brand, "g:anna", "g:yan")
    stock.release(brand.pk, "someone")
    begun = shopper.begin().body["id"]
    assert shopper.call("DELETE", "/waits/CREAM").status == 409
    shopper.call("DELETE", f"/checkouts/{begun}")
    assert states(brand) == [("g:anna", "offered"), ("g:yan", "waiting")]
    shopper.begin()
    checkouts.expire_due(utc_now() + 2 * HOUR)
    assert states(brand) == [("g:anna", "passed"), ("g:yan", "offered")]
    assert level(cream) == (1, 1)


def test_offer_is_mailed_in_words_with_its_end_where_an_address_is_named_at_last(
    brand: Brand, cream: Variant
) -> None:
    services.join(brand, JoinRequest("g:zoe", "CREAM"), utc_now())
    with pytest.raises(Invalid):
        services.join(brand, JoinRequest("g:zoe", "CREAM", email="no mail"), utc_now())
    assert services.join(brand, JoinRequest("g:zoe", "CREAM"), utc_now())["mailed"] is False
    named = JoinRequest("g:zoe", "CREAM", email="zoe@example.test")
    assert services.join(brand, named, utc_now())["mailed"] is True
    stock.release(brand.pk, "someone")
    assert outbox.send_due(utc_now()) == 1
    (message,) = mail.outbox
    assert message.to == ["zoe@example.test"]
    assert "Product CREAM is kept for you" in message.subject
    assert "/offers/" in str(message.body)


def test_link_of_an_offer_brings_it_into_the_cart_of_another_browser(
    brand: Brand, cream: Variant, producer: User
) -> None:
    show = shows.create_show(brand, shows.ShowDraft(title="With a cart"))
    shows.start(show, producer)
    join(brand, "g:zoe", "g:yan")
    stock.release(brand.pk, "someone")
    first = Wait.objects.for_brand(brand).get(owner="g:zoe")
    page, phone = offer_links.path_of(first), Client()
    assert 'data-testid="offer-take"' in phone.get(page).content.decode()
    assert Reservation.objects.for_brand(brand).get().owner == "g:zoe"  # nothing was pressed

    taken = phone.post(page, {"act": "take"})

    assert taken["Location"] == f"/shows/{show.slug}?cart"
    kept = Reservation.objects.for_brand(brand).get()
    assert (kept.state, kept.owner == "g:zoe", level(cream)) == ("active", False, (1, 1))
    assert states(brand) == [(kept.owner, "offered"), ("g:yan", "waiting")]
    first.refresh_from_db()
    assert first.email == ""  # Zoe's address is no part of what is kept about somebody else
    heard = {owner: [one.kind for one in personal_stream.read(brand.pk, owner)]
             for owner in ("g:zoe", kept.owner)}  # fmt: skip
    made, ended = "reservation.made", "reservation.ended"
    assert heard == {"g:zoe": [made, ended], kept.owner: [made]}
    mine = phone.get("/mine/").content.decode()
    assert f'href="/shows/{show.slug}?cart" data-testid="mine-pay"' in mine

    assert "It goes to whoever is next." in phone.post(
        page, {"act": "pass"}, follow=True
    ).content.decode()  # fmt: skip
    assert states(brand) == [(kept.owner, "passed"), ("g:yan", "offered")]
    late = phone.post(page, {"act": "take"}, follow=True).content.decode()
    assert "It is kept no longer." in late
    assert 'data-testid="offer-over"' in late
    assert phone.get(f"{page}x").status_code == 404


def test_goods_that_are_not_on_sale_wait_until_they_are(brand: Brand, cream: Variant) -> None:
    join(brand, "g:zoe")
    cream.product.published = False
    cream.product.save()
    stock.release(brand.pk, "someone")
    assert (states(brand), queue.offer_returned()) == ([("g:zoe", "waiting")], 0)
    cream.product.published = True
    cream.product.save()
    assert (queue.offer_returned(), states(brand)) == (1, [("g:zoe", "offered")])
    assert queue.offer_returned() == 0


def test_guest_who_signs_in_keeps_the_place_and_an_erased_one_leaves_none(
    brand: Brand, cream: Variant
) -> None:
    join(brand, "g:zoe", "g:yan")
    services.hand_over(Handover(brand.pk, "g:zoe", "m:1"))
    services.hand_over(Handover(brand.pk, "g:yan", "m:1"))
    assert states(brand) == [("m:1", "waiting"), ("m:1", "left")]
    assert services.forget(brand.pk, "m:1") == 2
    assert states(brand) == []


def test_guests_of_one_network_join_a_queue_only_so_fast(
    brand: Brand, cream: Variant, settings: LazySettings
) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, guests_per_network=2)
    crowd = [Claims(f"g:{n}", brand.pk, network="hall") for n in (1, 1, 2, 3)]
    crowd += [Claims("g:4", brand.pk, network="home"), Claims("m:5", brand.pk, network="hall")]
    sent = [Command(f"{n}", "wait.join", {"sku": "CREAM"}, one, "")
            for n, one in enumerate(crowd)]  # fmt: skip
    statuses = [one.problem and one.problem["status"]
                for one in commands.perform_join(brand.pk, sent)]  # fmt: skip
    assert statuses == [None, None, None, 429, None, None]
    assert [owner for owner, _state in states(brand)] == ["g:1", "g:2", "g:4", "m:5"]


def test_person_who_can_keep_nothing_more_is_passed_over(brand: Brand, cream: Variant) -> None:
    soap, now = make_variant(brand, "SOAP", 30), utc_now()
    wanted = [reservations.ReserveRequest("g:zoe", soap.pk, 1, "x:1", now + HOUR)] * 20
    with stock.writing(), connection.cursor() as cursor:
        reservations.reserve_many(cursor, brand.pk, wanted, now)
    join(brand, "g:zoe", "g:yan")
    stock.release(brand.pk, "someone")
    assert states(brand) == [("g:zoe", "passed"), ("g:yan", "offered")]


def test_any_sequence_serves_in_order_and_leaves_no_unit_free_while_somebody_waits(
    brand: Brand,
) -> None:
    chance = random.Random(44)
    cream = make_variant(brand, "CREAM", 0)
    served: list[str] = []
    for step in range(60):
        act = chance.choice(["join", "join", "restock", "lapse", "leave", "hold"])
        if act == "join" and sum(level(cream)) % 2 == 0:
            join(brand, f"g:{step:02}")
        elif act == "restock":
            restock(brand, cream, chance.randint(1, 2))
        elif act == "lapse":
            reservations.expire_due(utc_now() + HOUR)
        elif act == "leave":
            _leave_one(brand, chance)
        elif act == "hold" and (free := level(cream)[0] - level(cream)[1]):
            stock.hold(brand.pk, f"buyer {step}", [(cream.pk, free)], utc_now(), HOUR * 9)
        offered = Wait.objects.for_brand(brand).exclude(offered_at=None)
        served = list(offered.order_by("joined_at", "pk").values_list("owner", flat=True))
        waiting = Wait.objects.for_brand(brand).filter(state="waiting")
        first = waiting.order_by("joined_at").first()
        if first is not None:
            on_hand, reserved = level(cream)
            assert on_hand == reserved
            assert not offered.filter(joined_at__gt=first.joined_at).exists()
        assert broken_invariants() == []
    assert len(served) > 5


def _leave_one(brand: Brand, chance: random.Random) -> None:
    open_ones: Sequence[str] = list(
        Wait.objects.for_brand(brand)
        .filter(state__in=["waiting", "offered"])
        .values_list("owner", flat=True)
    )
    if open_ones:
        services.leave(brand.pk, chance.choice(sorted(open_ones)), "CREAM", utc_now())


def test_product_page_lets_somebody_wait_and_mine_says_where(brand: Brand, cream: Variant) -> None:
    browser = Client()
    page = f"/brands/{brand.slug}/products/{cream.product.pk}/"
    shown = browser.get(page, follow=True)
    assert "wait-for" in shown.content.decode()
    form = {"sku": "CREAM", "email": "zoe@example.test"}
    waited = browser.post(f"/brands/{brand.slug}/waits", form, follow=True)
    assert "You are next" in waited.content.decode()
    (wait,) = Wait.objects.for_brand(brand)
    assert (wait.email, wait.state) == ("zoe@example.test", "waiting")
    assert "mine-waits" in browser.get("/mine/").content.decode()
    act = {"section": "waits", "act": "leave", "ref": "CREAM"}
    browser.post("/mine/", act)
    wait.refresh_from_db()
    assert wait.state == "left"
    wrong = browser.post(f"/brands/{brand.slug}/waits", {"sku": "NONE"}, follow=True)
    assert "There is no such product here." in wrong.content.decode()


def test_banned_person_joins_no_queue_by_a_form_and_takes_no_offer_by_its_link(
    brand: Brand, cream: Variant
) -> None:
    browser, other = Client(), Client()
    path, form = f"/brands/{brand.slug}/waits", {"sku": "CREAM"}
    other.post(path, form)
    browser.post(path, form)
    (offered, banned) = Wait.objects.for_brand(brand).order_by("joined_at")
    bans.ban(brand.pk, banned.owner, name="Max", by=None)
    Wait.objects.for_brand(brand).filter(pk=banned.pk).delete()
    assert (
        "You can&#x27;t take part here." in browser.post(path, form, follow=True).content.decode()
    )
    assert states(brand) == [(offered.owner, "waiting")]
    stock.release(brand.pk, "someone")
    page = offer_links.path_of(offered)

    taken = browser.post(page, {"act": "take"}, follow=True).content.decode()

    assert "You can&#x27;t take part here." in taken
    assert Reservation.objects.for_brand(brand).get().owner == offered.owner


def test_post_is_the_address_of_the_command(post: ShippingOption) -> None:
    route = commands.COMMANDS[0].route
    assert route is not None
    found = route.path.fullmatch("/api/v1/waits")
    assert found is not None
    assert route.read(found, {"sku": "A", "email": None}) == {"sku": "A", "email": None}
    assert route.read(found, {"sku": 1}) is None
    assert route.read(found, {"sku": "A", "more": 1}) is None
