"""Reactions: totals are sent, differences are counted, and nobody counts above the allowance."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from showfloor.accounts import bans
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.reactions import jobs, queries, rules, services
from showfloor.community.reactions.commands import COMMANDS
from showfloor.community.reactions.commands import perform as perform_reactions
from showfloor.community.reactions.models import ReactionCount, ReactionShare
from showfloor.kernel.clock import telling, utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Lane, Outcome
from tests.community.interacting import command, many, problem, react, reacts, said
from tests.support.media import FixedClock
from tests.support.shows import guest, make_show

NONE = {"heart": 0, "clap": 0, "fire": 0, "laugh": 0, "wow": 0}


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def seconds_pass(show: Show, seconds: float) -> None:
    rows = ReactionShare.objects.for_brand(show.brand_id)
    rows.filter(show=show).update(updated_at=F("updated_at") - timedelta(seconds=seconds))


def test_command_waits_for_its_tick() -> None:
    assert [(kind.name, kind.lane) for kind in COMMANDS] == [("reactions", Lane.TICKED)]


def test_new_reactions_are_counted(show: Show, ana: Claims) -> None:
    assert react(show, ana, "tab", heart=3) == Outcome(seq=1, result={"counted": 3})
    assert react(show, ana, "tab", heart=5, wow=1) == Outcome(seq=2, result={"counted": 3})
    first, second = said(show.timeline_id)
    assert (first.kind, first.actor, dict(first.body)) == (
        "reaction.counts", "", {"totals": {**NONE, "heart": 3}},
    )  # fmt: skip
    assert dict(second.body) == {"totals": {**NONE, "heart": 5, "wow": 1}}
    assert queries.totals(show) == {**NONE, "heart": 5, "wow": 1}


def test_totals_are_zero_before_anyone_reacted(show: Show) -> None:
    assert list(queries.totals(show).items()) == list(NONE.items())


def test_sending_again_adds_nothing(show: Show, ana: Claims) -> None:
    react(show, ana, "tab", heart=3)
    for totals in ({"heart": 3}, {"heart": 2}, {"clap": 0}, {}):
        assert react(show, ana, "tab", **totals) == Outcome(seq=None, result={"counted": 0})
    assert timeline.head(show.timeline_id).seq == 1
    assert react(show, ana, "tab", heart=4).result == {"counted": 1}
    assert queries.totals(show)["heart"] == 4


def test_two_tabs_of_one_person_add_up(show: Show, ana: Claims) -> None:
    react(show, ana, "one", heart=3)
    react(show, ana, "two", heart=3)
    assert queries.totals(show)["heart"] == 6


def test_batch_is_one_entry(show: Show, brand: Brand) -> None:
    people = many(brand, 600)
    answers = reacts(show, [(one, "tab", {"heart": 2, "fire": 1}) for one in people])
    assert answers == [Outcome(seq=1, result={"counted": 3})] * 600
    (entry,) = said(show.timeline_id)
    assert entry.body["totals"] == {**NONE, "heart": 1200, "fire": 600}


def test_one_page_twice_in_a_batch(show: Show, ana: Claims) -> None:
    totals = [{"heart": 2}, {"heart": 5}, {"heart": 4}, {"heart": 5, "clap": 1}]
    answers = reacts(show, [(ana, "tab", one) for one in totals])
    assert [one.result["counted"] for one in answers] == [2, 3, 0, 1]
    assert queries.totals(show) == {**NONE, "heart": 5, "clap": 1}


def test_flood_from_one_client_adds_its_allowance_at_most(show: Show, ana: Claims) -> None:
    clock = FixedClock()
    with telling(clock):
        assert react(show, ana, "tab", heart=1000, clap=500).result == {"counted": 30}
        assert react(show, ana, "tab", heart=2000).result == {"counted": 0}
        assert react(show, ana, "other tab", heart=2000).result == {"counted": 0}
        clock.advance(0.1)
        assert react(show, ana, "tab", heart=3000).result == {"counted": 1}
        clock.advance(2)
        assert react(show, ana, "tab", heart=9000).result == {"counted": 20}
        clock.advance(3600)
        assert react(show, ana, "tab", heart=900_000).result == {"counted": 30}
    assert queries.totals(show) == {**NONE, "heart": 81}


def test_flood_through_many_tabs_is_one_persons(show: Show, ana: Claims, brand: Brand) -> None:
    answers = reacts(show, [(ana, f"tab {n}", {"heart": 20}) for n in range(10)])
    assert [one.result["counted"] for one in answers] == [20, 10, *[0] * 8]
    assert react(show, guest(brand, "Ben"), "tab", heart=7).result == {"counted": 7}
    assert queries.totals(show)["heart"] == 37


def test_reactions_above_the_allowance_never_count(show: Show, ana: Claims) -> None:
    react(show, ana, "tab", heart=100)
    seconds_pass(show, 60)
    assert react(show, ana, "tab", heart=100).result == {"counted": 0}
    assert react(show, ana, "tab", heart=101).result == {"counted": 1}
    assert queries.totals(show)["heart"] == 31


def test_pages_of_a_person_are_limited(show: Show, ana: Claims) -> None:
    ReactionShare.objects.all_brands().bulk_create(
        ReactionShare(
            show=show, person=ana.sub, session=f"tab {n}", updated_at=utc_now(), allowance=30
        )
        for n in range(rules.SESSIONS_MAX)
    )
    assert problem(react(show, ana, "one more", heart=1)) == (409, "too-many-sessions", None)
    assert react(show, ana, "tab 3", heart=1).result == {"counted": 1}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"session": "", "totals": {}}, "session"),
        ({"session": "x" * 65, "totals": {}}, "session"),
        ({"session": 1, "totals": {}}, "session"),
        ({"totals": {}}, "session"),
        ({"session": "tab"}, "totals"),
        ({"session": "tab", "totals": {"boo": 1}}, "totals"),
        ({"session": "tab", "totals": {"heart": -1}}, "totals"),
        ({"session": "tab", "totals": {"heart": 1_000_001}}, "totals"),
        ({"session": "tab", "totals": {"heart": 1.5}}, "totals"),
        ({"session": "tab", "totals": ["heart"]}, "totals"),
        ({"session": "tab", "totals": {}, "more": 1}, "more"),
    ],
)
def test_wrong_field_is_named(show: Show, ana: Claims, body: dict[str, Any], field: str) -> None:
    (outcome,) = perform_reactions(show.pk, [command("reactions", ana, body, show)])
    assert (problem(outcome)[0], problem(outcome)[2]) == (422, field)
    assert (queries.totals(show), timeline.head(show.timeline_id).seq) == (NONE, 0)
    assert not ReactionShare.objects.for_brand(show.brand_id).exists()


def test_banned_person_adds_nothing(
    show: Show, ana: Claims, brand: Brand, other_brand: Brand
) -> None:
    bans.ban(brand.pk, ana.sub, name="Ana", network=ana.network, by=None)
    ben = guest(brand, "Ben", network="elsewhere")
    sent = [(one, "tab", {"heart": 1}) for one in (ana, guest(other_brand), ben)]
    banned, foreign, good = reacts(show, sent)
    assert (problem(banned), problem(foreign)) == (
        (403, "banned", None), (401, "other-brand", None),
    )  # fmt: skip
    assert good == Outcome(seq=1, result={"counted": 1})
    rows = ReactionShare.objects.for_brand(brand)
    assert set(rows.values_list("person", flat=True)) == {ben.sub, "n:elsewhere"}


def test_reactions_are_of_their_show(show: Show, ana: Claims, brand: Brand, producer: User) -> None:
    other = make_show(brand, "Other")
    react(show, ana, "tab", heart=1)
    react(other, ana, "tab", heart=5)
    assert (queries.totals(show)["heart"], queries.totals(other)["heart"]) == (1, 5)
    shows.start(show, producer)
    react(show, ana, "tab", heart=2)
    shows.end(show, producer)
    assert problem(react(show, ana, "tab", heart=3)) == (409, "show-closed", None)
    assert queries.totals(show)["heart"] == 2
    assert problem(react(Show(pk="0" * 26), ana, "tab", heart=3)) == (404, "not-found", None)


def test_senders_are_forgotten_after_the_show(
    show: Show, ana: Claims, brand: Brand, producer: User
) -> None:
    other = make_show(brand, "Other")
    shows.start(show, producer)
    react(show, ana, "tab", heart=2)
    react(other, ana, "tab", heart=2)
    ended = shows.end(show, producer)
    assert ended.ended_at is not None
    assert jobs.forget_shares() == 0
    assert services.forget_shares(ended.ended_at + services.SHARES_KEPT) == 2  # and the network's
    assert {row.show for row in ReactionShare.objects.for_brand(brand)} == {other}
    assert queries.totals(show)["heart"] == 2


def test_counters_are_made_once(show: Show, ana: Claims) -> None:
    react(show, ana, "tab", heart=1)
    react(show, ana, "tab", heart=2)
    rows = ReactionCount.objects.for_brand(show.brand_id).order_by("sort")
    assert list(rows.values_list("sort", "total")) == [
        ("clap", 0), ("fire", 0), ("heart", 2), ("laugh", 0), ("wow", 0),
    ]  # fmt: skip


def test_allowance_grows_to_its_burst_and_never_with_a_clock_set_back() -> None:
    now = utc_now()
    half = rules.Allowance(0.0, now).by(now + timedelta(seconds=0.5))
    assert half == rules.Allowance(5.0, now + timedelta(seconds=0.5))
    assert half.by(now) == half
    assert half.by(now + timedelta(hours=1)).left == rules.BURST


def test_erased_persons_reactions_still_count(show: Show, ana: Claims, brand: Brand) -> None:
    react(show, ana, "tab", heart=2)
    assert services.forget_person(brand.pk, ana.sub) == 1
    assert services.forget_person(brand.pk, ana.sub) == 0
    assert queries.totals(show)["heart"] == 2
