"""Answers in writing that do not stand any more: they are in no entry of the timeline either, and
so in no replay and no cache."""

from collections.abc import Sequence

from showfloor.community.questions import queries
from showfloor.community.questions.models import Question
from showfloor.shows.models import Show
from showfloor.timeline import queries as log
from showfloor.timeline import services as timeline


def take_back(show: Show, questions: Sequence[Question]) -> None:
    """These are about to be saved, in the open transaction: whatever everyone could read as the
    answer to one of them, and is not its answer now, goes. The show is locked by the caller."""
    now = {question.pk: queries.public_answer(question) for question in questions}
    stored = queries.of_show(show).filter(pk__in=list(now), is_answer_private=False)
    for before in stored.exclude(answer=""):
        if before.seq is not None and queries.public_answer(before) != now[before.pk]:
            _redact(show, before.pk, before.seq)


def _redact(show: Show, question_id: str, asked_seq: int) -> None:
    for entry in log.containing(show.timeline_id, "question.changed", question_id, asked_seq):
        if entry.body["question_id"] == question_id and entry.body["answer"] is not None:
            timeline.redact(show.timeline_id, entry.seq, {**entry.body, "answer": None})
