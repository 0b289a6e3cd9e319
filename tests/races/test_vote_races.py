"""Votes of one person in two tabs. Two guards stand between them and a second vote: the poll's
lock, and the table that takes one ballot each. The tests take out one, and then both: with both
gone the same race does its damage, otherwise the tests would prove nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import UniqueConstraint
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand, Role
from showfloor.accounts.tokens import Claims
from showfloor.community.polls import services
from showfloor.community.polls.models import Ballot, Poll
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.shows.models import Show
from showfloor.timeline.commands import Outcome
from tests.community.interacting import ballots, counted, counters, many, said, vote
from tests.conftest import make_staff
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.support.shows import guest, make_show

pytestmark = pytest.mark.django_db(transaction=True)

ONE_EACH = next(one for one in Ballot._meta.constraints if one.name == "one_ballot_each")


@pytest.fixture
def poll(brand: Brand) -> Poll:
    show = make_show(brand)
    draft = PollDraft("Which?", [OptionDraft(text) for text in "abc"], choices_max=2)
    producer = make_staff(brand, Role.PRODUCER, "producer@race.test")
    return services.open_poll(show, services.create(show, draft).pk, None, None, producer)


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


@contextmanager
def without_the_lock() -> Iterator[None]:
    """No lock and no transaction, and both tabs have read before either writes."""

    def look(show: Show, poll_ids: set[str]) -> dict[str, Poll]:
        rows = Poll.objects.for_brand(show.brand_id).filter(pk__in=poll_ids)
        return {poll.pk: poll for poll in rows.prefetch_related("options")}

    with (
        guards.POLL_LOCK.off(look),
        guards.POLL_TRANSACTION.off(),
        guards.POLL_BALLOTS.followed_by(Meeting(2).wait),
    ):
        yield


@contextmanager
def without_the_constraint() -> Iterator[None]:
    """SQLite makes the table anew from what the model says."""
    kept = Ballot._meta.constraints
    assert isinstance(ONE_EACH, UniqueConstraint)
    Ballot._meta.constraints = [one for one in kept if one is not ONE_EACH]
    with connection.schema_editor() as schema:
        schema.remove_constraint(Ballot, ONE_EACH)
    try:
        yield
    finally:
        Ballot.objects.all_brands().delete()
        Ballot._meta.constraints = kept
        with connection.schema_editor() as schema:
            schema.add_constraint(Ballot, ONE_EACH)


def from_two_tabs(poll: Poll, ana: Claims) -> list[Any]:
    return at_once([partial(vote, poll.show, ana, poll, 0), partial(vote, poll.show, ana, poll, 1)])


def test_voting_twice_from_two_tabs_prevented(poll: Poll, ana: Claims) -> None:
    answers = from_two_tabs(poll, ana)
    assert all(isinstance(one, Outcome) and one.problem is None for one in answers), answers
    ((voter, options),) = ballots(poll)
    assert (voter, counters(poll)) == (ana.sub, counted(poll))
    assert (options, counters(poll)) in [([0], ([1, 0, 0], 1)), ([1], ([0, 1, 0], 1))]


def test_voting_twice_from_two_tabs_prevented_by_the_constraint_alone(
    poll: Poll, ana: Claims
) -> None:
    with without_the_lock():
        answers = from_two_tabs(poll, ana)
    assert sorted(isinstance(one, IntegrityError) for one in answers) == [False, True], answers
    assert len(ballots(poll)) == 1
    assert counters(poll) == counted(poll)


def test_voting_twice_from_two_tabs_happens_without_guard(poll: Poll, ana: Claims) -> None:
    with without_the_lock(), without_the_constraint():
        answers = from_two_tabs(poll, ana)
        assert [type(one) for one in answers] == [Outcome, Outcome], answers
        assert ballots(poll) == [(ana.sub, [0]), (ana.sub, [1])]
        assert counters(poll) == ([1, 1, 0], 2)  # one person, counted twice


def test_counting_beside_each_other_prevented(poll: Poll, brand: Brand) -> None:
    """Batches of two processes: everyone counts once, whichever batch comes first."""
    people = many(brand, 12)
    waves: list[Callable[[], Any]] = [
        partial(vote, poll.show, one, poll, *options)
        for one in people
        for options in ([0], [1, 2], [2])
    ]
    answers = at_once(waves[:18]) + at_once(waves[18:])
    assert all(isinstance(one, Outcome) and one.problem is None for one in answers), answers
    assert len(ballots(poll)) == len(people)
    assert counters(poll) == counted(poll)
    last = said(poll.show.timeline_id, 0, "poll.tally")[-1].body
    assert (last["votes"], last["voters"]) == counters(poll)


def test_vote_beside_the_closing_counts_in_the_result_or_is_refused(
    poll: Poll, ana: Claims, brand: Brand
) -> None:
    producer = make_staff(brand, Role.PRODUCER, "closing@race.test")
    outcome, _closed = at_once([
        partial(vote, poll.show, ana, poll, 2),
        partial(services.close, poll.show, poll.pk, None, producer),
    ])  # fmt: skip
    result = said(poll.show.timeline_id)[-1]
    assert result.kind == "poll.closed"
    counts = outcome.problem is None
    assert result.body["votes"] == [0, 0, int(counts)]
    assert counters(poll) == counted(poll) == ([0, 0, int(counts)], int(counts))


def test_two_polls_opened_at_once_prevented(brand: Brand) -> None:
    show = make_show(brand)
    producer = make_staff(brand, Role.PRODUCER, "two@race.test")
    draft = PollDraft("Which?", [OptionDraft(text) for text in "ab"])
    polls = [services.create(show, draft).pk for _number in range(4)]
    answers = at_once([
        partial(services.open_poll, show, poll_id, None, None, producer) for poll_id in polls
    ])  # fmt: skip
    assert [type(one) for one in answers] == [Poll] * 4, answers
    states = Poll.objects.for_brand(brand).values_list("state", flat=True)
    assert sorted(states) == ["closed", "closed", "closed", "open"]


def test_second_open_poll_is_refused_by_the_table_alone(
    brand: Brand,
) -> None:
    show = make_show(brand)
    Poll.objects.create(show=show, question="one", state="open")
    with pytest.raises(IntegrityError):
        Poll.objects.create(show=show, question="two", state="open")


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="there is one writer, and no row is locked"
)
def test_poll_is_locked_before_its_ballots_are_read(poll: Poll, ana: Claims) -> None:
    """The statements themselves: two transactions seldom meet in the gap that a lock closes."""
    with CaptureQueriesContext(connection) as captured:
        vote(poll.show, ana, poll, 0)
    statements = [query["sql"] for query in captured]
    locked = [n for n, sql in enumerate(statements) if _locks(sql, Poll._meta.db_table)]
    read = [n for n, sql in enumerate(statements) if f'FROM "{Ballot._meta.db_table}"' in sql]
    assert locked
    assert read
    assert locked[0] < read[0]


def _locks(sql: str, table: str) -> bool:
    return f'FROM "{table}"' in sql and "FOR NO KEY UPDATE" in sql
