"""Taps on scarce deals: who wins, what each is told, and what becomes of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts import handover
from showfloor.accounts.models import User
from showfloor.accounts.tokens import Claims
from showfloor.checkout.models import Reservation
from showfloor.checkout.reservations import services as reservations
from showfloor.community import command_batches
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.deals import deciding, erasure, queries, services
from showfloor.deals import mine as own_requests
from showfloor.deals.jobs import DealWatch
from showfloor.deals.models import DealRequest
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.stock.levels import Cause
from showfloor.stock.models import MovementReason
from showfloor.timeline.served_pictures import ServedPictures
from tests.deals.dealing import decide, news, opened, prepared, states, take, tap, told, variants
from tests.stock.helpers import broken_invariants, level
from tests.support.reducer import verifier
from tests.support.shows import guest

SECOND = timedelta(seconds=1)


def test_quicker_viewer_wins_however_far_behind(show: Show, producer: User) -> None:
    """Ana sees the opening four seconds late and taps a second after it; Bea is live and takes
    five seconds. Bea's tap arrives first, and Ana's counts as the quicker one."""
    deal = opened(show, producer, ago_s=5, units_max=1)
    ana, bea = guest(show.brand, "Ana"), guest(show.brand, "Bea")
    assert take(deal, tap(deal, bea))[0].problem is None
    decide(utc_now())
    assert states(deal) == {bea.sub: "pending"}  # a tap that is on its way may be quicker
    take(deal, tap(deal, ana, behind_s=4))
    row = DealRequest.objects.all_brands().get(owner=ana.sub)
    assert (row.delay_ms, row.response_ms // 1000) == (4_000, 1)
    decide()
    assert states(deal) == {ana.sub: "won", bea.sub: "lost"}
    assert [body["reason"] for kind, body in news(bea) if kind == "deal.decided"] == ["sold-out"]


def test_winner_has_a_reservation_at_the_deals_price_in_the_cart(
    show: Show, producer: User
) -> None:
    deal, ana = opened(show, producer), guest(show.brand)
    (answer,) = take(deal, tap(deal, ana))
    assert answer.result["deal"]["state"] == "pending"
    decide()
    row = Reservation.objects.for_brand(show.brand_id).get()
    assert (row.owner, row.quantity, row.unit_amount, row.source) == (
        ana.sub, 1, 1500, f"deal:{deal.pk}",
    )  # fmt: skip
    kinds = [kind for kind, _body in news(ana)]
    assert sorted(kinds) == ["deal.decided", "reservation.made"]
    assert queries.mine(show, ana.sub)["deals"][deal.pk]["state"] == "won"
    assert [body["left"] for _kind, body in told(show, "deal.changed")] == [2]
    assert broken_invariants() == []


def test_viewers_who_are_behind_see_what_is_left_after_the_end_is_made(
    show: Show, producer: User
) -> None:
    deal = opened(show, producer, ago_s=5, units_max=2)
    ana, bea = guest(show.brand, "Ana"), guest(show.brand, "Bea")
    take(deal, tap(deal, ana, behind_s=4))
    services.end(show, deal.pk, utc_now(), producer)
    take(deal, tap(deal, bea, behind_s=4))
    decide()
    assert states(deal) == {ana.sub: "won", bea.sub: "won"}
    assert [body["left"] for _kind, body in told(show, "deal.changed")] == [0]


def test_units_are_given_out_exactly_and_the_others_lose(show: Show, producer: User) -> None:
    deal = opened(show, producer)
    people = [guest(show.brand, f"P{number}") for number in range(8)]
    take(deal, *(tap(deal, one) for one in people))
    decide()
    assert sorted(states(deal).values()) == ["lost"] * 5 + ["won"] * 3
    assert level(variants(show)[0]) == (5, 3)
    (refused,) = take(deal, tap(deal, guest(show.brand)))
    assert refused.problem is not None
    assert refused.problem["code"] == "deal-sold-out"


def test_lapsed_unit_can_be_had_again(show: Show, producer: User) -> None:
    deal, ana = opened(show, producer, units_max=1, lasts_s=3600), guest(show.brand)
    take(deal, tap(deal, ana))
    decide()
    reservations.expire_due(utc_now() + timedelta(minutes=11))
    assert states(deal) == {ana.sub: "lapsed"}
    decide()
    assert [body["left"] for _kind, body in told(show, "deal.changed")] == [0, 1]
    bea = guest(show.brand, "Bea")
    take(deal, tap(deal, bea))
    decide()
    assert states(deal)[bea.sub] == "won"


def test_tap_sent_again_is_one_tap_and_two_tabs_are_one_person(show: Show, producer: User) -> None:
    deal, ana = opened(show, producer, per_person=2), guest(show.brand)
    first, again, other_tab = take(
        deal, tap(deal, ana, id="k1"), tap(deal, ana, id="k1"), tap(deal, ana, id="k2")
    )
    assert first.result == again.result == other_tab.result
    decide()
    (late,) = take(deal, tap(deal, ana, id="k1"))
    assert late.result["deal"]["state"] == "won"
    assert DealRequest.objects.all_brands().count() == 1
    (more,) = take(deal, tap(deal, ana, quantity=2))
    assert more.problem is not None
    assert (more.problem["code"], more.problem["field"]) == ("deal-limit", "quantity")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": 2}, "quantity"),
        ({"variant_id": "x"}, "variant_id"),
        ({"deal_id": "x"}, "deal_id"),
        ({"picture_ms": "1"}, "picture_ms"),
        ({"price": 1}, "price"),
    ],
)
def test_bad_tap_is_refused_by_its_field(
    show: Show, producer: User, fields: dict[str, Any], field: str
) -> None:
    deal = opened(show, producer)
    (answer,) = take(deal, tap(deal, guest(show.brand), **fields))
    assert answer.problem is not None
    assert answer.problem["field"] == field
    assert states(deal) == {}


def test_tap_with_hostile_id_spoils_no_others(show: Show, producer: User) -> None:
    deal, ana, ben = opened(show, producer), guest(show.brand), guest(show.brand, "Ben")
    given = [tap(deal, ben, deal_id=bad) for bad in ("\x00", "\ud800", "\x00" * 26)]
    *refused, taken = take(deal, *given, tap(deal, ana))
    assert [one.problem and one.problem["field"] for one in refused] == ["deal_id"] * 3
    assert taken.problem is None
    assert states(deal) == {ana.sub: "pending"}


def test_plenty_is_decided_at_once(show: Show, producer: User) -> None:
    deal, ana = opened(show, producer, units_max=None, per_person=1), guest(show.brand)
    take(deal, tap(deal, ana))
    decide(utc_now())
    assert states(deal) == {ana.sub: "won"}


def test_stock_that_went_elsewhere_is_lost_honestly(show: Show, producer: User) -> None:
    deal, ana, bea = opened(show, producer), guest(show.brand), guest(show.brand, "Bea")
    take(deal, tap(deal, ana), tap(deal, bea))
    stock.move(show.brand_id, variants(show)[0].pk, -4, Cause(MovementReason.COUNTED))
    decide()
    assert sorted(states(deal).values()) == ["lost", "won"]


def test_evidence_of_the_edge_bounds_a_claim(show: Show, producer: User) -> None:
    deal, liar = opened(show, producer, ago_s=12), guest(show.brand)
    assert deal.opens_at is not None
    opened_ms = to_epoch_ms(deal.opens_at)
    pictures = ServedPictures(show.slug)
    pictures.live_since_ms = opened_ms - 60_000  # every picture was sent at once
    command = tap(deal, liar, behind_s=12)
    lie = type(command)(
        command.id, command.name, command.body, command.claims, command.show_id, "en",
        arrived_ms=command.arrived_ms, pictures=pictures,
    )  # fmt: skip
    take(deal, lie)
    assert DealRequest.objects.all_brands().get().delay_ms == 2_000


def test_stale_snapshot_and_the_entries_after_it_are_the_fresh_one(
    show: Show, producer: User
) -> None:
    verify = verifier(show)
    soon, deal = prepared(show), prepared(show)
    announcing = verify(lambda: services.open_deal(show, soon.pk, None, 5, producer))
    assert announcing == ["deal.announced"]
    assert verify(lambda: services.open_deal(show, deal.pk, None, 0, producer)) == ["deal.opened"]
    assert verify(lambda: decide(utc_now() + 6 * SECOND)) == ["deal.opened"]
    take(deal, tap(deal, guest(show.brand)))
    changed = verify(lambda: decide(utc_now() + 20 * SECOND))
    assert sorted(changed) == ["deal.changed", "stock.level"]
    assert verify(lambda: services.end(show, deal.pk, None, producer)) == ["deal.ended"]
    line = AuditEntry.objects.for_brand(show.brand_id).get(action="deal.ended")
    assert verify(lambda: audit.undo(show, line.pk, producer)) == ["deal.opened"]
    line = AuditEntry.objects.for_brand(show.brand_id).get(action="deal.opened", target=soon.pk)
    assert verify(lambda: audit.undo(show, line.pk, producer)) == ["deal.withdrawn"]


def test_job_asks_nothing_while_no_deal_is_on_and_an_opening_calls_it(
    show: Show, producer: User, django_assert_num_queries: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    ana, clock = guest(show.brand), [100.0]
    watch = DealWatch(lambda: clock[0])
    assert watch.run() == 0
    clock[0] = 100.9
    with django_assert_num_queries(0):
        assert watch.run() == 0
    clock[0] = 101.0
    watch.run()
    clock[0] = 101.05
    with django_capture_on_commit_callbacks(execute=True):
        deal = opened(show, producer, units_max=None)
    take(deal, tap(deal, ana))
    assert watch.run() == 1
    assert states(deal) == {ana.sub: "won"}
    clock[0] = 101.1
    with django_assert_num_queries(2):
        assert watch.run() == 0  # nothing is due: no row is locked, and nothing is written


def test_look_at_a_deal_of_which_nothing_is_due_counts_once_and_writes_nothing(
    show: Show, producer: User
) -> None:
    deal = opened(show, producer)
    deciding.run(utc_now())
    with CaptureQueriesContext(connection) as queries_of_it:
        assert deciding.run(utc_now()) == 1
    said = [one["sql"] for one in queries_of_it.captured_queries]
    assert [one for one in said if one.startswith(("UPDATE", "INSERT"))] == []
    assert sum('SUM("deals_dealrequest"' in one for one in said) == 1
    take(deal, tap(deal, guest(show.brand)))
    with CaptureQueriesContext(connection) as queries_of_it:
        decide()
    said = [one["sql"] for one in queries_of_it.captured_queries]
    assert sum('SUM("deals_dealrequest"' in one for one in said) == 2  # before and after


def test_mine_lists_what_is_pending_and_what_came_of_the_rest(show: Show, producer: User) -> None:
    deal, ana, bea = opened(show, producer, units_max=1), guest(show.brand), guest(show.brand, "B")
    assert take(deal, tap(deal, ana))[0].problem is None
    (row,) = own_requests.SECTION.rows(show.brand, ana.sub, utc_now())
    assert (row.title, row.state, row.price) == ("Lips for less", "It is being decided", "€15.00")
    assert row.until is not None
    take(deal, tap(deal, bea, behind_s=1))
    decide()
    found = {
        one.sub: own_requests.SECTION.rows(show.brand, one.sub, utc_now())[0] for one in (ana, bea)
    }
    assert sorted(one.state for one in found.values()) == [
        "Others were quicker", "Won, kept in your cart",
    ]  # fmt: skip
    assert own_requests.SECTION.rows(show.brand, guest(show.brand).sub, utc_now()) == []


def test_guest_who_signs_in_takes_requests_along_and_the_limit_holds(
    show: Show, producer: User
) -> None:
    """Ana has won as a guest, and waits in another deal, in which her account waits, too; of a
    third her account has its part already."""
    first, second, third = (opened(show, producer) for _number in range(3))
    ana, own, bea = guest(show.brand), Claims("m:ana", show.brand_id), guest(show.brand, "Bea")
    take(first, tap(first, ana), tap(first, bea))
    take(third, tap(third, own))
    decide()
    take(second, tap(second, ana), tap(second, own))
    take(third, tap(third, ana))
    with CaptureQueriesContext(connection) as queries_made:
        handover.hand_over(show.brand_id, ana.sub.removeprefix("g:"), own.sub)
    said = [one["sql"] for one in queries_made]
    requests = [at for at, sql in enumerate(said) if sql.startswith('UPDATE "deals_dealrequest"')]
    streams = [at for at, sql in enumerate(said) if "timeline_personstream" in sql]
    assert requests[-1] < streams[0]  # as a lapse locks them
    lost = [body["deal_id"] for kind, body in news(ana) if body.get("state") == "lost"]
    assert lost == [second.pk, third.pk]
    assert states(first) == {own.sub: "won", bea.sub: "won"}
    assert not DealRequest.objects.all_brands().filter(owner=ana.sub).exists()
    found = DealRequest.objects.all_brands().filter(owner=own.sub).order_by("deal", "state")
    assert [(one.deal_id, one.state, one.reason) for one in found] == [
        (first.pk, "won", ""), (second.pk, "lost", "withdrawn"), (second.pk, "pending", ""),
        (third.pk, "lost", "withdrawn"), (third.pk, "won", ""),
    ]  # fmt: skip
    assert Reservation.objects.for_brand(show.brand_id).filter(owner=own.sub).count() == 2
    (again,) = take(first, tap(first, own))
    assert again.problem is not None
    assert again.problem["code"] == "deal-limit"
    assert erasure.forget_person(show.brand_id, own.sub) == 5


def test_guest_who_has_handed_over_has_no_second_limit(show: Show, producer: User) -> None:
    """Ana wins as a guest, signs in, and out again: her guest's cookie is still there."""
    deal, ana = opened(show, producer), guest(show.brand)
    own, bea = Claims("m:ana", show.brand_id), guest(show.brand, "Bea")
    take(deal, tap(deal, ana, id="first"))
    handover.hand_over(show.brand_id, ana.sub.removeprefix("g:"), own.sub)
    waits, resent = take(deal, tap(deal, ana), tap(deal, ana, id="first"))
    assert waits.result == resent.result
    decide()
    resent, anew, by_account, others = take(
        deal, tap(deal, ana, id="first"), tap(deal, ana), tap(deal, own), tap(deal, bea)
    )
    assert resent.result["deal"]["state"] == "won"
    assert [(one.problem or {}).get("code") for one in (anew, by_account, others)] == [
        "deal-limit", "deal-limit", None,
    ]  # fmt: skip
    assert states(deal) == {own.sub: "won", bea.sub: "pending"}
    assert queries.mine(show, ana.sub) == {"deals": {}}
    assert erasure.forget_person(show.brand_id, ana.sub) == 0
    rows = DealRequest.objects.all_brands().filter(owner=own.sub)
    assert [one.asked_by for one in rows] == [own.sub]
    assert erasure.forget_person(show.brand_id, own.sub) == 1
    assert not DealRequest.objects.all_brands().filter(asked_by=own.sub).exists()


def test_request_of_guest_and_account_counts_once_for_each(
    show: Show, producer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both send in one batch that is read in two queries, and may have one unit more each."""
    monkeypatch.setattr(command_batches, "IN_QUERY", 1)
    deal, ana = opened(show, producer, per_person=2), guest(show.brand)
    own = Claims("m:ana", show.brand_id)
    take(deal, tap(deal, ana))
    decide()
    handover.hand_over(show.brand_id, ana.sub.removeprefix("g:"), own.sub)
    taps = [tap(deal, who, quantity=units) for units in (2, 1) for who in (ana, own)]
    codes = [(one.problem or {}).get("code") for one in take(deal, *taps)]
    assert codes == ["deal-limit", "deal-limit", None, None]


def test_erased_person_loses_what_waits_and_nobody_is_named(show: Show, producer: User) -> None:
    deal, ana = opened(show, producer), guest(show.brand)
    take(deal, tap(deal, ana))
    assert erasure.forget_person(show.brand_id, ana.sub) == 1
    row = DealRequest.objects.all_brands().get()
    assert (row.state, row.key) == ("lost", "")
    assert row.owner.startswith("x:")
