"""A written answer that is not valid any more can be read nowhere; and an answer to many people who
asked the same holds the show for a few statements only."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand, User
from showfloor.community.questions import erasure, queries, services
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.community.questions.services import AnswerRequest
from showfloor.community.safety import audit
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from showfloor.timeline import cache_invalidation, personal_stream
from tests.community.interacting import asked, fresh, said, wanted_by, wish
from tests.community.moderating import last_line
from tests.support.reducer import verifier
from tests.support.shows import guest

SECRET = "It costs 3 to make"


@pytest.fixture
def question(show: Show, brand: Brand) -> Question:
    return asked(show, guest(brand), "What does it cost?")


def _privately(show: Show, question: Question, by: User) -> None:
    services.answer(show, question.pk, AnswerRequest("private", SECRET), by)


def _otherwise(show: Show, question: Question, by: User) -> None:
    services.answer(show, question.pk, AnswerRequest("public", "It costs 5"), by)


def _reopened(show: Show, question: Question, by: User) -> None:
    services.reopen(show, question.pk, by)


def _removed(show: Show, question: Question, by: User) -> None:
    services.remove(show, question.pk, by)


def _undone(show: Show, question: Question, by: User) -> None:
    audit.undo(show, last_line(show.brand).pk, by)


@pytest.mark.parametrize(
    ("take_back", "left"),
    [(_privately, []), (_otherwise, ["It costs 5"]), (_reopened, []), (_removed, []),
     (_undone, [])],
)  # fmt: skip
def test_replaced_answer_is_in_no_entry(
    show: Show, brand: Brand, question: Question, moderator: User,
    take_back: Callable[[Show, Question, User], None], left: list[str],
) -> None:  # fmt: skip
    verify = verifier(show)
    other = asked(show, guest(brand, "Ben"), "Is it good?")
    services.answer(show, other.pk, AnswerRequest("public", "Yes"), moderator)
    verify(lambda: services.answer(show, question.pk, AnswerRequest("public", SECRET), moderator))
    (told,) = [one for one in said(show.timeline_id) if SECRET in repr(one.body)]
    verify(lambda: take_back(show, question, moderator))
    answers = [entry.body["answer"] for entry in said(show.timeline_id, 0, "question.changed")]
    assert [one["text"] for one in answers if one is not None] == ["Yes", *left]
    waiting = cache_invalidation.waiting()
    assert [one.timeline_id for one in waiting][:1] == [show.timeline_id]
    (entry,) = [one for one in said(show.timeline_id) if one.seq == told.seq]
    assert (entry.body["state"], entry.body["answer"]) == ("answered", None)


def test_valid_answer_is_left_alone(show: Show, question: Question, moderator: User) -> None:
    order = AnswerRequest("public", SECRET)
    services.answer(show, question.pk, order, moderator)
    services.answer(show, question.pk, order, moderator)
    services.merge(show, asked(show, guest(show.brand), "Which price?").pk, question.pk, moderator)
    answers = [
        entry.body["answer"] for entry in said(show.timeline_id, 0, "question.changed")
        if entry.body["question_id"] == question.pk
    ]  # fmt: skip
    assert [one["text"] for one in answers] == [SECRET] * 3


def _merged(show: Show, root: Question, count: int, first: int) -> list[str]:
    """Make this many questions, of as many people, that count for another; return their
    subjects."""
    subjects = [f"g:{number:026}" for number in range(first, first + count)]
    Question.objects.all_brands().bulk_create([
        Question(
            show=show, author=subject, author_name="Ana", client_id="q1", text="How much?",
            state=QuestionState.MERGED, merged_into=root, asked_at=utc_now(),
        )
        for subject in subjects
    ])  # fmt: skip
    return subjects


def test_five_hundred_who_asked_are_told_in_as_many_statements_as_five(
    show: Show, brand: Brand, question: Question, moderator: User
) -> None:
    def statements(text: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            services.answer(show, question.pk, AnswerRequest("public", text), moderator)
        return len(captured)

    _merged(show, question, 5, 0)
    statements("0")  # what is read once, is; and the others have an answer to take back, too
    _merged(show, question, 5, 5)
    few = statements("5")
    subjects = _merged(show, question, 489, 10)
    assert statements("500") - few <= 1  # SQLite takes eight rows at once, and then the rest
    assert fresh(question).answer == "500"
    heard = [
        personal_stream.read(brand.pk, subject)[-1].body["answer"] for subject in subjects[::100]
    ]
    assert heard == ["500"] * 5


def test_question_takes_hundreds_along_in_a_statement_each(
    show: Show, question: Question, brand: Brand, moderator: User
) -> None:
    def statements(count: int, text: str) -> int:
        root = asked(show, guest(brand, text, network=text), text)
        subjects = _merged(show, root, count, first=1000 * count)
        merged = Question.objects.for_brand(brand).filter(merged_into=root)
        QuestionVote.objects.all_brands().bulk_create(
            [QuestionVote(question=one, voter=one.author) for one in merged]
        )
        with CaptureQueriesContext(connection) as captured:
            services.merge(show, root.pk, question.pk, moderator)
        assert subjects[-1] in {one.author for one in queries.merged_into(show, [question.pk])}
        return len(captured)

    statements(1, "How much?")
    few, many = statements(5, "Which price?"), statements(500, "Is it dear?")
    assert many - few <= 495 + 20  # each is saved; all else is done for five hundred at once
    assert fresh(question).votes == wanted_by(question) == 510


def test_erasure_of_many_questions_goes_in_steps(show: Show, brand: Brand, moderator: User) -> None:
    """Also where they asked the same again, and one was merged into the other."""
    ana = guest(brand)
    texts = ("What does it cost?", "For which eyes?", "Sensitive skin?", "Dry hair?", "Long nails?")
    first, second, *_others = [asked(show, ana, text) for text in texts]
    services.merge(show, second.pk, first.pk, moderator)
    assert erasure.forget_person(brand.pk, ana.sub, batch=2) == 5
    rows = Question.objects.for_brand(brand)
    assert set(rows.values_list("text", "state", "author_name")) == {("", "removed", "")}


def test_votes_are_forgotten_in_a_few_statements(show: Show, brand: Brand) -> None:
    ana = guest(brand)
    texts = ("Is it vegan?", "For which eyes?", "Sensitive skin?", "Dry hair?", "Long nails?")
    questions = [
        asked(show, guest(brand, f"B{number}", network=f"n{number}"), text)
        for number, text in enumerate(texts)
    ]
    for question in questions:
        assert wish(show, ana, question).problem is None

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            erasure.forget_person(brand.pk, ana.sub)
        return len(captured)

    many = statements()
    assert not QuestionVote.objects.for_brand(brand).filter(voter=ana.sub).exists()
    assert set(Question.objects.for_brand(brand).values_list("votes", flat=True)) == {2}
    wish(show, ana, questions[0])
    assert many == statements()
