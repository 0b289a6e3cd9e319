"""Written answers that are not valid any more: they leave every entry of the timeline, and so every
replay and cache."""

from collections.abc import Sequence

from showfloor.community.questions import queries
from showfloor.community.questions.models import Question
from showfloor.shows.models import Show
from showfloor.timeline import queries as log
from showfloor.timeline import services as timeline


def take_back(show: Show, questions: Sequence[Question]) -> None:
    """Empty each public answer that is not the answer of its question any more. The questions are
    about to be saved, in the open transaction; the caller has locked the show."""
    now = {question.pk: queries.public_answer(question) for question in questions}
    stored = queries.of_show(show).filter(pk__in=list(now), is_answer_private=False)
    for before in stored.exclude(answer=""):
        if before.seq is not None and queries.public_answer(before) != now[before.pk]:
            _redact(show, before.pk, before.seq)


def _redact(show: Show, question_id: str, asked_seq: int) -> None:
    for entry in log.containing(show.timeline_id, "question.changed", question_id, asked_seq):
        if entry.body["question_id"] == question_id and entry.body["answer"] is not None:
            timeline.redact(show.timeline_id, entry.seq, {**entry.body, "answer": None})
