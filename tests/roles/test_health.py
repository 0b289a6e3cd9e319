"""A console that another process serves sees how the stream is doing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from showfloor.adapters.memory.link import MemoryExchange
from showfloor.media import live
from showfloor.media.health import IngestHealth
from showfloor.roles import health
from showfloor.roles.health import HealthListener
from showfloor.timeline.bus import Bus

HEALTH = IngestHealth(
    2500, 25.0, 25.0, 2.0, 0.04, 1280, 720, "H.264", "AAC", "OBS",
    datetime(2030, 3, 1, 18, 30, 0, 250_000, tzinfo=UTC),
)  # fmt: skip


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    live.report({})


async def test_what_one_process_takes_in_another_knows_of() -> None:
    exchange, clock = MemoryExchange(), Clock()
    serve, web = Bus(), Bus()
    exchange.join(serve)
    exchange.join(web)
    listener = HealthListener(web, clock)
    await listener.start()
    health.tell(serve, {"channel": HEALTH})
    live.report({})  # it is one process here: what the other one told is what counts
    health.tell(serve, {"another": HEALTH})
    assert live.health("another") == HEALTH
    clock.now += health.SILENT_S + 1
    listener.forget_silent()
    assert live.health("another") is None
    await listener.stop()


@pytest.mark.parametrize(
    "bad", [{}, {"channel": "a"}, {"channel": "a", "health": 1}, {"channel": "a", "health": {}}]
)
async def test_nonsense_is_passed_over(bad: dict[str, Any]) -> None:
    listener = HealthListener(Bus(), Clock())
    listener._hear(bad)
    assert listener._heard == {}
