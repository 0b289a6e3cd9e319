"""The log: order, gaps, time, redaction; through Django's door."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from showfloor.accounts.models import Brand
from showfloor.timeline import log, queries, services
from showfloor.timeline.bus import bus
from showfloor.timeline.log import Head, NewEntry, NoTimeline

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
EARLIER = datetime(2026, 3, 1, 11, 59, 0, tzinfo=UTC)


def test_seq_has_no_gaps_and_the_head_is_the_last(brand: Brand) -> None:
    timeline = services.create(brand)
    with services.write():
        first = services.append(timeline.pk, [NewEntry("a"), NewEntry("b", {"n": 1})])
        second = services.append(timeline.pk, [NewEntry("c")])
    assert [entry.seq for entry in first + second] == [1, 2, 3]
    assert [(e.seq, e.kind, dict(e.body)) for e in queries.read(timeline.pk, after=1)] == [
        (2, "b", {"n": 1}),
        (3, "c", {}),
    ]
    assert queries.head(timeline.pk) == Head(3, timeline.epoch)


def test_a_clock_set_back_reorders_nothing(brand: Brand) -> None:
    timeline = services.create(brand)
    with transaction.atomic(), connection.cursor() as cursor:
        (late,) = log.append(cursor, timeline.pk, [NewEntry("late")], NOON)
        (early,) = log.append(cursor, timeline.pk, [NewEntry("early")], EARLIER)
    assert early.at == late.at
    assert early.wire() == {"seq": 2, "at": "2026-03-01T12:00:00.250Z", "kind": "early", "body": {}}


def test_a_rolled_back_cause_leaves_no_entry_and_no_gap(brand: Brand) -> None:
    timeline = services.create(brand)
    with services.write():
        services.append(timeline.pk, [NewEntry("lost")])
        transaction.set_rollback(True)
    with services.write():
        (entry,) = services.append(timeline.pk, [NewEntry("kept")])
    assert entry.seq == 1


def test_redacted_text_is_absent_from_reads(brand: Brand) -> None:
    timeline = services.create(brand)
    with services.write():
        services.append(timeline.pk, [NewEntry("said", {"text": "rude"})])
        services.redact(timeline.pk, 1, {"deleted": True})
    assert [dict(e.body) for e in queries.read(timeline.pk, after=0)] == [{"deleted": True}]


def test_unknown_timeline(db: None) -> None:
    with pytest.raises(NoTimeline), services.write():
        services.append("0" * 26, [NewEntry("a")])


def test_followers_wake_after_the_commit_and_only_then(
    brand: Brand, django_capture_on_commit_callbacks: object
) -> None:
    timeline = services.create(brand)
    woken: list[str] = []
    unsubscribe = bus.subscribe(lambda wake: woken.append(wake.timeline_id))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        with services.write():
            services.append(timeline.pk, [NewEntry("a")])
        assert woken == []
    unsubscribe()
    assert woken == [timeline.pk]


def test_entries_and_ticks_have_only_the_indexes_that_are_asked(db: None) -> None:
    with connection.cursor() as cursor:
        indexes = {
            table: sorted(
                tuple(one["columns"])
                for one in connection.introspection.get_constraints(cursor, table).values()
                if (one["index"] or one["unique"]) and one["columns"] != ["id"]
            )
            for table in ("timeline_entry", "timeline_tick")
        }
    assert indexes == {
        "timeline_entry": [("timeline_id", "seq")],
        "timeline_tick": [("timeline_id", "number")],
    }
