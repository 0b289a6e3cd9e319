"""Pages that send at the same moment, also the same page over two connections."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.community.reactions import queries, services
from showfloor.shows.models import Show
from showfloor.timeline.commands import Outcome
from tests.community.interacting import many, react, said
from tests.races.together import Meeting, Unguarded, at_once
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


def test_counting_the_same_twice_happens_without_guard(
    show: Show, ana: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    react(show, ana, "tab", heart=1)
    both_have_read = Meeting(2)
    read = services._senders

    def read_then_meet(where: Show, people: Sequence[Claims]) -> dict[str, services._Sender]:
        senders = read(where, people)
        both_have_read.wait()
        return senders

    monkeypatch.setattr(services, "_senders", read_then_meet)
    monkeypatch.setattr(services, "_lock_counts", lambda _show: None)
    monkeypatch.setattr(services, "timeline", Unguarded)
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
