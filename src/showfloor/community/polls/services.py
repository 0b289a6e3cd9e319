"""Verbs of polls: votes of viewers, and the work of staff.

The invariant, on every database and at any moment: a poll's counters are the sums of its ballots. A
batch of votes locks the poll, so that two tabs of one person come one after the other; the table
allows one ballot per person in any case. Counters move by the difference between a person's
ballots, in the transaction that writes them.

Staff lock the show, then the poll, then the timeline and the backstage; votes begin with the poll,
so that they do not stand in the way of the chat. One poll of a show is open at a time: opening
another closes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import network_quota
from showfloor.accounts.models import User
from showfloor.community import command_batches
from showfloor.community.admission import OPEN, admission_for, lock_show, no_such_show, show_closed
from showfloor.community.polls import queries, rules
from showfloor.community.polls.models import Ballot, Poll, PollOption, PollState
from showfloor.community.polls.rules import Choice, OptionDraft, PollDraft
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.kernel.ids import is_id, new_id
from showfloor.shows.models import Show, ShowState
from showfloor.shows.rules import picture_time
from showfloor.shows.rundown_kinds import Payload
from showfloor.timeline import services as timeline
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.log import NewEntry

DUE_MAX = 50  # polls that one run of the job closes


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote in a poll, as it was sent."""

    poll_id: str
    options: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Cast:
    """A vote that counts."""

    poll: Poll
    voter: str
    choice: Choice


# --- votes


@timeline.verb
def vote(
    show_id: str, commands: Sequence[Command], votes: Sequence[Vote | Outcome]
) -> list[Outcome]:
    """Count a batch of votes. Of one person's votes in a poll the last one counts. Voting again for
    the same changes nothing; an empty vote takes the vote back.

    Each outcome has the `seq` of the tally. It is null where there was none: nothing has changed,
    or viewers may not see the tally.
    """
    now = utc_now()
    with timeline.write():
        admission = admission_for(show_id, commands, now)
        if admission is None:
            return no_such_show(commands)
        show = admission.show
        # PostgreSQL takes not every text, and one vote's must not spoil the others of its batch.
        named = {one.poll_id for one in votes if isinstance(one, Vote)}
        polls = _lock_polls(show, {one for one in named if is_id(one)})

        def check(command: Command, one: Vote) -> _Cast:
            admission.admit(command.claims)
            poll = polls.get(one.poll_id)
            if poll is None or poll.state in {PollState.DRAFT, PollState.WITHDRAWN}:
                raise NotFound(_("There is no such poll."), field="poll_id")
            rules.check_votable(poll.state, poll.closes_at, now)
            choice = rules.clean_choice(one.options, len(poll.options.all()), poll.choices_max)
            network_quota.check_vote(command.claims, poll.pk)
            return _Cast(poll, command.claims.sub, choice)

        cast = command_batches.each(commands, votes, show.brand.language, check)
        seqs = _write_tallies(show, _count(polls, cast, now))
    return [one if isinstance(one, Outcome) else Outcome(seq=seqs.get(one.poll.pk)) for one in cast]


def _lock_polls(show: Show, poll_ids: set[str]) -> dict[str, Poll]:
    """Return the polls with their options, kept for this transaction: the guard of the counters."""
    rows = queries.of_show(show).filter(pk__in=poll_ids).order_by("pk")
    locked = rows.select_for_update(of=("self",), no_key=True)
    return {poll.pk: poll for poll in locked.prefetch_related("options")}


def _count(polls: Mapping[str, Poll], cast: Sequence[_Cast | Outcome], now: datetime) -> list[Poll]:
    """Write the ballots and move the counters; return the polls whose counters have moved."""
    wanted: dict[str, dict[str, Choice]] = {}
    for one in cast:
        if isinstance(one, _Cast):
            wanted.setdefault(one.poll.pk, {})[one.voter] = one.choice  # the last one counts
    moved = []
    for poll_id in sorted(wanted):
        poll = polls[poll_id]
        earlier = _ballots(poll, wanted[poll_id])
        before: dict[str, Choice] = {voter: tuple(one.options) for voter, one in earlier.items()}
        _write_ballots(poll, earlier, wanted[poll_id], now)
        change = rules.change(before, wanted[poll_id])
        if change.is_nothing:
            continue
        _move(poll, change)
        moved.append(poll)
    return moved


def _ballots(poll: Poll, voters: Mapping[str, Choice]) -> dict[str, Ballot]:
    rows = Ballot.objects.all_brands().filter(poll=poll)
    return {
        ballot.voter: ballot
        for part in command_batches.chunks(voters)
        for ballot in rows.filter(voter__in=part)
    }


def _write_ballots(
    poll: Poll, earlier: Mapping[str, Ballot], wanted: Mapping[str, Choice], now: datetime
) -> None:
    """Write the ballots, in one statement for all people with the same vote, however many they
    are."""
    new: list[Ballot] = []
    changed: dict[Choice, list[str]] = {}
    for voter, choice in wanted.items():
        ballot = earlier.get(voter)
        if ballot is None:
            if choice:
                new.append(Ballot(poll=poll, voter=voter, options=list(choice), cast_at=now))
        elif tuple(ballot.options) != choice:
            changed.setdefault(choice, []).append(ballot.pk)
    Ballot.objects.all_brands().bulk_create(new, batch_size=command_batches.IN_QUERY)
    for choice, ballot_ids in changed.items():
        for part in command_batches.chunks(ballot_ids):
            rows = Ballot.objects.all_brands().filter(pk__in=part)
            if choice:
                rows.update(options=list(choice), cast_at=now)
            else:
                rows.delete()


def _move(poll: Poll, change: rules.Change) -> None:
    for position, difference in change.votes.items():
        if difference:
            options = PollOption.objects.all_brands().filter(poll=poll, position=position)
            options.update(votes=F("votes") + difference)
    if change.voters:
        Poll.objects.all_brands().filter(pk=poll.pk).update(voters=F("voters") + change.voters)


def _write_tallies(show: Show, polls: Sequence[Poll]) -> dict[str, int]:
    """Write one entry per poll, to viewers or to staff alone; return the `seq` on the public
    timeline by poll id."""
    shown = [poll for poll in polls if not poll.hides_tally]
    hidden = [poll for poll in polls if poll.hides_tally]
    seqs: dict[str, int] = {}
    if shown:
        entries = [NewEntry("poll.tally", _tally(poll)) for poll in shown]
        written = timeline.append(show.timeline_id, entries)
        seqs = {poll.pk: entry.seq for poll, entry in zip(shown, written, strict=True)}
    if hidden:
        timeline.append(
            show.backstage_id, [NewEntry("tally.hidden", _tally(poll)) for poll in hidden]
        )
    return seqs


def _tally(poll: Poll) -> dict[str, Any]:
    """Return the counters, read again: absolute numbers, as they will be committed."""
    voters = Poll.objects.all_brands().values_list("voters", flat=True).get(pk=poll.pk)
    votes = [option.votes for option in queries.options_of(poll)]
    return {"poll_id": poll.pk, "votes": votes, "voters": voters}


# --- staff


@timeline.verb
def create(show: Show, draft: PollDraft) -> Poll:
    """Prepare a poll; Invalid, Conflict (too many)."""
    clean = rules.clean_draft(draft)
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        kept = queries.of_show(locked).exclude(state=PollState.WITHDRAWN)
        if kept.count() >= rules.POLLS_MAX:
            raise Conflict(
                _("A show has at most %(count)s polls.") % {"count": rules.POLLS_MAX},
                code="polls-full",
            )
        last = kept.aggregate(last=Max("position"))["last"]
        poll = Poll(show=locked, position=0 if last is None else last + 1)
        _fill(poll, clean)
    return queries.find(show, poll.pk)


@timeline.verb
def change(show: Show, poll_id: str, values: Mapping[str, Any]) -> Poll:
    """Change a draft: only the keys of `PollDraft` that are there."""
    with timeline.write():
        lock_show(show.brand_id, show.pk)
        poll = queries.find(show, poll_id)
        rules.check_unused(poll.state)
        _fill(poll, rules.clean_draft(replace(_draft_of(poll), **values)))
    return queries.find(show, poll_id)


@timeline.verb
def delete(show: Show, poll_id: str) -> None:
    """Delete a draft; NotFound, Conflict."""
    with timeline.write():
        lock_show(show.brand_id, show.pk)
        poll = queries.find(show, poll_id)
        rules.check_unused(poll.state)
        poll.delete()


@timeline.verb
def open_poll(
    show: Show, poll_id: str, picture_at: datetime | None, seconds: int | None, by: User
) -> Poll:
    """Open a poll, from the picture the producer saw on, in place of the poll that is open.

    With `seconds` it closes by itself, that long from now: a viewer who watches some seconds behind
    has as much less. A poll that is open already stays as it is.
    """
    with timeline.write():
        locked, poll = _lock(show, poll_id)
        if poll.state == PollState.OPEN:
            return poll
        rules.check_transition(poll.state, PollState.OPEN)
        if locked.state not in OPEN:
            raise show_closed()
        now = utc_now()
        closes_at = rules.closes_at(seconds, now)
        picture = _picture(locked, picture_at, now)
        current = queries.of_show(locked).filter(state=PollState.OPEN).values_list("pk", flat=True)
        others = _lock_polls(locked, set(current)).values()
        entries = [_close(other, picture, by) for other in others]
        poll.state, poll.opened_at, poll.closes_at = PollState.OPEN, picture, closes_at
        poll.save(update_fields=["state", "opened_at", "closes_at"])
        entries.append(_opened(poll, by))
        timeline.append(locked.timeline_id, entries)
        # The poll that was open before has told its result, which can't be taken back.
        _log(locked, poll, by, {} if others else {"alone": True})
    return poll


def open_item(show: Show, payload: Payload, picture_at: datetime | None, by: User) -> Poll:
    """Open the poll of a rundown's item, whose turn has come."""
    return open_poll(show, payload["poll_id"], picture_at, None, by)


@timeline.verb
def close(show: Show, poll_id: str, picture_at: datetime | None, by: User) -> Poll:
    """End the voting now; the result is shown at the picture. Again changes nothing."""
    with timeline.write():
        locked, poll = _lock(show, poll_id)
        if poll.state == PollState.CLOSED:
            return poll
        rules.check_transition(poll.state, PollState.CLOSED)
        entry = _close(poll, _picture(locked, picture_at, utc_now()), by)
        timeline.append(locked.timeline_id, [entry])
        _log(locked, poll, by)
    return poll


@timeline.verb
def withdraw(show: Show, poll_id: str, by: User) -> Poll:
    """Take a poll back as if it had not been. Again changes nothing."""
    with timeline.write():
        locked, poll = _lock(show, poll_id)
        if poll.state == PollState.WITHDRAWN:
            return poll
        rules.check_transition(poll.state, PollState.WITHDRAWN)
        _withdraw(locked, poll, by)
        _log(locked, poll, by)
    return poll


def close_due(now: datetime) -> int:
    """Close the polls whose time is over or whose show has ended, of all brands; return their
    number.

    Late votes are refused by the time itself: a run every second is early enough.
    """
    over = Q(closes_at__lte=now) | Q(show__state=ShowState.ENDED)
    rows = Poll.objects.all_brands().filter(over, state=PollState.OPEN).select_related("show")
    return sum(_close_one(poll, now) for poll in rows.order_by("pk")[:DUE_MAX])


def is_any_open() -> bool:
    """Return whether any poll takes votes, in whatever brand."""
    return Poll.objects.all_brands().filter(state=PollState.OPEN).exists()


@timeline.verb
def forget_person(brand_id: str, subject: str) -> int:
    """Someone's data is erased: their votes still count, for nobody we know; how many."""
    with timeline.write():
        ballots = list(Ballot.objects.for_brand(brand_id).filter(voter=subject))
        for ballot in ballots:
            ballot.voter = f"x:{new_id()}"
            ballot.save(update_fields=["voter"])
    return len(ballots)


@timeline.verb
def _close_one(found: Poll, now: datetime) -> bool:
    with timeline.write():
        show, poll = _lock(found.show, found.pk)
        end = min((m for m in (poll.closes_at, show.ended_at) if m is not None), default=None)
        if poll.state != PollState.OPEN or end is None or end > now:
            return False  # somebody closed it in the meantime
        timeline.append(show.timeline_id, [_close(poll, end, None)])
    return True


def _lock(show: Show, poll_id: str) -> tuple[Show, Poll]:
    """Return the show and its poll, both kept for this transaction; NotFound."""
    locked = lock_show(show.brand_id, show.pk)
    poll = _lock_polls(locked, {poll_id}).get(poll_id)
    if poll is None:
        raise NotFound(_("There is no such poll."))
    return locked, poll


def _withdraw(show: Show, poll: Poll, by: User) -> None:
    poll.state, poll.closed_at = PollState.WITHDRAWN, poll.closed_at or utc_now()
    poll.save(update_fields=["state", "closed_at"])
    entry = NewEntry("poll.withdrawn", {"poll_id": poll.pk}, actor=_staff(by))
    timeline.append(show.timeline_id, [entry])


def _draft_of(poll: Poll) -> PollDraft:
    options = [OptionDraft(one.text, one.is_right) for one in queries.options_of(poll)]
    return PollDraft(poll.question, options, poll.choices_max, poll.is_quiz, poll.hides_tally)


def _fill(poll: Poll, draft: PollDraft) -> None:
    poll.question, poll.choices_max = draft.question, draft.choices_max
    poll.is_quiz, poll.hides_tally = draft.is_quiz, draft.hides_tally
    poll.save()
    options: QuerySet[PollOption] = PollOption.objects.all_brands()
    options.filter(poll=poll).delete()
    options.bulk_create(
        PollOption(poll=poll, text=one.text, is_right=one.is_right, position=position)
        for position, one in enumerate(draft.options)
    )


def _picture(show: Show, seen: datetime | None, now: datetime) -> datetime:
    """Return the picture for the entry: polls come one after the other in the pictures, too."""
    if show.started_at is None:
        return now
    seen_before = queries.of_show(show).aggregate(opened=Max("opened_at"), closed=Max("closed_at"))
    known = [moment for moment in seen_before.values() if moment is not None]
    return picture_time(seen, now, max([show.started_at, *known]))


def _close(poll: Poll, picture: datetime, by: User | None) -> NewEntry:
    assert poll.opened_at is not None, "an open poll was opened"
    poll.state, poll.closed_at = PollState.CLOSED, max(picture, poll.opened_at)
    poll.save(update_fields=["state", "closed_at"])
    body = {**_tally(poll), "right": [one.position for one in poll.options.all() if one.is_right]}
    return NewEntry("poll.closed", body, poll.closed_at, _staff(by))


def _opened(poll: Poll, by: User) -> NewEntry:
    body = {
        "poll_id": poll.pk,
        "question": poll.question,
        "options": [{"position": one.position, "text": one.text} for one in poll.options.all()],
        "choices_max": poll.choices_max,
        "is_quiz": poll.is_quiz,
        "hides_tally": poll.hides_tally,
        "closes_at": iso_ms(poll.closes_at) if poll.closes_at is not None else None,
    }
    return NewEntry("poll.opened", body, poll.opened_at, _staff(by))


def _log(show: Show, poll: Poll, by: User, detail: Mapping[str, Any] | None = None) -> None:
    state = "opened" if poll.state == PollState.OPEN else poll.state
    audit.log(show, by, f"poll.{state}", target=poll.pk, target_name=poll.question, detail=detail)


@audit.undoable("poll.opened", "alone")
def _undo_opening(show: Show, line: AuditEntry, by: User) -> None:
    """Withdraw the poll with its votes, and prepare a copy of it that nobody has seen."""
    locked, poll = _lock(show, line.target)
    if poll.state != PollState.OPEN:
        raise audit.changed_since()
    again = Poll(show=locked, position=poll.position)
    _withdraw(locked, poll, by)
    _fill(again, _draft_of(poll))


def _staff(user: User | None) -> str:
    return str(user.staff_subject) if user is not None else ""
