"""Delivery clocks: who is first does not depend on the delay, and a claim is bounded by what the
edge served."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.shows import delivery_clocks as clocks
from showfloor.shows.delivery_clocks import Delivery
from showfloor.timeline.served_pictures import ServedPictures, ServedSessions, sid_of_header

OPENED = 1_800_000_000_000
WINDOW = clocks.WINDOW_MAX_MS
UNPROVEN_MS = 8_000


class TimedRequest(NamedTuple):
    """A tap's place in the order, as the rows of deals are sorted, and when it may be decided."""

    response_ms: int
    arrived_ms: int
    person: str
    decided_at_ms: int


def tap(
    person: str, delay: int, reaction: int, *, claimed: int | None = None
) -> tuple[int, TimedRequest]:
    """Return a tap and its arrival, of a person whose player was served each picture in time."""
    arrived = OPENED + delay + reaction
    shown = arrived - (delay if claimed is None else claimed)
    served = Delivery(OPENED + delay, clocks.LIVE_EDGE_BUFFER_MS)
    counted = clocks.delay_ms(OPENED, shown, arrived, served, WINDOW, UNPROVEN_MS)
    response = clocks.response_ms(OPENED, arrived, counted)
    decided = clocks.decided_at_ms(OPENED, response, WINDOW)
    return arrived, TimedRequest(response, arrived, person, decided)


def winners(taps: list[tuple[int, TimedRequest]], units: int) -> tuple[set[str], int]:
    """Let the taps arrive in time, decide the due ones every 100 ms, and return the winners and the
    longest lateness of a decision."""
    pending: list[TimedRequest] = []
    coming = sorted(taps, key=lambda one: one[0])
    won: set[str] = set()
    lateness = 0
    now = OPENED
    while coming or pending:
        now += 100
        while coming and coming[0][0] <= now:
            pending.append(coming.pop(0)[1])
        for one in sorted(one for one in pending if one.decided_at_ms <= now):
            pending.remove(one)
            lateness = max(lateness, now - one.decided_at_ms)
            if len(won) < units:
                won.add(one.person)
    return won, lateness


@given(
    people=st.lists(st.tuples(st.integers(1_000, 15_000), st.integers(0, 20_000)), min_size=2,
                    max_size=12, unique_by=lambda one: one[1]),
    random=st.randoms(use_true_random=False), units=st.integers(1, 6),
)  # fmt: skip
def test_winners_stay_the_same_however_delays_are_permuted(
    people: list[tuple[int, int]], random: object, units: int
) -> None:
    reactions = [reaction for _delay, reaction in people]
    delays = [delay for delay, _reaction in people]
    random.shuffle(delays)  # type: ignore[attr-defined]  # hypothesis's Random
    names = [f"person-{n}" for n in range(len(people))]
    asked = [tap(*one) for one in zip(names, delays, reactions, strict=True)]
    won, lateness = winners(asked, units)
    quickest = sorted(zip(reactions, names, strict=True))[:units]
    assert won == {name for _reaction, name in quickest}
    assert lateness <= 100


@given(delay=st.integers(0, 15_000), reaction=st.integers(0, 9_000), lie=st.integers(0, 60_000))
def test_false_claim_gains_at_most_the_liars_own_reaction(
    delay: int, reaction: int, lie: int
) -> None:
    _arrived, honest = tap("honest", delay, reaction)
    _arrived, liar = tap("liar", delay, reaction, claimed=delay + lie)
    gained = honest.response_ms - liar.response_ms
    assert 0 <= gained <= min(reaction, lie, clocks.LIVE_EDGE_BUFFER_MS)


@pytest.mark.parametrize(
    ("shown", "delivery", "window", "counted"),
    [
        (-9_000, Delivery(OPENED + 1_000, 2_000), 12_000, 3_000),  # more than was served
        (3_000, Delivery(OPENED + 9_000, 2_000), 12_000, 2_000),  # the claim itself
        (-30_000, Delivery(), 12_000, 5_000),  # never before the opening picture
        (0, Delivery(OPENED + 9_000, 12_000), 1_500, 1_500),  # the window
        (9_000, Delivery(), 12_000, 0),  # a picture to come
    ],
)
def test_delay_that_counts_is_the_least_of_claim_evidence_and_window(
    shown: int, delivery: Delivery, window: int, counted: int
) -> None:
    now = OPENED + 5_000
    assert clocks.delay_ms(OPENED, OPENED + shown, now, delivery, window, UNPROVEN_MS) == counted


def test_player_without_evidence_gets_the_unproven_delay() -> None:
    now = OPENED + 20_000
    assert clocks.delay_ms(OPENED, OPENED, now, clocks.UNPROVEN, 12_000, 4_000) == 4_000


def test_moment_at_which_a_player_had_a_picture_follows_from_what_it_was_served() -> None:
    player = ServedPictures("vases")
    assert clocks.delivery_of(None, "vases", OPENED) == clocks.UNPROVEN
    assert clocks.delivery_of(player, "lamps", OPENED) == clocks.UNPROVEN
    assert clocks.delivery_of(player, "vases", OPENED) == Delivery()  # not served: unproven
    assert clocks.delivery_of(player, "vases", OPENED, OPENED + 9) == Delivery(OPENED + 9)
    player.note(OPENED + 500, OPENED + 3_000)
    assert clocks.delivery_of(player, "vases", OPENED) == Delivery(OPENED + 3_000)
    player.live_since_ms = OPENED + 60_000
    live = Delivery(OPENED + 59_000, clocks.LIVE_EDGE_BUFFER_MS)  # each picture as it is made
    assert clocks.delivery_of(player, "vases", OPENED + 59_000) == live


@pytest.mark.parametrize(
    ("told", "counted"),
    [(0, 50_000), (49_000, 49_000), (20_000, 20_000), (19_999, 50_000), (50_001, 50_000)],
)
def test_arrival_that_cannot_be_is_now(told: int, counted: int) -> None:
    assert clocks.arrival_ms(told, 50_000) == counted


def test_tap_at_a_picture_before_the_end_is_in_time() -> None:
    assert clocks.is_in_time(OPENED, OPENED + 4_999, 5_000)
    assert not clocks.is_in_time(OPENED, OPENED + 5_000, 5_000)
    assert clocks.is_in_time(None, OPENED, 0)


def test_session_remembers_when_each_picture_was_first_served() -> None:
    book = ServedSessions()
    for second in range(1, 40):
        book.note("session-1", "spring", OPENED + second * 1_000, OPENED + second * 1_000 + 700)
    found = book.find("session-1")
    assert found is not None
    assert found.first_served_ms(OPENED + 30_500) == OPENED + 31_700
    assert found.first_served_ms(OPENED + 39_000) is None  # not served yet
    book.note("session-1", "autumn", OPENED, OPENED)
    found = book.find("session-1")
    assert found is not None
    assert found.first_served_ms(OPENED + 30_500) is None  # another show's pictures prove nothing


def test_viewer_at_the_live_edge_has_each_picture_at_once_until_leaving() -> None:
    book = ServedSessions()
    first = book.went_live("session-1", "spring", OPENED)
    found = book.find("session-1")
    assert found is not None
    assert found.first_served_ms(OPENED + 5) == OPENED + 5
    assert found.first_served_ms(OPENED - 5) is None
    second = book.went_live("session-1", "spring", OPENED + 10)
    book.left_live("session-1", first)  # found dead only after the player had come back
    assert found.first_served_ms(OPENED + 15) == OPENED + 15
    assert found.first_served_ms(OPENED + 5) is None
    book.left_live("session-1", second)
    assert found.first_served_ms(OPENED + 15) is None


def test_full_memory_takes_nobody_new_and_forgets_the_silent() -> None:
    book = ServedSessions(sessions_max=2)
    book.note("session-1", "spring", OPENED, OPENED)
    book.note("session-2", "spring", OPENED, OPENED + 50_000)
    book.note("session-3", "spring", OPENED, OPENED + 50_000)
    assert book.find("session-3") is None
    book.note("session-3", "spring", OPENED, OPENED + 70_000)
    assert book.find("session-1") is None
    assert book.find("session-3") is not None
    assert len(book) == 2


@pytest.mark.parametrize(
    ("header", "sid"),
    [
        ('sid="6e2fb550-c457-11e9"', "6e2fb550-c457-11e9"),
        ('cid="spring",sf=h,sid="6e2fb550-c457-11e9",v=1', "6e2fb550-c457-11e9"),
        ('sid="x"', ""), ('sid="' + "a" * 65 + '"', ""), ("", ""), ('sid="a b c d e f"', ""),
    ],
)  # fmt: skip
def test_session_is_read_from_the_cmcd_header(header: str, sid: str) -> None:
    assert sid_of_header(header) == sid
