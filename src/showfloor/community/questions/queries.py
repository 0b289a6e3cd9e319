"""Reads of questions: for the snapshot, for the person who asks, for staff, for the product's
page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypedDict

from django.db.models import Case, Q, QuerySet, When

from showfloor.accounts.services import staff_name
from showfloor.catalogue.models import Product
from showfloor.community.authors import Author
from showfloor.community.questions import rules, similarity
from showfloor.community.questions.events import WrittenAnswer
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import OpenTo, Show, ShowState
from showfloor.shows.rules import show_time_s

SNAPSHOT_MAX = 100
STAFF_MAX = 1000
ANSWERS_MAX = 50  # of one product


class QuestionView(TypedDict):
    """A question as viewers see it; see `QuestionChanged` for how it stands."""

    question_id: str
    seq: int  # of `question.asked`
    at: str
    author: Author
    text: str
    product_id: str | None
    state: str  # open, picked, answered, dismissed, merged
    votes: int
    merged_into: str | None
    answering: str | None
    answered_at: str | None
    answer: WrittenAnswer | None


class StaffQuestion(TypedDict):
    """A question as staff see it: those that are held too, and answers to the asker alone."""

    question_id: str
    seq: int | None
    at: str
    author: Author
    text: str
    product_id: str | None
    state: str
    votes: int
    merged_into: str | None
    answering: str | None
    answering_until: str | None
    picked_at: str | None
    answered_at: str | None
    answer: WrittenAnswer | None
    is_answer_private: bool
    similar: list[str]  # ids of questions that ask the same, by their words


class OwnQuestion(TypedDict):
    question_id: str
    client_id: str
    text: str
    product_id: str | None
    state: str  # held, open, …
    votes: int


class QuestionMine(TypedDict):
    """The votes and questions of one person."""

    question_votes: list[str]
    questions: list[OwnQuestion]


class ProductAnswer(TypedDict):
    """An answer about a product. `answered_at_s`: show time, when it was given on air."""

    question_id: str
    question: str
    answered_at_s: float | None
    answer: str | None  # in writing


class ShowName(TypedDict):
    slug: str
    title: str


class ShowAnswer(ProductAnswer):
    """An answer with the show in which it was given."""

    show: ShowName


class QuestionSnapshot(TypedDict):
    """The questions' part of a show's snapshot."""

    questions: list[QuestionView]


def snapshot(show: Show) -> QuestionSnapshot:
    return {"questions": question_views(show)}


def of_show(show: Show) -> QuerySet[Question]:
    return Question.objects.for_brand(show.brand_id).filter(show=show)


def question_views(show: Show) -> list[QuestionView]:
    """Return the questions on the timeline by votes, then age; settled ones without an answer only
    where there is room."""
    settled = Case(
        When(state__in=[QuestionState.DISMISSED, QuestionState.MERGED], then=1), default=0
    )
    rows = of_show(show).filter(state__in=rules.ON_TIMELINE, seq__isnull=False)
    first = rows.select_related("answering").order_by(settled, "-votes", "seq")[:SNAPSHOT_MAX]
    views = [_view(question, show) for question in first]
    return sorted(views, key=lambda view: (-view["votes"], view["seq"]))


def staff_questions(show: Show) -> list[StaffQuestion]:
    """Return all questions but those removed: open ones first, by votes, then age."""
    rank = Case(
        When(state=QuestionState.PICKED, then=0),
        When(state__in=[QuestionState.OPEN, QuestionState.HELD], then=1),
        default=2,
    )
    rows = of_show(show).exclude(state=QuestionState.REMOVED).select_related("answering")
    found = list(rows.order_by(rank, "-votes", "asked_at", "pk")[:STAFF_MAX])
    alike = _alike(
        tuple((one.pk, one.text) for one in found if one.state in rules.VOTABLE),
        show.brand.language,
    )
    return [_staff_view(one, show, alike.get(one.pk, [])) for one in found]


def staff_question(question: Question, show: Show) -> StaffQuestion:
    return _staff_view(question, show, [])


def mine(show: Show, subject: str) -> QuestionMine:
    """Return the votes and questions of this person (a token's `sub`). A shadowed question is open
    to its author."""
    votes = QuestionVote.objects.for_brand(show.brand_id).filter(
        Q(question__state__in=rules.ON_TIMELINE)
        | Q(question__state=QuestionState.SHADOWED, question__author=subject),
        question__show=show, voter=subject,
    )  # fmt: skip
    asked = of_show(show).filter(author=subject).exclude(state=QuestionState.REMOVED)
    return {
        "question_votes": list(votes.order_by("question").values_list("question_id", flat=True)),
        "questions": [
            {
                "question_id": one.pk,
                "client_id": one.client_id,
                "text": one.text,
                "product_id": one.product_id,
                "votes": one.votes,
                "state": QuestionState.OPEN if one.state == QuestionState.SHADOWED else one.state,
            }
            for one in asked.order_by("asked_at", "pk")[:SNAPSHOT_MAX]
        ],
    }


def answers_by_product(show: Show) -> dict[str, list[ProductAnswer]]:
    """Return the answers about each product in this show by product id, in the order of the
    questions' votes. Answers to the asker alone are left out."""
    found: dict[str, list[ProductAnswer]] = defaultdict(list)
    rows = of_show(show).filter(product__isnull=False)
    for question in _publicly_answered(rows).order_by("-votes", "seq"):
        assert question.product_id is not None, "filtered above"
        found[question.product_id].append(_product_answer(question, show))
    return dict(found)


def answers_for(product: Product, limit: int = ANSWERS_MAX) -> list[ShowAnswer]:
    """Return the answers about a product in the brand's public shows, the latest show first."""
    rows = Question.objects.for_brand(product.brand_id).filter(
        product=product,
        show__published=True,
        show__is_test=False,
        show__open_to=OpenTo.EVERYONE,
        show__state__in=[ShowState.LIVE, ShowState.ENDED],
    )
    answered = _publicly_answered(rows).select_related("show")
    answered = answered.order_by("-show__started_at", "-votes", "seq")
    return [
        {
            **_product_answer(question, question.show),
            "show": {"slug": question.show.slug, "title": question.show.title},
        }
        for question in answered[:limit]
    ]


def question_rows(show: Show) -> Iterator[list[object]]:
    """Yield all questions as a table, the heading first."""
    yield [
        "question", "author", "text", "product", "state", "votes", "asked_at", "merged_into",
        "answered_on_air_s", "answer", "answered_by", "private",
    ]  # fmt: skip
    rows = of_show(show).exclude(state=QuestionState.REMOVED).select_related("product")
    for one in rows.order_by("-votes", "asked_at", "pk").iterator(chunk_size=500):
        yield [
            one.pk, one.author_name, one.text, one.product.name if one.product else "", one.state,
            one.votes, iso_ms(one.asked_at), one.merged_into_id or "", _answered_at_s(one, show),
            one.answer, one.answered_by, "yes" if one.is_answer_private else "",
        ]  # fmt: skip


def answered_at(question: Question) -> str | None:
    """Return the picture at which the question was answered on air."""
    if not question.is_answered_on_air or question.answered_at is None:
        return None
    return iso_ms(question.answered_at)


def public_answer(question: Question) -> WrittenAnswer | None:
    """Return the answer in writing, for everyone."""
    return None if question.is_answer_private else _written(question)


def answering_name(question: Question, show: Show) -> str | None:
    """Return the name of the person who is writing an answer, as viewers know them."""
    return staff_name(question.answering, show.brand) if question.answering is not None else None


def _publicly_answered(rows: QuerySet[Question]) -> QuerySet[Question]:
    """Keep questions that were answered on air, or in writing to everyone."""
    answered = rows.filter(state=QuestionState.ANSWERED)
    return answered.filter(is_answered_on_air=True) | answered.filter(is_answer_private=False)


def _product_answer(question: Question, show: Show) -> ProductAnswer:
    written = public_answer(question)
    return {
        "question_id": question.pk,
        "question": question.text,
        "answered_at_s": _answered_at_s(question, show),
        "answer": written["text"] if written is not None else None,
    }


def _answered_at_s(question: Question, show: Show) -> float | None:
    if not question.is_answered_on_air or question.answered_at is None or show.started_at is None:
        return None
    return show_time_s(show.started_at, question.answered_at)


def _written(question: Question) -> WrittenAnswer | None:
    return {"text": question.answer, "name": question.answered_by} if question.answer else None


def _author(question: Question) -> Author:
    return {
        "id": question.author, "name": question.author_name, "role": question.author_role,
    }  # fmt: skip


def _view(question: Question, show: Show) -> QuestionView:
    assert question.seq is not None, "a question on the timeline has a place there"
    return {
        "question_id": question.pk,
        "seq": question.seq,
        "at": iso_ms(question.asked_at),
        "author": _author(question),
        "text": question.text,
        "product_id": question.product_id,
        "state": question.state,
        "votes": question.votes,
        "merged_into": question.merged_into_id,
        "answering": answering_name(question, show),
        "answered_at": answered_at(question),
        "answer": public_answer(question),
    }


def _staff_view(question: Question, show: Show, similar: list[str]) -> StaffQuestion:
    until = question.answering_until
    return {
        "question_id": question.pk,
        "seq": question.seq,
        "at": iso_ms(question.asked_at),
        "author": _author(question),
        "text": question.text,
        "product_id": question.product_id,
        "state": question.state,
        "votes": question.votes,
        "merged_into": question.merged_into_id,
        "answering": answering_name(question, show),
        "answering_until": iso_ms(until) if until is not None else None,
        "picked_at": iso_ms(question.picked_at) if question.picked_at is not None else None,
        "answered_at": answered_at(question),
        "answer": _written(question),
        "is_answer_private": question.is_answer_private,
        "similar": similar,
    }


@lru_cache(maxsize=32)
def _alike(texts: tuple[tuple[str, str], ...], language: str) -> dict[str, list[str]]:
    """Return the similar questions. The console asks again and again, mostly about the same
    ones."""
    return similarity.alike(dict(texts), language or None)


def merged_into(show: Show, root_ids: Iterable[str]) -> QuerySet[Question]:
    """Return the questions merged into one of these."""
    rows = of_show(show).filter(merged_into__in=list(root_ids))
    return rows.select_related("answering").order_by("asked_at", "pk")
