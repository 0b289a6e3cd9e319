"""Rules of polls: drafts, states, votes. Pure decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from showfloor.community.polls.models import PollState
from showfloor.kernel.errors import Conflict, Invalid

OPTIONS_MIN, OPTIONS_MAX = 2, 8
QUESTION_CHARS_MAX = 200
OPTION_CHARS_MAX = 80
POLLS_MAX = 50  # of a show, those taken back not counted
OPEN_S_MIN, OPEN_S_MAX = 5, 3600

# The states that staff may set. Only a poll that was never open can be changed or deleted.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    PollState.DRAFT: frozenset({PollState.OPEN}),
    PollState.OPEN: frozenset({PollState.CLOSED, PollState.WITHDRAWN}),
    PollState.CLOSED: frozenset({PollState.WITHDRAWN}),
    PollState.WITHDRAWN: frozenset(),
}

type Choice = tuple[int, ...]  # positions, ascending


@dataclass(frozen=True, slots=True)
class OptionDraft:
    text: str
    is_right: bool = False


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll as someone prepares it."""

    question: str
    options: Sequence[OptionDraft]
    choices_max: int = 1
    is_quiz: bool = False
    hides_tally: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The differences that a batch of votes makes to the counters: by position, and of the
    voters."""

    votes: Mapping[int, int]
    voters: int

    @property
    def is_nothing(self) -> bool:
        return not any(self.votes.values()) and self.voters == 0


def clean_draft(draft: PollDraft) -> PollDraft:
    """Return the draft without stray blanks; Invalid names the field that is wrong."""
    question = " ".join(draft.question.split())
    if not 1 <= len(question) <= QUESTION_CHARS_MAX:
        raise Invalid(
            _("Ask something in at most %(count)s characters.") % {"count": QUESTION_CHARS_MAX},
            field="question",
        )
    options = [OptionDraft(" ".join(one.text.split()), one.is_right) for one in draft.options]
    _check_options(options)
    if not 1 <= draft.choices_max <= len(options):
        raise Invalid(
            _("Allow 1 to %(count)s choices.") % {"count": len(options)}, field="choices_max"
        )
    _check_right(options, draft)
    return PollDraft(question, options, draft.choices_max, draft.is_quiz, draft.hides_tally)


def _check_options(options: Sequence[OptionDraft]) -> None:
    if not OPTIONS_MIN <= len(options) <= OPTIONS_MAX:
        raise Invalid(
            _("Give %(least)s to %(most)s options.") % {"least": OPTIONS_MIN, "most": OPTIONS_MAX},
            field="options",
        )
    if not all(1 <= len(one.text) <= OPTION_CHARS_MAX for one in options):
        raise Invalid(
            _("Write something in each option, at most %(count)s characters.")
            % {"count": OPTION_CHARS_MAX},
            field="options",
        )
    if len({one.text.casefold() for one in options}) != len(options):
        raise Invalid(_("Two options are the same."), field="options")


def _check_right(options: Sequence[OptionDraft], draft: PollDraft) -> None:
    right = sum(one.is_right for one in options)
    if not draft.is_quiz and right:
        raise Invalid(_("Only a quiz has right answers."), field="is_quiz")
    if draft.is_quiz and not right:
        raise Invalid(_("Mark the right answer."), field="options")
    # With a single choice several may be right: each of them is.
    if draft.choices_max > 1 and right > draft.choices_max:
        raise Invalid(_("More answers are right than may be chosen."), field="choices_max")


def closes_at(seconds: int | None, now: datetime) -> datetime | None:
    """Return when a poll that opens now closes by itself; Invalid."""
    if seconds is None:
        return None
    if not OPEN_S_MIN <= seconds <= OPEN_S_MAX:
        raise Invalid(
            _("Let it be open for %(least)s to %(most)s seconds.")
            % {"least": OPEN_S_MIN, "most": OPEN_S_MAX},
            field="seconds",
        )
    return now + timedelta(seconds=seconds)


def check_transition(state: str, wanted: str) -> None:
    """Raise Conflict (`poll-draft`, `poll-open`, `poll-closed`, `poll-withdrawn`)."""
    if wanted not in TRANSITIONS[state]:
        raise Conflict(_refusal(state), code=f"poll-{state}")


def check_unused(state: str) -> None:
    """Raise Conflict unless nobody has seen the poll yet."""
    if state != PollState.DRAFT:
        raise Conflict(_("The poll was open already. Take it back instead."), code=f"poll-{state}")


def check_votable(state: str, closes: datetime | None, now: datetime) -> None:
    """Raise Conflict unless votes count at this moment, whether or not the poll was closed by
    somebody."""
    if state != PollState.OPEN or (closes is not None and now >= closes):
        raise Conflict(_("The poll is closed."), code="poll-closed")


def clean_choice(positions: Sequence[int], options: int, choices_max: int) -> Choice:
    """Return the chosen positions; an empty choice takes the vote back. Invalid."""
    choice = tuple(sorted(positions))
    if len(set(choice)) != len(choice) or any(not 0 <= one < options for one in choice):
        raise Invalid(_("There is no such option."), field="options", code="poll-option")
    if len(choice) > choices_max:
        raise Invalid(
            _("Choose one.")
            if choices_max == 1
            else _("Choose at most %(count)s.") % {"count": choices_max},
            field="options", code="poll-choices",
        )  # fmt: skip
    return choice


def change(before: Mapping[str, Choice], after: Mapping[str, Choice]) -> Change:
    """Return the difference that these people's votes make; an empty choice is no vote."""
    votes: dict[int, int] = {}
    voters = 0
    for person, choice in after.items():
        earlier = before.get(person, ())
        voters += bool(choice) - bool(earlier)
        for position in choice:
            votes[position] = votes.get(position, 0) + 1
        for position in earlier:
            votes[position] = votes.get(position, 0) - 1
    return Change(votes, voters)


def _refusal(state: str) -> str:
    return {
        PollState.DRAFT: _("The poll has not been opened yet."),
        PollState.OPEN: _("The poll is open."),
        PollState.CLOSED: _("The poll is closed."),
        PollState.WITHDRAWN: _("The poll was taken back."),
    }[PollState(state)]
