"""Votes for a question from two tabs, and votes beside a merge."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from showfloor.accounts.models import Brand, Role
from showfloor.accounts.tokens import Claims
from showfloor.community.admission import admission_for
from showfloor.community.questions import services
from showfloor.community.questions.models import Question
from showfloor.shows.models import Show
from showfloor.timeline.commands import Command, Outcome
from tests.community.interacting import ask, asked, fresh, many, wanted_by, wish
from tests.conftest import make_staff
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.support.shows import guest, make_show

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def show(brand: Brand) -> Show:
    return make_show(brand)


@pytest.fixture
def question(show: Show, brand: Brand) -> Question:
    return asked(show, guest(brand), "Is it vegan?")


@contextmanager
def without_the_lock() -> Iterator[None]:
    """No lock and no transaction, and both tabs have read before either writes."""

    def look(show_id: str, commands: Sequence[Command], now: Any, **_lock: bool) -> Any:
        return admission_for(show_id, commands, now)

    with (
        guards.QUESTION_LOCK.off(look),
        guards.QUESTION_TRANSACTION.off(),
        guards.QUESTION_VOTES.followed_by(Meeting(2).wait),
    ):
        yield


def test_voting_twice_from_two_tabs_prevented(show: Show, question: Question, brand: Brand) -> None:
    ben = guest(brand, "Ben")
    answers = at_once([partial(wish, show, ben, question)] * 4)
    assert [one.result for one in answers] == [{"votes": 2}] * 4
    assert (fresh(question).votes, wanted_by(question)) == (2, 2)


def test_voting_twice_from_two_tabs_happens_without_lock_but_the_table_refuses_it(
    show: Show, question: Question, brand: Brand
) -> None:
    with without_the_lock():
        answers = at_once([partial(wish, show, guest(brand, "Ben"), question)] * 2)
    assert sorted(isinstance(one, IntegrityError) for one in answers) == [False, True], answers
    assert (fresh(question).votes, wanted_by(question)) == (2, 2)


def test_taking_back_twice_from_two_tabs_happens_without_guard(
    show: Show, question: Question, brand: Brand
) -> None:
    """The table can't refuse this one: both delete the one row, both count it."""
    ben = guest(brand, "Ben")
    for viewer in (ben, guest(brand, "Cleo")):
        wish(show, viewer, question)
    with without_the_lock():
        at_once([partial(wish, show, ben, question, up=False)] * 2)
    assert (fresh(question).votes, wanted_by(question)) == (1, 2)


def test_taking_back_twice_from_two_tabs_prevented(
    show: Show, question: Question, brand: Brand
) -> None:
    ben = guest(brand, "Ben")
    wish(show, ben, question)
    at_once([partial(wish, show, ben, question, up=False)] * 2)
    assert (fresh(question).votes, wanted_by(question)) == (1, 1)


def test_votes_beside_a_merge_count_for_the_other(
    show: Show, question: Question, brand: Brand
) -> None:
    producer = make_staff(brand, Role.PRODUCER, "merge@race.test")
    twin = asked(show, guest(brand, "Ben"), "Are they vegan?")
    votes = [partial(wish, show, one, twin) for one in many(brand, 6)]
    merging = partial(services.merge, show, twin.pk, question.pk, producer)
    answers = at_once([*votes[:3], merging, *votes[3:]])
    assert [type(one) for one in answers] == [*[Outcome] * 3, Question, *[Outcome] * 3], answers
    assert (fresh(question).votes, wanted_by(question)) == (8, 8)


def test_asking_twice_at_once_is_one_question(show: Show, brand: Brand) -> None:
    ana = Claims(guest(brand).sub, brand.pk, "Ana")
    answers = at_once([partial(ask, show, ana, "Is it vegan?", id="q1")] * 4)
    assert len({one.result["question_id"] for one in answers}) == 1, answers
    assert Question.objects.for_brand(brand).count() == 1
