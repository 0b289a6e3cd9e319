"""A console that another process serves sees how the stream is doing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from showfloor.adapters.memory.link import MemoryExchange
from showfloor.media.diagnostics import latest, rejections
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.diagnostics.restream_status import RestreamStatus
from showfloor.media.diagnostics.source_figures import SourceFigures
from showfloor.media.ports import Cause
from showfloor.shows import stream_health
from showfloor.shows.stream_health import HealthListener
from showfloor.timeline.bus import Bus

HEALTH = IngestHealth(
    2500, 25.0, 25.0, 2.0, 0.04, 1280, 720, "H.264", "AAC", "OBS",
    datetime(2030, 3, 1, 18, 30, 0, 250_000, tzinfo=UTC),
    figures=(SourceFigures("primary", "OBS", 2500, 25.0, 2.0, 0, 40, 3, 0.0, 0.0, 35, 1),),
)  # fmt: skip


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    latest.report({})
    latest.report_restreams({})


async def test_health_of_a_stream_reaches_another_process() -> None:
    exchange, clock = MemoryExchange(), Clock()
    serve, web = Bus(), Bus()
    exchange.join(serve)
    exchange.join(web)
    listener = HealthListener(web, clock)
    await listener.start()
    stream_health.tell(serve, {"channel": HEALTH})
    latest.report({})  # it is one process here: what the other one told is what counts
    stream_health.tell(serve, {"another": HEALTH})
    running = (RestreamStatus("d1", "failed", "rejected", "Bad name."),)
    stream_health.tell_restreams(serve, {"channel": running})
    latest.report_restreams({})
    stream_health.tell_restreams(serve, {"another": running})
    assert (latest.health("another"), latest.restreams("channel")) == (HEALTH, running)
    clock.now += stream_health.SILENT_S + 1
    listener.forget_silent()
    assert (latest.health("another"), latest.restreams("channel")) == (None, ())
    await listener.stop()


async def test_refused_encoder_is_known_to_other_processes_until_one_is_taken() -> None:
    exchange = MemoryExchange()
    serve, web = Bus(), Bus()
    exchange.join(serve)
    exchange.join(web)
    listener = HealthListener(web, Clock())
    await listener.start()
    heard: list[dict[str, Any]] = []
    web.hear(stream_health.REFUSED_TOPIC, lambda notice: heard.append(dict(notice)))
    place, at = rejections.of_channel("evening"), HEALTH.since
    tried = rejections.attempt(Cause.OLD_KEY, "", "OBS", "192.0.2.7:1", at)
    for _try in range(100):
        stream_health.tell_rejected(serve, place, tried)
    assert len(heard) == 1, "one notice a second, however many come"
    (own,) = rejections.book.attempts(place, at)
    assert own.count >= 100
    stream_health.tell_accepted(serve, place)
    assert rejections.book.attempts(place, at) == []
    assert heard[-1] == {"place": place, "attempt": None}
    listener._hear_refused({"place": "nowhere", "attempt": rejections.to_json(tried)})
    listener._hear_refused({"place": place, "attempt": {}})
    assert rejections.book.attempts(place, at) == []
    await listener.stop()


@pytest.mark.parametrize(
    "bad", [{}, {"channel": "a"}, {"channel": "a", "health": 1}, {"channel": "a", "health": {}}]
)
async def test_malformed_notice_is_ignored(bad: dict[str, Any]) -> None:
    listener = HealthListener(Bus(), Clock())
    listener._hear(bad)
    assert listener._heard == {}
