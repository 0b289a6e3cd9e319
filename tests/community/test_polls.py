"""Votes: which count, and what everyone is told of them."""

from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts import bans
from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.polls import queries, services
from showfloor.community.polls.commands import COMMANDS
from showfloor.community.polls.commands import perform as perform_votes
from showfloor.community.polls.models import Ballot, Poll
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.community.safety.models import ChatMode, ChatSettings
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Lane, Outcome
from tests.community.interacting import (
    ballots,
    command,
    counted,
    counters,
    many,
    problem,
    said,
    vote,
    votes,
)
from tests.support.shows import guest, make_show

SHADES = (OptionDraft("Rosé"), OptionDraft("Nude"), OptionDraft("Brick"))


def prepared(show: Show, **more: Any) -> Poll:
    return services.create(show, PollDraft("Which shade next?", SHADES, **more))


def opened(show: Show, by: User, **more: Any) -> Poll:
    return services.open_poll(show, prepared(show, **more).pk, None, None, by)


@pytest.fixture
def poll(show: Show, producer: User) -> Poll:
    """Open, single choice."""
    return opened(show, producer)


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def test_command_waits_for_its_tick() -> None:
    assert [(kind.name, kind.lane) for kind in COMMANDS] == [("vote", Lane.TICKED)]


def test_vote_is_counted_and_told(show: Show, poll: Poll, ana: Claims) -> None:
    before = timeline.head(show.timeline_id).seq
    assert vote(show, ana, poll, 1) == Outcome(seq=before + 1)
    (entry,) = said(show.timeline_id, before)
    assert (entry.kind, entry.actor) == ("poll.tally", "")
    assert dict(entry.body) == {"poll_id": poll.pk, "votes": [0, 1, 0], "voters": 1}
    assert ballots(poll) == [(ana.sub, [1])]
    assert counters(poll) == ([0, 1, 0], 1)


def test_vote_can_be_changed_and_taken_back(show: Show, poll: Poll, ana: Claims) -> None:
    vote(show, ana, poll, 1)
    vote(show, ana, poll, 2)
    assert (ballots(poll), counters(poll)) == ([(ana.sub, [2])], ([0, 0, 1], 1))
    vote(show, ana, poll)
    assert (ballots(poll), counters(poll)) == ([], ([0, 0, 0], 0))
    tallies = said(show.timeline_id, 0, "poll.tally")
    assert [entry.body["votes"] for entry in tallies] == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "\x00" * 26])
def test_vote_with_hostile_id_spoils_no_others(
    show: Show, poll: Poll, ana: Claims, bad: str
) -> None:
    given = [
        command("vote", viewer, {"poll_id": pk, "options": [1]}, show)
        for viewer, pk in ((guest(show.brand, "Ben"), bad), (ana, poll.pk))
    ]
    refused, counted_one = perform_votes(show.pk, given)
    assert problem(refused)[2] == "poll_id"
    assert counted_one.problem is None
    assert ballots(poll) == [(ana.sub, [1])]


def test_same_vote_again_changes_nothing(show: Show, poll: Poll, ana: Claims) -> None:
    vote(show, ana, poll, 1)
    head = timeline.head(show.timeline_id)
    assert vote(show, ana, poll, 1) == Outcome(seq=None)
    assert vote(show, guest(Brand.objects.get(pk=ana.brand)), poll) == Outcome(seq=None)
    assert timeline.head(show.timeline_id) == head
    assert counters(poll) == ([0, 1, 0], 1)


def test_last_of_one_persons_votes_in_a_tick_counts(
    show: Show, poll: Poll, ana: Claims, brand: Brand
) -> None:
    ben, before = guest(brand, "Ben"), timeline.head(show.timeline_id).seq
    answers = votes(show, poll, [(ana, [0]), (ben, [2]), (ana, [1]), (ben, [])])
    assert answers == [Outcome(seq=before + 1)] * 4
    assert (ballots(poll), counters(poll)) == ([(ana.sub, [1])], ([0, 1, 0], 1))
    assert [entry.body["votes"] for entry in said(show.timeline_id, before)] == [[0, 1, 0]]


def test_thousand_votes_in_a_tick_are_one_entry(show: Show, poll: Poll, brand: Brand) -> None:
    people, before = many(brand, 1000), timeline.head(show.timeline_id).seq
    answers = votes(show, poll, [(one, [n % 3]) for n, one in enumerate(people)])
    assert answers == [Outcome(seq=before + 1)] * 1000
    (entry,) = said(show.timeline_id, before)
    assert dict(entry.body) == {"poll_id": poll.pk, "votes": [334, 333, 333], "voters": 1000}
    assert counters(poll) == counted(poll) == ([334, 333, 333], 1000)
    votes(show, poll, [(one, [0] if n % 2 else []) for n, one in enumerate(people)])
    assert counters(poll) == counted(poll) == ([500, 0, 0], 500)
    assert timeline.head(show.timeline_id).seq == before + 2


def test_several_choices_count(show: Show, producer: User, ana: Claims, brand: Brand) -> None:
    poll = opened(show, producer, choices_max=2)
    vote(show, ana, poll, 2, 0)
    vote(show, guest(brand, "Ben"), poll, 2)
    assert ballots(poll)[-1][1] in ([0, 2], [2])
    assert counters(poll) == ([1, 0, 2], 2)
    vote(show, ana, poll, 1, 2)
    assert counters(poll) == counted(poll) == ([0, 1, 2], 2)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([0, 1], (422, "poll-choices", "options")),
        ([1, 1], (422, "poll-option", "options")),
        ([3], (422, "poll-option", "options")),
        ([-1], (422, "poll-option", "options")),
        (["1"], (422, "invalid", "options")),
        ([True], (422, "invalid", "options")),
        ("01", (422, "invalid", "options")),
        (None, (422, "invalid", "options")),
    ],
)
def test_invalid_vote_is_refused(
    show: Show, poll: Poll, ana: Claims, options: Any, expected: tuple[int, str, str]
) -> None:
    head = timeline.head(show.timeline_id)
    sent = command("vote", ana, {"poll_id": poll.pk, "options": options}, show)
    (outcome,) = perform_votes(show.pk, [sent])
    assert problem(outcome) == expected
    assert (ballots(poll), timeline.head(show.timeline_id)) == ([], head)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"options": []}, "poll_id"), ({"poll_id": "x"}, "options"), ({"weight": 9}, "poll_id")],
)
def test_missing_field_is_named(
    show: Show, ana: Claims, poll: Poll, body: dict[str, Any], field: str
) -> None:
    (outcome,) = perform_votes(show.pk, [command("vote", ana, body, show)])
    assert problem(outcome)[2] == field


def test_one_wrong_vote_is_nobody_elses_trouble(
    show: Show, poll: Poll, ana: Claims, brand: Brand
) -> None:
    ben, cleo = guest(brand, "Ben"), guest(brand, "Cleo")
    seq = timeline.head(show.timeline_id).seq + 1
    first, wrong, last = votes(show, poll, [(ana, [0]), (ben, [7]), (cleo, [0])])
    assert (first, last) == (Outcome(seq=seq), Outcome(seq=seq))
    assert problem(wrong) == (422, "poll-option", "options")
    assert counters(poll) == counted(poll) == ([2, 0, 0], 2)


def test_refusal_is_in_the_persons_language(show: Show, poll: Poll, ana: Claims) -> None:
    body = {"poll_id": poll.pk, "options": [0, 1]}
    answers = perform_votes(
        show.pk, [command("vote", ana, body, show, language=one) for one in ("en", "de")]
    )
    details = [one.problem["detail"] for one in answers if one.problem is not None]
    assert details[0] == "Choose one."
    assert len(details) == 2


def test_unknown_poll_is_not_found(
    show: Show, poll: Poll, ana: Claims, brand: Brand, producer: User
) -> None:
    elsewhere = opened(make_show(brand, "Other"), producer)
    taken_back = opened(show, producer)
    services.withdraw(show, taken_back.pk, producer)
    for one in (prepared(show), elsewhere, taken_back):
        assert problem(vote(show, ana, one, 0)) == (404, "not-found", "poll_id")
        assert ballots(one) == []
    assert problem(vote(Show(pk="0" * 26), ana, poll, 0)) == (404, "not-found", None)


def test_other_brands_viewers_have_no_vote(
    show: Show, poll: Poll, other_brand: Brand, brand: Brand
) -> None:
    assert problem(vote(show, guest(other_brand), poll, 0)) == (401, "other-brand", None)
    nobody = Claims("g:", brand.pk)
    assert problem(vote(show, nobody, poll, 0)) == (401, "no-token", None)
    assert counters(poll) == ([0, 0, 0], 0)


def test_hidden_show_is_for_staff(show: Show, poll: Poll, brand: Brand, ana: Claims) -> None:
    shows.update_show(show, ShowChanges({"published": False}))
    assert problem(vote(show, ana, poll, 0)) == (404, "not-found", None)
    staff = Claims("u:" + "0" * 26, brand.pk, "Mo", (Role.MODERATOR.value,))
    assert vote(show, staff, poll, 0).problem is None


def test_banned_person_has_no_vote(show: Show, poll: Poll, ana: Claims, brand: Brand) -> None:
    bans.ban(brand.pk, ana.sub, name="Ana", network=ana.network, by=None)
    new_cookie = guest(brand, "Anna")
    elsewhere = guest(brand, "Ben", network="elsewhere")
    member = Claims("m:" + "0" * 26, brand.pk, "Mia", (), ana.network)
    answers = votes(show, poll, [(one, [0]) for one in (ana, new_cookie, elsewhere, member)])
    assert [one.problem is None for one in answers] == [False, False, True, True]
    assert {problem(one) for one in answers[:2]} == {(403, "banned", None)}
    assert counters(poll) == ([2, 0, 0], 2)


def test_person_with_an_ended_ban_votes(show: Show, poll: Poll, ana: Claims, brand: Brand) -> None:
    over = utc_now() - timedelta(seconds=1)
    bans.ban(brand.pk, ana.sub, name="Ana", network=ana.network, by=None, until=over)
    lifted = bans.ban(brand.pk, ana.sub, name="Ana", by=None)
    bans.lift_ban(brand.pk, lifted.pk)
    assert vote(show, ana, poll, 0).problem is None


def test_chat_mode_does_not_limit_votes(show: Show, poll: Poll, ana: Claims) -> None:
    ChatSettings(show=show, mode=ChatMode.STAFF).save()
    assert vote(show, ana, poll, 0).problem is None


def test_votes_end_with_the_poll_and_with_the_show(
    show: Show, poll: Poll, ana: Claims, producer: User
) -> None:
    shows.start(show, producer)
    services.close(show, poll.pk, None, producer)
    assert problem(vote(show, ana, poll, 0)) == (409, "poll-closed", None)
    second = opened(show, producer)
    shows.end(show, producer)
    assert problem(vote(show, ana, second, 0)) == (409, "show-closed", None)
    assert (ballots(poll), ballots(second)) == ([], [])


def test_vote_that_comes_late_is_refused_before_anyone_has_closed_it(
    show: Show, producer: User, ana: Claims
) -> None:
    poll = services.open_poll(show, prepared(show).pk, None, 5, producer)
    assert vote(show, ana, poll, 0).problem is None
    Poll.objects.all_brands().filter(pk=poll.pk).update(closes_at=utc_now())
    assert problem(vote(show, ana, poll, 1)) == (409, "poll-closed", None)
    assert problem(vote(show, ana, poll)) == (409, "poll-closed", None)
    assert (ballots(poll), counters(poll)) == ([(ana.sub, [0])], ([1, 0, 0], 1))


def test_hidden_tally_is_told_backstage_alone(
    show: Show, producer: User, ana: Claims, brand: Brand
) -> None:
    poll = opened(show, producer, hides_tally=True)
    head, behind = (
        timeline.head(show.timeline_id), timeline.head(show.backstage_id).seq,
    )  # fmt: skip
    answers = votes(show, poll, [(ana, [1]), (guest(brand, "Ben"), [1])])
    assert answers == [Outcome(seq=None)] * 2
    assert timeline.head(show.timeline_id) == head
    (entry,) = said(show.backstage_id, behind)
    assert (entry.kind, dict(entry.body)) == (
        "tally.hidden", {"poll_id": poll.pk, "votes": [0, 2, 0], "voters": 2},
    )  # fmt: skip
    (view,) = queries.poll_views(show)
    assert (view["votes"], view["voters"]) == (None, 0)
    services.close(show, poll.pk, None, producer)
    (closed,) = said(show.timeline_id, head.seq)
    assert dict(closed.body) == {
        "poll_id": poll.pk, "votes": [0, 2, 0], "voters": 2, "right": [],
    }  # fmt: skip
    (view,) = queries.poll_views(show)
    assert (view["votes"], view["voters"]) == ([0, 2, 0], 2)


def test_own_votes_are_returned(show: Show, poll: Poll, ana: Claims, brand: Brand) -> None:
    vote(show, ana, poll, 1)
    vote(show, guest(brand, "Ben"), poll, 2)
    assert queries.mine(show, ana.sub) == {"votes": {poll.pk: [1]}}
    assert queries.mine(make_show(brand, "Other"), ana.sub) == {"votes": {}}
    assert queries.mine(show, "g:" + "9" * 26) == {"votes": {}}


def test_ballot_is_of_one_brand(show: Show, poll: Poll, ana: Claims, other_brand: Brand) -> None:
    vote(show, ana, poll, 1)
    assert Ballot.objects.for_brand(show.brand_id).count() == 1
    assert Ballot.objects.for_brand(other_brand).count() == 0


def test_erased_persons_vote_counts_for_nobody_we_know(
    show: Show, poll: Poll, ana: Claims, brand: Brand
) -> None:
    vote(show, ana, poll, 1)
    assert services.forget_person(brand.pk, ana.sub) == 1
    assert services.forget_person(brand.pk, ana.sub) == 0
    ((voter, options),) = ballots(poll)
    assert (voter[:2], options, counters(poll)) == ("x:", [1], ([0, 1, 0], 1))
    assert queries.mine(show, ana.sub) == {"votes": {}}
