"""The log by the edge's own door, beside Django, on the database of this run."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.adapters.log_store import SqlLogStore
from showfloor.adapters.postgres.log_store import postgres_log_store
from showfloor.adapters.sqlite.log_store import sqlite_log_store
from showfloor.timeline import services
from showfloor.timeline.log import Entry, Head, NewEntry, NoTimeline
from showfloor.timeline.models import Timeline

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def store() -> AsyncIterator[SqlLogStore]:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        made = sqlite_log_store(Path(settings["NAME"]))
    else:
        named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST",
                 "port": "PORT"}  # fmt: skip
        made = postgres_log_store(
            " ".join(f"{ours}='{settings[name]}'" for ours, name in named.items() if settings[name])
        )
    yield made
    await made.close()


async def in_thread[T](work: Callable[[], T]) -> T:
    """Django's side, in a thread that leaves no connection behind."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


async def timeline_with(*kinds: str) -> tuple[Timeline, list[Entry]]:
    return await in_thread(lambda: _timeline_with(kinds))


def _timeline_with(kinds: tuple[str, ...]) -> tuple[Timeline, list[Entry]]:
    brand = Brand.objects.create(slug="maison-test", name="Maison Test")
    with services.write():
        timeline = services.create(brand)
        entries = services.append(timeline.pk, [NewEntry(kind, {"n": 1}) for kind in kinds])
    return timeline, entries


def redact(timeline: Timeline, seq: int) -> None:
    with services.write():
        services.redact(timeline.pk, seq, {})


async def test_log_store_reads_what_django_wrote(store: SqlLogStore) -> None:
    timeline, entries = await timeline_with("a", "b", "c")
    assert await store.head(timeline.pk) == Head(3, timeline.epoch)
    assert await store.read(timeline.pk, 1, 1000) == entries[1:]
    assert await store.read(timeline.pk, 0, 2) == entries[:2]
    assert await store.read(timeline.pk, 0, 1000, until=1) == entries[:1]


async def test_a_redaction_is_seen_at_once(store: SqlLogStore) -> None:
    timeline, entries = await timeline_with("a")
    assert await store.read(timeline.pk, 0, 1000) == entries
    await in_thread(lambda: redact(timeline, 1))
    [redacted] = await store.read(timeline.pk, 0, 1000)
    assert redacted.body == {}


async def test_missing_timeline_raises_no_timeline_and_reads_empty(store: SqlLogStore) -> None:
    with pytest.raises(NoTimeline):
        await store.head("nothing")
    assert await store.read("nothing", 0, 1000) == []
