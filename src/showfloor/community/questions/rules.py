"""Rules of questions: texts, rate limits, states. Pure decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from showfloor.community.questions.models import QuestionState
from showfloor.community.textfilter.cleaning import draws, one_line
from showfloor.community.texts import clean
from showfloor.kernel.errors import Conflict, Invalid

TEXT_CHARS_MAX = 280
ANSWER_CHARS_MAX = 500
WINDOW = timedelta(seconds=60)
BURST = 5  # questions of one person within the window
NETWORK_BURST = 30  # the same for all guests of a network together: a new cookie is no new burst
ANSWERING = timedelta(minutes=2)  # how long a question is marked for one person who answers it

ON_TIMELINE = (
    QuestionState.OPEN, QuestionState.PICKED, QuestionState.ANSWERED, QuestionState.DISMISSED,
    QuestionState.MERGED,
)  # fmt: skip
VOTABLE = (QuestionState.OPEN, QuestionState.PICKED)

# The states that staff may set. A held question has its review, and nothing else.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    QuestionState.HELD: frozenset(),
    QuestionState.SHADOWED: frozenset({"open", "removed"}),
    QuestionState.OPEN: frozenset({"picked", "answered", "dismissed", "merged", "removed"}),
    QuestionState.PICKED: frozenset({"open", "answered", "dismissed", "merged", "removed"}),
    QuestionState.ANSWERED: frozenset({"open", "answered", "removed"}),
    QuestionState.DISMISSED: frozenset({"open", "removed"}),
    QuestionState.MERGED: frozenset({"open", "removed"}),
    QuestionState.REMOVED: frozenset(),
}


def clean_text(text: str) -> str:
    """Return the question as it is shown; Invalid when nothing or too much is left."""
    return clean(text, TEXT_CHARS_MAX, "question")


def clean_answer(text: str) -> str:
    """Return an answer in writing as it is shown; Invalid."""
    line = one_line(text)
    if not draws(line) or len(line) > ANSWER_CHARS_MAX:
        raise Invalid(
            _("Write an answer of at most %(count)s characters.") % {"count": ANSWER_CHARS_MAX},
            field="text",
        )
    return line


def wait_s(asked: Sequence[datetime], now: datetime, burst: int = BURST) -> float:
    """Return the seconds that someone who asked at these times has to wait; 0 when none."""
    recent = sorted(moment for moment in asked if moment > now - WINDOW)
    if len(recent) < burst:
        return 0.0
    return (recent[-burst] + WINDOW - now).total_seconds()


def check_transition(state: str, wanted: str) -> None:
    """Raise Conflict (`question-<state>`) when a question in `state` can't become `wanted`."""
    if wanted not in TRANSITIONS[state]:
        raise refusal(state)


def check_held(state: str) -> None:
    """Raise Conflict unless the question waits for review."""
    if state != QuestionState.HELD:
        raise Conflict(_("The question does not wait for review."), code=f"question-{state}")


def answered_picture(
    seen: datetime | None, picked: datetime | None, start: datetime, end: datetime
) -> datetime:
    """Return the picture at which an answer on air begins: the one named, else the one at which the
    question was picked. It may be anywhere in the recording: an answer may be marked long after."""
    return min(max(seen or picked or end, start), end)


def refusal(state: str) -> Conflict:
    """Return the reason why a question in this state can't become something else."""
    sentence = {
        QuestionState.HELD: _("The question waits for review."),
        QuestionState.SHADOWED: _("Only its author sees the question."),
        QuestionState.OPEN: _("The question is open."),
        QuestionState.PICKED: _("The question is picked."),
        QuestionState.ANSWERED: _("The question is answered."),
        QuestionState.DISMISSED: _("The question was dismissed."),
        QuestionState.MERGED: _("The question was merged into another."),
        QuestionState.REMOVED: _("The question was removed."),
    }[QuestionState(state)]
    return Conflict(sentence, code=f"question-{state}")
