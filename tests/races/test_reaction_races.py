"""Pages that send at the same moment, also the same page over two connections."""

from functools import partial
from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.community.reactions import queries
from showfloor.shows.models import Show
from showfloor.timeline.commands import Outcome
from tests.community.interacting import many, react, said
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.support.shows import guest, make_show

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def show(brand: Brand) -> Show:
    return make_show(brand)


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def from_two_connections(show: Show, ana: Claims) -> list[Any]:
    """A page lost its connection and sends the same again over the next."""
    return at_once([partial(react, show, ana, "tab", heart=6)] * 2)


def test_counting_the_same_twice_prevented(show: Show, ana: Claims) -> None:
    react(show, ana, "tab", heart=1)
    answers = from_two_connections(show, ana)
    assert sorted(one.result["counted"] for one in answers) == [0, 5]
    assert queries.totals(show)["heart"] == 6


def test_counting_the_same_twice_happens_without_guard(show: Show, ana: Claims) -> None:
    react(show, ana, "tab", heart=1)
    with (
        guards.REACTION_LOCK.off(),
        guards.REACTION_TRANSACTION.off(),
        guards.REACTION_SENDERS.followed_by(Meeting(2).wait),
    ):
        answers = from_two_connections(show, ana)
    assert [one.result["counted"] for one in answers] == [5, 5]
    assert queries.totals(show)["heart"] == 11


def test_first_reactions_of_a_show_at_once_prevented(show: Show, brand: Brand) -> None:
    """Nobody has made the counters yet."""
    answers = at_once([partial(react, show, one, "tab", heart=2) for one in many(brand, 8)])
    assert [type(one) for one in answers] == [Outcome] * 8, answers
    assert queries.totals(show)["heart"] == 16
    counts = [entry.body["totals"]["heart"] for entry in said(show.timeline_id)]
    assert counts == [2, 4, 6, 8, 10, 12, 14, 16]
