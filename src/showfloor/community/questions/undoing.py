"""Undo of actions on questions: the facts that the audit log keeps for it, and whether it is still
possible.

The log keeps states, times and ids, never anybody's words: a written answer that replaced another
can't be undone.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from showfloor.community.questions import rules
from showfloor.community.questions.models import Question, QuestionState
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry

# The state of a question after each line that can be undone.
LEFT_AS: Mapping[str, QuestionState] = {
    "question.picked": QuestionState.PICKED,
    "question.unpicked": QuestionState.OPEN,
    "question.dismissed": QuestionState.DISMISSED,
    "question.answered": QuestionState.ANSWERED,
    "question.merged": QuestionState.MERGED,
}
_TIMES = ("picked_at", "answered_at")
_ON_AIR = "on_air"


def detail(question: Question, how: str | None = None) -> dict[str, Any]:
    """Return the facts of a question that is about to change. `how`: it is answered, on air or in
    writing."""
    if how not in {None, _ON_AIR} and question.answer:
        return {}
    before: dict[str, Any] = {
        "state": question.state, "is_answered_on_air": question.is_answered_on_air,
    }  # fmt: skip
    for name in _TIMES:
        moment = getattr(question, name)
        before[name] = moment.isoformat() if moment is not None else None
    return {"before": before, "how": how}


def check(question: Question, line: AuditEntry) -> None:
    """Raise Conflict when the question was changed otherwise since."""
    if question.state != LEFT_AS[line.action]:
        raise rules.refusal(question.state)
    was_moved_on = question.merged_into_id != line.detail.get("into")
    if was_moved_on or touched_since(line, [question.pk]):
        raise audit.changed_since()


def touched_since(line: AuditEntry, ids: Collection[str]) -> set[str]:
    """Return those of these questions that were changed by hand after this line."""
    later = audit.standing(line.brand_id).filter(pk__gt=line.pk, target__in=ids)
    changed = later.filter(action__startswith="question.")
    return set(changed.values_list("target", flat=True))


def restore(question: Question, line: AuditEntry) -> None:
    """Set the question as it stood before this line; it is not saved."""
    before = line.detail["before"]
    question.state, question.merged_into = before["state"], None
    question.is_answered_on_air = before["is_answered_on_air"]
    for name in _TIMES:
        kept = before[name]
        setattr(question, name, datetime.fromisoformat(kept) if kept is not None else None)
    if line.action == "question.answered":
        question.answered_by = _answered_before(line)
        if line.detail["how"] != _ON_AIR:
            question.answer, question.is_answer_private = "", False


def _answered_before(line: AuditEntry) -> str:
    """Return the name of the person who had answered it before this line."""
    if line.detail["before"]["state"] != QuestionState.ANSWERED:
        return ""
    earlier = audit.standing(line.brand_id).filter(
        pk__lt=line.pk, target=line.target, action="question.answered"
    )
    last = earlier.order_by("-pk").first()
    return last.actor_name if last is not None else ""
