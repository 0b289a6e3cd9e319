"""The clock: what `utc_now` says where a block is told another time."""

from datetime import UTC, datetime
from threading import Thread

from showfloor.kernel.clock import telling, utc_now

THEN = datetime(2026, 3, 1, 18, 30, 0, 250_900, tzinfo=UTC)


def test_block_is_told_the_time_of_its_clock_to_the_millisecond() -> None:
    before = utc_now()
    with telling(lambda: THEN):
        assert utc_now() == THEN.replace(microsecond=250_000)
    assert utc_now() >= before


def test_other_threads_keep_the_real_time() -> None:
    seen: list[datetime] = []
    with telling(lambda: THEN):
        other = Thread(target=lambda: seen.append(utc_now()))
        other.start()
        other.join(5)
    assert seen[0].year >= 2026
    assert seen[0] > THEN
