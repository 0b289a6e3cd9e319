"""The count of viewers: exact while that can be, a sketch with known errors where it can't."""

import math
import random
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.timeline import presence
from showfloor.timeline.presence import (
    EXACT_MAX,
    REGISTERS,
    SILENT_S,
    LocalPresence,
    Presence,
    PresenceCounter,
    Sketch,
    merged,
    person_hash,
    rounded,
)

ERROR = 1.04 / math.sqrt(REGISTERS)  # one standard error, as published: 2.3 %
HASHES = st.frozensets(st.integers(0, 2**64 - 1), max_size=60)


def people(count: int, seed: int = 1) -> list[int]:
    draw = random.Random(seed)
    return [draw.getrandbits(64) for _ in range(count)]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counter(clock: Clock) -> PresenceCounter:
    return PresenceCounter(clock)


@pytest.mark.parametrize("count", [1, 30, 500, 2000, 5000, 20_000])
def test_estimate_stays_within_its_stated_error(count: int) -> None:
    errors = [Sketch.of(people(count, seed)).estimate() / count - 1 for seed in range(30)]
    assert abs(statistics.mean(errors)) < ERROR  # without bias
    assert math.sqrt(statistics.mean(error**2 for error in errors)) < 1.4 * ERROR
    assert max(map(abs, errors)) < 4 * ERROR


@given(HASHES, HASHES, HASHES)
def test_merging_is_a_union(a: frozenset[int], b: frozenset[int], c: frozenset[int]) -> None:
    one, two, three = map(Sketch.of, (a, b, c))
    assert one | two == Sketch.of(a | b)
    assert one | two == two | one
    assert (one | two) | three == one | (two | three)
    assert one | one == one
    assert one | Sketch() == one


@given(st.lists(HASHES, max_size=4))
def test_small_parts_are_counted_exactly(shares: list[frozenset[int]]) -> None:
    assert merged(map(LocalPresence.of, shares)) == (len(frozenset[int]().union(*shares)), True)


def test_empty_sketch_counts_nobody() -> None:
    assert Sketch().estimate() == 0
    assert merged([]) == (0, True)
    full = Sketch(bytes([54] * REGISTERS))  # nobody made it from people
    assert 1e9 < full.estimate() < 1e18


@pytest.mark.parametrize("count", [0, 1, EXACT_MAX, EXACT_MAX + 1, 3000])
def test_presence_is_the_same_after_json(count: int) -> None:
    share = LocalPresence.of(people(count))
    told = share.to_json()
    assert LocalPresence.from_json(told) == share
    assert list(told) == (["persons"] if count <= EXACT_MAX else ["sketch"])
    assert len(str(told)) < 6000


@pytest.mark.parametrize(
    "bad",
    [{}, {"persons": 1}, {"persons": "!"}, {"persons": "YQ=="}, {"persons": "A" * 8000},
     {"sketch": None}, {"sketch": "AAAA"}, {"sketch": "/" * 2732 + "/w=="}, {"sketch": ["a"]}],
)  # fmt: skip
def test_malformed_presence_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        LocalPresence.from_json(bad)


@pytest.mark.parametrize(
    ("estimate", "said"),
    [(0.0, 0), (0.6, 0), (1.2, 1), (47.4, 47), (512.3, 510), (1234.0, 1230), (4987.0, 4990),
     (5678.0, 5700), (9996.0, 10_000), (12_345.0, 12_300), (987_654.0, 990_000)],
)  # fmt: skip
def test_estimate_is_rounded_to_two_or_three_digits(estimate: float, said: int) -> None:
    assert rounded(estimate) == said


def test_a_person_counts_once_however_many_tabs(counter: PresenceCounter) -> None:
    ana, ben = person_hash("g:ana", 1), person_hash("m:ben", 2)
    assert person_hash("g:ana", 3) == ana
    for person in (ana, ana, ben):
        counter.join("show", person)
    assert counter.read("show") == Presence(2, 2, True)
    counter.leave("show", ana)
    assert counter.read("show") == Presence(2, 2, True)
    counter.leave("show", ana)
    counter.leave("show", ben)
    assert counter.read("show") == Presence(0, 2, True)
    assert counter.read("another") == Presence()


def test_nameless_guest_counts_once_per_connection() -> None:
    assert person_hash("g:", 1) != person_hash("g:", 2)
    assert person_hash("g:", 1) == person_hash("g:", 1)  # and leaves as who came


def test_two_processes_count_a_person_once(counter: PresenceCounter, clock: Clock) -> None:
    ours, theirs = people(30), [*people(30)[:10], *people(20, seed=2)]
    for person in ours:
        counter.join("show", person)
    counter.hear("other", "show", LocalPresence.of(theirs))
    assert counter.read("show") == Presence(50, 50, True)
    counter.hear("other", "show", LocalPresence.of(theirs[:5]))
    assert counter.read("show").viewers == 50  # as of a moment ago
    clock.now += presence.MERGED_EVERY_S
    assert counter.read("show") == Presence(30, 50, True)


def test_a_process_that_is_silent_counts_no_more(counter: PresenceCounter, clock: Clock) -> None:
    counter.join("show", 1)
    counter.hear("other", "show", LocalPresence.of(people(5)))
    counter.hear("third", "show", LocalPresence.of(people(7, seed=2)))
    assert counter.read("show").viewers == 13
    clock.now += SILENT_S - 1
    counter.hear("third", "show", LocalPresence.of(people(7, seed=2)))
    clock.now += 2
    assert counter.read("show") == Presence(8, 13, True)
    counter.hear("third", "show", LocalPresence.of([]))  # it stops, and says so
    clock.now += presence.MERGED_EVERY_S
    assert counter.read("show") == Presence(1, 13, True)
    assert counter._others == {}


def test_many_are_estimated_and_said_to_be(counter: PresenceCounter) -> None:
    ours, theirs = people(2000), people(3000, seed=2)
    for person in ours:
        counter.join("show", person)
    assert counter.read("show") == Presence(2000, 2000, True)  # alone, it knows
    counter.hear("other", "show", LocalPresence.of(theirs))
    seen = counter.read("show")
    assert not seen.exact
    assert abs(seen.viewers / 5000 - 1) < 3 * ERROR
    assert seen.peak == max(2000, seen.viewers)


def test_every_process_comes_to_the_same_count() -> None:
    crowds = [people(700, 1), people(40, 2), people(2500, 3)]
    boards = [PresenceCounter() for _ in crowds]
    for number, crowd in enumerate(crowds):
        for person in crowd:
            boards[number].join("show", person)
        for other, counter in enumerate(boards):
            if other != number:
                counter.hear(str(number), "show", LocalPresence.of(crowd))
    counts = {(counter.read("show").viewers, counter.read("show").exact) for counter in boards}
    assert len(counts) == 1
    [(viewers, exact)] = counts
    assert not exact
    assert abs(viewers / 3240 - 1) < 3 * ERROR


def test_timelines_of_other_processes_are_bounded() -> None:
    counter = PresenceCounter(timelines_max=3)
    for number in range(10):
        counter.hear("other", f"show-{number}", LocalPresence.of(people(1)))
    assert len(counter.snapshot()) == 3
