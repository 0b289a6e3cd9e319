"""Verbs of staff for questions.

The invariants: `votes` of a question that was not merged is the number of people who voted for it
or for one merged into it, each once (`voting` counts the same way). Merging is flat: the questions
merged into one that is merged in turn move on with it, so that there is no chain and no loop. An
entry tells the whole state of a question, never a difference; everyone who asked it is told on
their own stream.

Locks: show, its timeline, its backstage, then the streams of those who asked, by subject.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.services import staff_name
from showfloor.community import command_batches
from showfloor.community.admission import lock_show
from showfloor.community.questions import answers, queries, rules, undoing
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.community.safety import audit, review, takedowns
from showfloor.community.safety.models import AuditEntry
from showfloor.community.safety.takedowns import Takedown, TakedownReason
from showfloor.kernel.clock import from_epoch_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.shows.models import Show, ShowState
from showfloor.shows.rules import picture_time
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

type How = Literal["on_air", "public", "private"]

EXPIRED_MAX = 50  # marks that one run of the job takes away


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """`how`: on air at `picture_at` (None: where it was picked), or in writing to everyone or to
    the asker alone."""

    how: How
    text: str = ""
    picture_at: datetime | None = None


def pick(show: Show, question_id: str, picture_at: datetime | None, by: User) -> Question:
    """Take a question on, at the picture the producer saw; its answer on air begins there."""

    def change(locked: Show, question: Question) -> bool:
        if question.state == QuestionState.PICKED:
            return False
        rules.check_transition(question.state, QuestionState.PICKED)
        question.state = QuestionState.PICKED
        if locked.state == ShowState.LIVE and locked.started_at is not None:
            question.picked_at = picture_time(picture_at, utc_now(), locked.started_at)
        return True

    return _change(show, question_id, by, "question.picked", change)


def unpick(show: Show, question_id: str, by: User) -> Question:
    """Put a picked question back among the open ones."""

    def change(_locked: Show, question: Question) -> bool:
        if question.state == QuestionState.OPEN:
            return False
        if question.state != QuestionState.PICKED:
            rules.check_transition(question.state, "picked")
        question.state, question.picked_at = QuestionState.OPEN, None
        return True

    return _change(show, question_id, by, "question.unpicked", change)


def dismiss(show: Show, question_id: str, by: User) -> Question:
    """Dismiss a question: it will not be answered."""

    def change(_locked: Show, question: Question) -> bool:
        if question.state == QuestionState.DISMISSED:
            return False
        rules.check_transition(question.state, QuestionState.DISMISSED)
        question.state = QuestionState.DISMISSED
        _end_answering(question)
        return True

    return _change(show, question_id, by, "question.dismissed", change)


def answer(show: Show, question_id: str, request: AnswerRequest, by: User) -> Question:
    """Mark a question as answered, and how. Answering again replaces the answer in writing, or the
    picture; a question can have both."""
    text = rules.clean_answer(request.text) if request.how != "on_air" else ""

    def change(locked: Show, question: Question) -> bool:
        rules.check_transition(question.state, QuestionState.ANSWERED)
        question.state = QuestionState.ANSWERED
        if request.how == "on_air":
            question.answered_at = _on_air(locked, question, request.picture_at)
            question.is_answered_on_air = True
        else:
            question.answer, question.is_answer_private = text, request.how == "private"
            if not question.is_answered_on_air:
                question.answered_at = utc_now()
        question.answered_by = staff_name(by, locked.brand)
        _end_answering(question)
        return True

    return _change(show, question_id, by, "question.answered", change, how=request.how)


def start_answering(show: Show, question_id: str, by: User) -> Question:
    """Mark that someone is answering: for two minutes, again for two more. Conflict while someone
    else is."""
    now = utc_now()

    def change(_locked: Show, question: Question) -> bool:
        rules.check_transition(question.state, QuestionState.ANSWERED)
        until = question.answering_until
        is_new = question.answering_id != by.pk
        if is_new and question.answering_id is not None and until is not None and until > now:
            raise Conflict(
                _("%(name)s is answering it.")
                % {"name": queries.answering_name(question, show) or ""},
                code="being-answered",
            )
        question.answering, question.answering_until = by, now + rules.ANSWERING
        if not is_new:
            question.save(update_fields=["answering_until"])  # viewers see nothing of it
        return is_new

    return _change(show, question_id, by, "", change)


def stop_answering(show: Show, question_id: str, by: User) -> Question:
    """Take the mark of answering away, whoever set it."""

    def change(_locked: Show, question: Question) -> bool:
        if question.answering_id is None:
            return False
        _end_answering(question)
        return True

    return _change(show, question_id, by, "", change)


@timeline.verb
def reopen(show: Show, question_id: str, by: User) -> Question:
    """Open an answered, dismissed or merged question again, without its answer; a merged one takes
    its own votes with it. A shadowed one comes on the timeline."""
    with timeline.write():
        locked, question = _lock(show, question_id)
        if question.state in {QuestionState.OPEN, QuestionState.PICKED}:
            return question
        _reopen(locked, question, by, "question.reopened")
    return question


@timeline.verb
def merge(show: Show, question_id: str, into_id: str, by: User) -> Question:
    """Let a question count for another that asks the same; return the other one. Invalid (`into`),
    Conflict."""
    with timeline.write():
        locked, question = _lock(show, question_id)
        target = queries.of_show(locked).select_related("merged_into", "answering")
        named = target.filter(pk=into_id).first()
        if named is None:
            raise Invalid(_("There is no such question."), field="into")
        root = named.merged_into or named
        if question.merged_into_id == root.pk:
            return root
        rules.check_transition(question.state, QuestionState.MERGED)
        if root.pk == question.pk:
            raise Invalid(
                _("A question can't be merged into itself."), field="into", code="question-loop"
            )
        if root.state not in {*rules.VOTABLE, QuestionState.ANSWERED}:
            raise Conflict(
                _("The other question is settled."), code=f"question-{root.state}", field="into"
            )
        moved = [question, *queries.merged_into(locked, [question.pk])]
        detail = {"into": root.pk, "moved": [one.pk for one in moved[1:]]}
        detail |= undoing.detail(question)
        for one in moved:
            one.state, one.merged_into = QuestionState.MERGED, root
            _end_answering(one)
        _recount(locked, [*moved, root])
        _write(locked, [*moved, root], by, "question.merged", detail)
        _tell(locked, moved)
    return root


@timeline.verb
def remove(
    show: Show, question_id: str, by: User, reason: TakedownReason | None = TakedownReason.RULES
) -> None:
    """Remove a question for everyone, for ever: its words are in no answer any more. Questions
    merged into it are open again. Again changes nothing. Its author gets a statement of this
    reason; None: the caller states the reasons."""
    with timeline.write():
        locked, question = _lock(show, question_id)
        if question.state == QuestionState.REMOVED:
            return
        rules.check_transition(question.state, QuestionState.REMOVED)
        name = question.author_name
        freed = take_away(locked, question, by, reason)
        audit.log(
            locked, by, "question.removed", target=question.pk, target_name=name,
            subject=question.author,
        )  # fmt: skip
        _tell(locked, [question, *freed])


def take_away(
    show: Show, question: Question, by: User | None = None, reason: TakedownReason | None = None
) -> list[Question]:
    """Take the question's words away, in the open transaction; return those that were merged into
    it and are open again. The caller has locked the show."""
    if by is not None and reason is not None and question.seq is not None:
        taken = Takedown(
            show, "question", question.pk, question.text, question.author, question.author_name
        )
        takedowns.tell(taken, reason, by)
    root, freed = question.merged_into, list(queries.merged_into(show, [question.pk]))
    for one in freed:
        _open_again(one)
    _open_again(question)
    question.state, question.text, question.author_name = QuestionState.REMOVED, "", ""
    if question.seq is not None:
        timeline.redact(show.timeline_id, question.seq, {"question_id": question.pk})
    changed = [question, *freed, *([root] if root is not None else [])]
    _recount(show, changed)
    _write(show, changed, by, "")
    review.forget(show, by, questions=[question.pk])
    return freed


def admit(show: Show, question: Question) -> None:
    """Put a held question on the timeline. The caller has locked the show, in whose transaction
    this is."""
    rules.check_held(question.state)
    question.state = QuestionState.OPEN
    publish(show, [question])
    question.save()
    _tell(show, [question])


def decline(show: Show, question: Question) -> None:
    """Dismiss a held question. The caller has locked the show."""
    rules.check_held(question.state)
    question.state = QuestionState.DISMISSED
    question.save(update_fields=["state"])
    _tell(show, [question])


def expire_answering(now: datetime) -> int:
    """Take away the marks of answering that are past their time, of all brands."""
    due = Question.objects.all_brands().filter(answering_until__lte=now).order_by("pk")
    return _end_marks(due[:EXPIRED_MAX], lambda until, _by: until is not None and until <= now)


def end_answering_of(brand_id: str, user_id: str) -> int:
    """Take away the marks of one member of staff, whatever their time."""
    marked = Question.objects.for_brand(brand_id).filter(answering=user_id).order_by("pk")
    return _end_marks(marked, lambda _until, by: by == user_id)


def publish(show: Show, questions: Sequence[Question]) -> list[int]:
    """Put questions on the timeline, in the open transaction. Sets `seq` and `asked_at`, and saves
    nothing."""
    entries = [
        NewEntry("question.asked", _asked(question), actor=question.author)
        for question in questions
    ]
    written = timeline.append(show.timeline_id, entries)
    for question, entry in zip(questions, written, strict=True):
        question.seq, question.asked_at = entry.seq, from_epoch_ms(entry.at)
    return [entry.seq for entry in written]


# --- parts of the verbs


@timeline.verb
def _change(
    show: Show, question_id: str, by: User, action: str, change: Callable[[Show, Question], bool],
    how: How | None = None,
) -> Question:  # fmt: skip
    """Change one question in one transaction; nothing is written when `change` returns False. An
    action without a name for the audit log is no news to the askers either."""
    with timeline.write():
        locked, question = _lock(show, question_id)
        detail = undoing.detail(question, how)
        if change(locked, question):
            _write(locked, [question], by, action, detail)
            if action:
                _tell(locked, [question])
    return question


def _lock(show: Show, question_id: str) -> tuple[Show, Question]:
    """Return the show, kept for this transaction, and its question: every change of questions locks
    the show."""
    locked = lock_show(show.brand_id, show.pk)
    rows = queries.of_show(locked).select_related("answering", "merged_into")
    question = rows.filter(pk=question_id).first()
    if question is None:
        raise NotFound(_("There is no such question."))
    return locked, question


def _reopen(show: Show, question: Question, by: User, action: str) -> None:
    rules.check_transition(question.state, QuestionState.OPEN)
    changed = [question]
    if question.merged_into is not None:
        changed.append(question.merged_into)
    _open_again(question)
    if question.seq is None:
        publish(show, [question])
    _recount(show, changed)
    _write(show, changed, by, action)
    _tell(show, [question])


def _undo(show: Show, line: AuditEntry, by: User) -> None:
    """Put the question back as it stood before; the questions that were merged along with it come
    back with it. Conflict when it was changed otherwise since."""
    locked, question = _lock(show, line.target)
    undoing.check(question, line)
    root = question.merged_into
    undoing.restore(question, line)
    changed = [question]
    if root is not None:
        moved = queries.merged_into(locked, [root.pk]).filter(pk__in=line.detail["moved"])
        changed += moved.exclude(pk__in=undoing.touched_since(line, line.detail["moved"]))
        for one in changed[1:]:
            one.merged_into = question
        changed.append(root)
        _recount(locked, changed)
    _write(locked, changed, by, "")
    _tell(locked, [question])


for _action in undoing.LEFT_AS:
    audit.undoable(_action, "before")(_undo)


def _write(
    show: Show, questions: Sequence[Question], by: User | None, action: str,
    detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Save the changed questions and tell how each stands now; those that only staff have seen are
    left out."""
    actor = str(by.staff_subject) if by is not None else ""
    answers.take_back(show, questions)
    for question in questions:  # one statement for 500 of them takes longer: 2 s instead of 0.5
        question.save()
    entries = [
        NewEntry("question.changed", _standing(question, show), actor=actor)
        for question in questions
        if question.seq is not None
    ]
    if entries:
        timeline.append(show.timeline_id, entries)
    if by is not None and action:
        first = questions[0]
        audit.log(
            show, by, action, target=first.pk, target_name=first.author_name,
            subject=first.author, detail=detail,
        )  # fmt: skip


def _tell(show: Show, questions: Sequence[Question]) -> None:
    """Tell everyone who asked one of these, or one merged into it, how it stands now."""
    news: dict[str, list[NewEntry]] = {}
    roots = {question.pk: question for question in questions}
    for question in questions:
        into = question.merged_into
        is_answered = into is not None and into.state == QuestionState.ANSWERED
        heard = into if into is not None and is_answered else question
        news.setdefault(question.author, []).append(_news(question, heard))
    for question in queries.merged_into(show, roots):
        heard = roots[question.merged_into_id or ""]
        news.setdefault(question.author, []).append(_news(question, heard))
    personal_stream.tell_each(show.brand_id, news)


def _news(question: Question, heard: Question) -> NewEntry:
    """Return the entry for a question's author: its state, or the state of the one that it counts
    for (`heard`). An answer to the asker alone is only for the person it was given to."""
    is_private = heard.is_answer_private and heard is not question
    body = {
        "question_id": question.pk,
        "text": question.text,
        "state": heard.state,
        "answered_at": queries.answered_at(heard),
        "answer": None if is_private else heard.answer or None,
        "merged_into": question.merged_into_id,
    }
    return NewEntry("question.news", body)


def _asked(question: Question) -> dict[str, Any]:
    return {
        "question_id": question.pk,
        "author": {
            "id": question.author, "name": question.author_name, "role": question.author_role,
        },
        "text": question.text,
        "product_id": question.product_id,
        "client_id": question.client_id,
    }  # fmt: skip


def _standing(question: Question, show: Show) -> dict[str, Any]:
    return {
        "question_id": question.pk,
        "state": question.state,
        "votes": question.votes,
        "merged_into": question.merged_into_id,
        "answering": queries.answering_name(question, show),
        "answered_at": queries.answered_at(question),
        "answer": queries.public_answer(question),
    }


@timeline.verb
def _end_marks(
    marked: QuerySet[Question], is_due: Callable[[datetime | None, str | None], bool]
) -> int:
    """End each mark in a transaction of its own, if it is still due (by its end and its owner)."""
    ended = 0
    for found in marked.select_related("show"):
        with timeline.write():
            locked, question = _lock(found.show, found.pk)
            if is_due(question.answering_until, question.answering_id):
                _end_answering(question)
                _write(locked, [question], None, "")
                ended += 1
    return ended


def _on_air(show: Show, question: Question, seen: datetime | None) -> datetime:
    if show.started_at is None:
        raise Conflict(_("The show is not live."), code="show-not-live")
    end = show.ended_at or utc_now()
    return rules.answered_picture(seen, question.picked_at, show.started_at, end)


def _end_answering(question: Question) -> None:
    question.answering = question.answering_until = None


def _open_again(question: Question) -> None:
    question.state, question.merged_into, question.picked_at = QuestionState.OPEN, None, None
    question.answered_at, question.is_answered_on_air = None, False
    question.answer, question.answered_by, question.is_answer_private = "", "", False
    _end_answering(question)


def _recount(show: Show, questions: Sequence[Question]) -> None:
    """Count the votes of these again, by what they are merged into now."""
    Question.objects.all_brands().bulk_update(questions, ["merged_into"])
    voters = _voters(show, [question.pk for question in questions])
    for question in questions:
        if question.state != QuestionState.REMOVED:
            question.votes = voters.get(question.pk, 0)


def _voters(show: Show, ids: Sequence[str]) -> dict[str, int]:
    """Return the number of people who want to know each of these, each person once, however many of
    the merged ones they voted for."""
    votes = QuestionVote.objects.for_brand(show.brand_id)
    found: dict[str, int] = {}
    for part in command_batches.chunks(ids):
        own = votes.filter(question__in=part).values_list("question_id")
        found.update(own.annotate(Count("voter")))
        trees = votes.filter(question__merged_into__in=part)
        roots = set(trees.values_list("question__merged_into_id", flat=True))
        tree = votes.filter(Q(question__in=roots) | Q(question__merged_into__in=roots))
        root = Coalesce("question__merged_into_id", "question_id")
        counted = tree.annotate(root=root).values_list("root")
        found.update(counted.annotate(Count("voter", distinct=True)))
    return found
