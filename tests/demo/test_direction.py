"""The direction of a demo show: cues by the film's clock, turns of the talk, and the handover."""

from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from showfloor_demo import direction
from showfloor_demo.chat.casts import PLANS
from showfloor_demo.direction import (
    Announce,
    Handover,
    OpenPoll,
    PinComment,
    Plan,
    Restock,
    ShowProduct,
    TakeDown,
)
from showfloor_demo.film import STILL, Film, Shot
from showfloor_demo.film_clock import FilmClock

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
POLLS = (OpenPoll("One?", ("A", "B"), 30), OpenPoll("Two?", ("A", "B"), 30))
PLAN = Plan(POLLS, ("New today",))


def shot(long_s: float, reference: str = "") -> Shot:
    return Shot(long_s, lambda: Image.new("RGB", (8, 8)), STILL, STILL, None, reference)


FILM = Film("f", (8, 8), 25, (shot(5), shot(10, "A"), shot(5, "A"), shot(10, "B"), shot(5)))


def test_card_comes_up_with_the_first_shot_of_its_product() -> None:
    found = direction.cues(FILM, Plan((), ()), 0)
    shown = [(cue.at_s, cue.order.reference) for cue in found if isinstance(cue.order, ShowProduct)]
    assert shown == [(5.7, "A"), (20.7, "B")]
    assert [cue.at_s for cue in found if isinstance(cue.order, TakeDown)] == [0.0, 30.0]


def test_due_cues_are_those_since_the_last_look_across_the_seam_of_the_loop() -> None:
    orders = [cue.order for cue in direction.due(FILM, Plan((), ()), 29.0, 41.0)]
    assert orders == [
        direction.AnswerQuestion(), TakeDown(), TakeDown(), ShowProduct("A"),
    ]  # fmt: skip
    assert direction.due(FILM, PLAN, 41.0, 41.0) == []


def test_cues_that_are_too_old_are_left_out() -> None:
    old = direction.due(FILM, PLAN, 0.0, 1000.0)
    assert all(cue.at_s > 1000.0 - direction.BACK_MAX_S for cue in old)


def test_polls_pins_and_announcements_take_turns() -> None:
    kinds: list[set[type]] = [
        {type(cue.order) for cue in direction.cues(FILM, PLAN, loop)} for loop in range(3)
    ]
    assert [OpenPoll in kind for kind in kinds] == [True, False, False]
    assert [PinComment in kind for kind in kinds] == [False, True, False]
    assert [{Announce, Restock} <= kind for kind in kinds] == [False, False, True]
    later = [cue.order for loop in (0, 3, 6) for cue in direction.cues(FILM, PLAN, loop)]
    assert [order for order in later if isinstance(order, OpenPoll)] == [*POLLS, POLLS[0]]


def test_person_who_acts_takes_the_show_over_for_two_minutes() -> None:
    handover = Handover()
    assert not handover.is_taken(NOW)
    handover.take(NOW)
    assert handover.is_taken(NOW + timedelta(seconds=direction.TAKEN_FOR_S - 1))
    assert not handover.is_taken(NOW + timedelta(seconds=direction.TAKEN_FOR_S))


def test_show_taken_on_purpose_is_kept_until_it_is_given_back() -> None:
    handover = Handover()
    handover.take(NOW, hold=True)
    handover.take(NOW + timedelta(seconds=5))
    assert handover.is_taken(NOW + timedelta(hours=3))
    handover.give_back()
    assert not handover.is_taken(NOW)


def test_clock_begins_with_the_first_broadcast_after_the_film_does() -> None:
    clock = FilmClock()
    assert clock.media_s(NOW) is None
    clock.restart(NOW)
    clock.feed([{"broadcast": 1, "rungs": []}])
    clock.feed(segment(1, n, f"2026-11-28T19:00:0{2 * n}.000Z") for n in range(3))
    assert clock.media_s(NOW) is None, "what an earlier run recorded is not this film"
    clock.feed(segment(2, n, f"2026-11-28T20:00:0{2 * n}.500Z") for n in range(2))
    assert clock.media_s(NOW + timedelta(seconds=7)) == pytest.approx(2 + 4.5)
    assert clock.moment(1.5) == NOW + timedelta(seconds=2)


def test_film_goes_on_where_only_the_broadcast_is_a_new_one() -> None:
    clock = FilmClock()
    clock.restart(NOW)
    clock.feed([segment(1, 1, "2026-11-28T20:00:01.000Z")])
    clock.feed([segment(2, 2, "2026-11-28T20:00:09.000Z")])
    assert clock.media_s(NOW + timedelta(seconds=9)) == pytest.approx(8)


def segment(broadcast: int, msn: int, pdt: str) -> dict[str, object]:
    return {"msn": msn, "broadcast": broadcast, "pdt": pdt, "duration": "2"}


@pytest.mark.parametrize("slug", PLANS)
def test_polls_of_the_live_shows_are_over_before_the_next_one(slug: str) -> None:
    assert PLANS[slug].polls
    assert all(2 <= len(poll.options) <= 8 for poll in PLANS[slug].polls)
    assert all(poll.seconds < direction.TURNS * 60 for poll in PLANS[slug].polls)
