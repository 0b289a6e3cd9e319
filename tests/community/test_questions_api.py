"""The queue of questions over HTTP: roles, exact answers, the table."""

import csv
import io
from typing import Any

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.catalogue.models import Product
from showfloor.community.questions.models import Question
from showfloor.community.safety.models import AuditEntry
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.community.interacting import asked, fresh
from tests.conftest import make_staff
from tests.support.shows import Caller, guest, make_show, product_ids, started_before

VERBS: list[tuple[str, Any]] = [
    ("pick", {}),
    ("unpick", None),
    ("answering", {}),
    ("answer", {"how": "public", "text": "Yes."}),
    ("reopen", None),
    ("dismiss", None),
    ("merge", {"into": "0" * 26}),
    ("remove", None),
]


@pytest.fixture
def question(show: Show, brand: Brand) -> Question:
    return asked(show, guest(brand), "Is it vegan?")


def operations(show: Show, question_id: str) -> list[tuple[str, str, Any]]:
    at = f"/shows/{show.slug}/questions"
    posts = [("POST", f"{at}/{question_id}/{verb}", body) for verb, body in VERBS]
    return [("GET", at, None), *posts]


@pytest.mark.parametrize("role", list(Role))
def test_moderators_and_producers_keep_the_queue(
    show: Show, question: Question, brand: Brand, role: Role
) -> None:
    caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"))
    answers = [caller.call(*one)[0] for one in operations(show, question.pk)]
    allowed = [200, 200, 200, 200, 200, 200, 200, 422, 204]
    assert answers == ([403] * 9 if role in {Role.HOST, Role.CLERK} else allowed)


def test_other_brands_staff_and_viewers_find_no_questions(
    show: Show, question: Question, stranger: User, other_brand: Brand, brand: Brand
) -> None:
    head = timeline.head(show.timeline_id)
    for one in operations(show, question.pk):
        assert Caller(user=stranger).call(*one)[0] == 404
        assert Caller(viewer=guest(brand)).call(*one)[0] == 401
        assert Caller().call(*one)[0] == 401
    for one in operations(make_show(other_brand, "Theirs"), question.pk)[1:]:
        assert Caller(user=stranger).call(*one)[0] == 404, one
    path = f"/api/v1/shows/{show.slug}/questions.csv"
    assert (Caller(user=stranger).text(path)[0], Caller().text(path)[0]) == (404, 401)
    assert (timeline.head(show.timeline_id), fresh(question).state) == (head, "open")


def test_queue(show: Show, question: Question, producer: User, brand: Brand) -> None:
    caller, at = Caller(user=producer), f"/shows/{show.slug}/questions"
    status, rows = caller.call("GET", at)
    assert (status, rows) == (
        200,
        [
            {
                "question_id": question.pk,
                "seq": 1,
                "at": rows[0]["at"],
                "author": {"id": question.author, "name": "Ana", "role": "guest"},
                "text": "Is it vegan?",
                "product_id": None,
                "state": "open",
                "votes": 1,
                "merged_into": None,
                "answering": None,
                "answering_until": None,
                "picked_at": None,
                "answered_at": None,
                "answer": None,
                "is_answer_private": False,
                "similar": [],
            }
        ],
    )
    picked = asked(show, guest(brand, "Ben"), "How long does it last?")
    status, row = caller.call("POST", f"{at}/{picked.pk}/pick")
    assert (status, row["state"]) == (200, "picked")
    assert [row["question_id"] for row in caller.call("GET", at)[1]] == [picked.pk, question.pk]


def test_answering_over_http(show: Show, question: Question, producer: User, brand: Brand) -> None:
    caller, here = Caller(user=producer), f"/shows/{show.slug}/questions/{question.pk}"
    other = Caller(user=make_staff(brand, Role.MODERATOR, "mo@example.test"))
    marked = caller.call("POST", f"{here}/answering")[1]
    assert (marked["answering"], marked["answering_until"] > marked["at"]) == (brand.name, True)
    assert other.call("POST", f"{here}/answering")[1]["code"] == "being-answered"
    assert other.call("POST", f"{here}/answering", {"on": False})[1]["answering"] is None
    status, problem = caller.call("POST", f"{here}/answer", {"how": "loudly"})
    assert (status, problem["field"]) == (422, "how")
    status, problem = caller.call("POST", f"{here}/answer", {"how": "public", "text": " "})
    assert (status, problem["field"]) == (422, "text")
    status, problem = caller.call("POST", f"{here}/answer", {"how": "on_air"})
    assert (status, problem["code"]) == (409, "show-not-live")
    shows.start(show, producer)
    started_before(show, 60)
    body = {"how": "on_air", "picture_at": "2000-01-01T00:00:00Z"}
    answered = caller.call("POST", f"{here}/answer", body)[1]
    assert (answered["state"], answered["answered_at"]) == (
        "answered",
        shows_start(show),
    )


def shows_start(show: Show) -> str:
    started_at = Show.objects.for_brand(show.brand_id).get(pk=show.pk).started_at
    assert started_at is not None
    return f"{started_at:%Y-%m-%dT%H:%M:%S}.{started_at.microsecond // 1000:03d}Z"


def test_merging_over_http(show: Show, question: Question, producer: User, brand: Brand) -> None:
    twin = asked(show, guest(brand, "Ben"), "Are they vegan?")
    caller, at = Caller(user=producer), f"/shows/{show.slug}/questions"
    status, merged = caller.call("POST", f"{at}/{twin.pk}/merge", {"into": question.pk})
    assert (status, merged["question_id"], merged["votes"]) == (200, question.pk, 2)
    status, problem = caller.call("POST", f"{at}/{question.pk}/merge", {"into": twin.pk})
    assert (status, problem["code"], problem["field"]) == (422, "question-loop", "into")
    status, problem = caller.call("POST", f"{at}/{question.pk}/merge", {})
    assert (status, problem["field"]) == (422, "into")


def test_verbs_of_staff_are_in_the_audit_log(
    show: Show, question: Question, producer: User
) -> None:
    caller = Caller(user=producer)
    for one in operations(show, question.pk)[1:]:
        caller.call(*one)
    lines = AuditEntry.objects.for_brand(show.brand_id).order_by("pk")
    actions = ("picked", "unpicked", "answered", "reopened", "dismissed", "removed")
    assert list(lines.values_list("action", "target", "target_name")) == [
        (f"question.{action}", question.pk, "Ana") for action in actions
    ]


def test_questions_as_a_table_that_calculates_nothing(
    show: Show, producer: User, brand: Brand
) -> None:
    product_id = product_ids(show)[0]
    hostile = Claims(guest(brand).sub, brand.pk, "=1+1")
    asked(show, hostile, '=HYPERLINK("//evil","x") ok?', product_id=product_id)
    gone = asked(show, guest(brand), "Gone soon?")
    caller = Caller(user=producer)
    caller.call("POST", f"/shows/{show.slug}/questions/{gone.pk}/remove")
    status, text = caller.text(f"/api/v1/shows/{show.slug}/questions.csv")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert status == 200
    assert (row["author"], row["text"]) == ("'=1+1", '\'=HYPERLINK("//evil","x") ok?')
    assert (row["state"], row["votes"], row["answered_on_air_s"]) == ("open", "1", "")
    assert row["product"] == Product.objects.for_brand(show.brand).get(pk=product_id).name
