"""When to come back: who is one too many, and everyone when the crowd has grown."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from showfloor.edge.fanout.hub import SPREAD_MS_MIN, Hub
from showfloor.edge.sse.streams import StreamLimits
from showfloor.edge.websocket.registry import SocketLimits
from tests.edge.endpoint_harness import served_endpoints
from tests.edge.socket_harness import SocketHarness, close_code, frame, socket_harness
from tests.edge.test_sse import following


@pytest.fixture
async def harness() -> AsyncIterator[SocketHarness]:
    async with socket_harness() as made:
        yield made


@contextmanager
def more_viewers(hub: Hub, count: int) -> Iterator[None]:
    """Count so many viewers more at the one timeline that is followed."""
    [subscription] = hub._subscriptions.values()
    subscription.users += count
    subscription.counted = (subscription.users, True)  # which is what makes a stream look
    try:
        yield
    finally:
        subscription.users -= count


async def test_everyone_gets_a_longer_retry_time_when_viewers_double(
    harness: SocketHarness,
) -> None:
    async with harness.follow() as early, harness.follow(token="staff") as staff:
        for socket in (early, staff):
            assert (await frame(socket, "welcome"))["retry_ms"] == SPREAD_MS_MIN
        for count, within_ms in ((2000, 1001), (9998, 5000)):
            with more_viewers(harness.hub, count):
                for socket in (early, staff):
                    assert await frame(socket, "retry") == {"type": "retry", "within_ms": within_ms}


async def test_small_change_of_the_viewer_count_sends_no_retry_time(harness: SocketHarness) -> None:
    async with harness.follow() as socket:
        await frame(socket, "welcome")
        said = []
        for count in (1000, 1900, 3997, 5000, 100, 2999):
            with more_viewers(harness.hub, count):
                harness.hub._sweep(0.0)
                said.append(next(iter(harness.hub._subscriptions.values())).spread_sent_ms)
        assert said == [500, 500, 1999, 1999, 500, 1500]
        told = [(await frame(socket, "retry"))["within_ms"] for _ in range(2)]
        assert told == [1999, 1500]


async def test_event_streams_get_the_retry_time_as_line_and_frame() -> None:
    async with (
        served_endpoints(streams=StreamLimits(look_s=0.1)) as harness,
        following(harness) as events,
    ):
        await events.next("welcome")
        with more_viewers(harness.hub, 3998):
            told = await events.next("retry")
            assert told == {"type": "retry", "within_ms": 1999}
        assert [
            500 <= ms < 500 + spread
            for ms, spread in zip(events.retry_ms, (500, 2000), strict=True)
        ]


async def test_one_tab_too_many_is_told_when_to_come_back() -> None:
    async with (
        socket_harness(limits=SocketLimits(per_person=1)) as harness,
        harness.follow(token="ana") as first,
    ):
        await frame(first, "welcome")
        async with harness.follow(token="ana") as second:
            assert (await frame(second, "retry"))["after_ms"] >= 2000
            assert await close_code(second) == 4503
