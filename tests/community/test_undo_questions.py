"""Undo of actions on questions: a question stands as before, with the questions merged into it."""

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.questions import services
from showfloor.community.questions.models import Question
from showfloor.community.questions.services import AnswerRequest
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from tests.community.interacting import asked, fresh, said, wanted_by
from tests.community.moderating import last_line, undo_refused
from tests.support.shows import guest, started_before

type Trio = tuple[Question, Question, Question]


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


@pytest.fixture
def question(show: Show, ana: Claims) -> Question:
    return asked(show, ana, "Is it vegan?")


@pytest.fixture
def trio(show: Show, brand: Brand) -> Trio:
    a, b, c = (
        asked(show, guest(brand, name, name), f"Is it good for {what}?")
        for name, what in (("Ada", "lips"), ("Ben", "eyes"), ("Cem", "skin"))
    )
    return a, b, c


def merged(show: Show, question: Question, into: Question, by: User) -> AuditEntry:
    services.merge(show, question.pk, into.pk, by)
    return last_line(show.brand)


def tree(*questions: Question) -> list[tuple[str, str | None, int]]:
    """State, where it counts, and votes (which are those of the rows)."""
    rows = [fresh(one) for one in questions]
    assert all(row.votes == wanted_by(row) for row in rows)
    return [(row.state, row.merged_into_id, row.votes) for row in rows]


def test_undone_merge_restores_the_tree(show: Show, trio: Trio, producer: User) -> None:
    a, b, c = trio
    services.pick(show, b.pk, None, producer)
    first = merged(show, c, b, producer)
    second = merged(show, b, a, producer)
    assert undo_refused(show, first, producer) == "changed-since"
    audit.undo(show, second.pk, producer)
    assert tree(a, b, c) == [("open", None, 1), ("picked", None, 2), ("merged", b.pk, 1)]
    told = said(show.timeline_id, 0, "question.changed")[-3:]
    keys = ("question_id", "merged_into", "votes")
    assert [tuple(one.body[key] for key in keys) for one in told] == [
        (b.pk, None, 2), (c.pk, b.pk, 1), (a.pk, None, 1),
    ]  # fmt: skip
    assert personal_stream.read(show.brand_id, c.author)[-1].body["merged_into"] == b.pk
    audit.undo(show, first.pk, producer)
    assert tree(a, b, c) == [("open", None, 1), ("picked", None, 1), ("open", None, 1)]


def test_question_moved_since_stays_where_it_is(show: Show, trio: Trio, producer: User) -> None:
    a, b, c = trio
    merged(show, c, b, producer)
    line = merged(show, b, a, producer)
    services.reopen(show, c.pk, producer)
    merged(show, c, a, producer)
    audit.undo(show, line.pk, producer)
    assert tree(a, b, c) == [("open", None, 2), ("open", None, 1), ("merged", a.pk, 1)]


def test_undone_dismissal_picks_the_question_again(
    show: Show, question: Question, producer: User
) -> None:
    shows.start(show, producer)
    started_before(show, 60)
    show.refresh_from_db()
    services.pick(show, question.pk, None, producer)
    picked_at = fresh(question).picked_at
    assert picked_at is not None
    services.dismiss(show, question.pk, producer)
    audit.undo(show, last_line(show.brand).pk, producer)
    assert (fresh(question).state, fresh(question).picked_at) == ("picked", picked_at)


def test_steps_are_undone_in_turn(show: Show, question: Question, producer: User) -> None:
    services.pick(show, question.pk, None, producer)
    picked = last_line(show.brand)
    services.unpick(show, question.pk, producer)
    unpicked = last_line(show.brand)
    services.pick(show, question.pk, None, producer)
    assert undo_refused(show, picked, producer) == "changed-since"
    assert undo_refused(show, unpicked, producer) == "question-picked"
    for state in ("open", "picked", "open"):
        line = audit.standing(show.brand_id).order_by("-pk")[0]
        audit.undo(show, line.pk, producer)
        assert fresh(question).state == state


def test_answer_on_air_is_taken_back_and_the_one_in_writing_stays(
    show: Show, question: Question, ana: Claims, producer: User, moderator: User
) -> None:
    moderator.first_name = "Lea"
    moderator.save()
    shows.start(show, producer)
    started_before(show, 60)
    show.refresh_from_db()
    services.answer(show, question.pk, AnswerRequest("public", "Yes, all of it."), moderator)
    before = fresh(question)
    services.answer(show, question.pk, AnswerRequest("on_air"), producer)
    assert fresh(question).is_answered_on_air
    audit.undo(show, last_line(show.brand).pk, producer)
    after = fresh(question)
    assert (after.state, after.answer, after.answered_at) == (
        "answered", "Yes, all of it.", before.answered_at,
    )  # fmt: skip
    assert (after.is_answered_on_air, after.answered_by) == (False, "Lea")
    assert personal_stream.read(show.brand_id, ana.sub)[-1].body["answer"] is not None


def test_first_answer_is_taken_back_but_not_one_in_place_of_another(
    show: Show, question: Question, producer: User
) -> None:
    services.pick(show, question.pk, None, producer)
    services.answer(show, question.pk, AnswerRequest("private", "Yes"), producer)
    first = last_line(show.brand)
    services.answer(show, question.pk, AnswerRequest("public", "No"), producer)
    second = last_line(show.brand)
    assert "Yes" not in repr(second.detail)
    assert (audit.can_undo(second), undo_refused(show, second, producer)) == (False, "not-undoable")
    assert undo_refused(show, first, producer) == "changed-since"
    twin = asked(show, guest(show.brand, "Ben"), "Are they vegan?")
    services.answer(show, twin.pk, AnswerRequest("private", "Yes"), producer)
    audit.undo(show, last_line(show.brand).pk, producer)
    after = fresh(twin)
    assert (after.state, after.answer, after.is_answer_private, after.answered_by) == (
        "open", "", False, "",
    )  # fmt: skip
    assert after.answered_at is None
