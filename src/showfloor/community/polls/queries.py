"""Reads of polls: for the snapshot, for the person who votes, for staff."""

from collections.abc import Iterable, Iterator
from typing import TypedDict

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.community.polls.events import PollOpened
from showfloor.community.polls.models import Ballot, Poll, PollOption, PollState
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.errors import NotFound
from showfloor.shows.models import Show

SEEN = (PollState.OPEN, PollState.CLOSED)  # by everyone


class PollView(PollOpened):
    """A poll as viewers see it. `votes` by position: null while the tally is hidden, `voters` is 0
    then. `right`: positions, told when a quiz has closed."""

    state: str  # open, closed
    opened_at: str
    closed_at: str | None
    votes: list[int] | None
    voters: int
    right: list[int]


class StaffPoll(PollOpened):
    """A poll as staff see it: hidden tallies and right answers too, and those in preparation."""

    state: str  # draft, open, closed, withdrawn
    opened_at: str | None
    closed_at: str | None
    votes: list[int]
    voters: int
    right: list[int]


class PollMine(TypedDict):
    """The votes of one person: positions by poll."""

    votes: dict[str, list[int]]


class PollSnapshot(TypedDict):
    """The polls' part of a show's snapshot."""

    polls: list[PollView]


def snapshot(show: Show) -> PollSnapshot:
    return {"polls": poll_views(show)}


def find(show: Show, poll_id: str) -> Poll:
    """Return a poll of the show; NotFound."""
    found = of_show(show).filter(pk=poll_id).first()
    if found is None:
        raise NotFound(_("There is no such poll."))
    return found


def of_show(show: Show) -> QuerySet[Poll]:
    return Poll.objects.for_brand(show.brand_id).filter(show=show)


def options_of(poll: Poll) -> list[PollOption]:
    """Return the options in order, as they are counted now."""
    return list(PollOption.objects.all_brands().filter(poll=poll).order_by("position"))


def poll_views(show: Show) -> list[PollView]:
    """Return every poll that is or was open, in the order in which they were opened."""
    polls = of_show(show).filter(state__in=SEEN).order_by("opened_at", "pk")
    return [_view(poll) for poll in _with_options(polls)]


def staff_polls(show: Show) -> list[StaffPoll]:
    """Return every poll but those taken back: drafts in their order, then those that were open."""
    polls = of_show(show).exclude(state=PollState.WITHDRAWN).order_by("position", "pk")
    return [staff_poll(poll) for poll in _with_options(polls)]


def staff_poll(poll: Poll) -> StaffPoll:
    options = list(poll.options.all())
    return {
        "poll_id": poll.pk,
        "question": poll.question,
        "options": [{"position": one.position, "text": one.text} for one in options],
        "choices_max": poll.choices_max,
        "is_quiz": poll.is_quiz,
        "hides_tally": poll.hides_tally,
        "state": poll.state,
        "opened_at": iso_ms(poll.opened_at) if poll.opened_at else None,
        "closed_at": iso_ms(poll.closed_at) if poll.closed_at else None,
        "closes_at": iso_ms(poll.closes_at) if poll.closes_at else None,
        "votes": [one.votes for one in options],
        "voters": poll.voters,
        "right": [one.position for one in options if one.is_right],
    }


def mine(show: Show, subject: str) -> PollMine:
    """Return the votes of this person (a token's `sub`) in the show's polls."""
    ballots = Ballot.objects.for_brand(show.brand_id).filter(
        poll__show=show, poll__state__in=SEEN, voter=subject
    )
    return {"votes": dict(ballots.values_list("poll_id", "options"))}


def result_rows(poll: Poll) -> Iterator[list[object]]:
    """Yield the poll's result as a table, the heading first."""
    yield ["poll", "question", "position", "option", "right", "votes", "percent", "voters", "state"]
    for one in poll.options.all():
        share = round(100 * one.votes / poll.voters, 1) if poll.voters else 0.0
        right = ("yes" if one.is_right else "no") if poll.is_quiz else ""
        yield [
            poll.pk, poll.question, one.position, one.text, right, one.votes, share, poll.voters,
            poll.state,
        ]  # fmt: skip


def _with_options(polls: QuerySet[Poll]) -> Iterable[Poll]:
    return polls.prefetch_related("options")


def _view(poll: Poll) -> PollView:
    whole = staff_poll(poll)
    is_over = poll.state == PollState.CLOSED
    is_hidden = poll.hides_tally and not is_over
    opened_at = whole["opened_at"]
    assert opened_at is not None, "a poll that was opened says when"
    return {
        "poll_id": poll.pk,
        "question": poll.question,
        "options": whole["options"],
        "choices_max": poll.choices_max,
        "is_quiz": poll.is_quiz,
        "hides_tally": poll.hides_tally,
        "state": poll.state,
        "opened_at": opened_at,
        "closed_at": whole["closed_at"],
        "closes_at": whole["closes_at"],
        "votes": None if is_hidden else whole["votes"],
        "voters": 0 if is_hidden else poll.voters,
        "right": whole["right"] if is_over else [],
    }
