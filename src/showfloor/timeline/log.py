"""The ordered log of a show, in plain SQL that SQLite and PostgreSQL both understand.

The invariant: within one timeline `seq` has no gaps, and commit order is `seq` order, because the
number is given out by an UPDATE of the timeline's row inside the transaction that writes the cause.
Standard library only: Django hands in its cursor, `edge` its own. Placeholders are `%s`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from showfloor.kernel.clock import from_epoch_ms, iso_ms, to_epoch_ms

READ_LIMIT = 1000  # entries in one read
BODY_BYTES_MAX = 16_384


class Cursor(Protocol):
    """As much of a DB-API cursor as the log uses."""

    def execute(self, sql: str, params: Sequence[Any] = ..., /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What a verb wants to happen on the timeline."""

    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    picture_at: datetime | None = None  # the picture it belongs to, where that is not `at`
    actor: str = ""  # a token's `sub`; for moderation and erasure, never sent to viewers


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened. Times are Unix milliseconds."""

    seq: int
    at: int
    kind: str
    body: Mapping[str, Any]
    picture_at: int | None = None
    actor: str = ""

    def wire(self) -> dict[str, Any]:
        """`{seq, at, kind, body, picture_at?}` with ISO times, as viewers get it."""
        wire: dict[str, Any] = {
            "seq": self.seq,
            "at": iso_ms(from_epoch_ms(self.at)),
            "kind": self.kind,
            "body": self.body,
        }
        if self.picture_at is not None:
            wire["picture_at"] = iso_ms(from_epoch_ms(self.picture_at))
        return wire


@dataclass(frozen=True, slots=True)
class Head:
    """Where a timeline stands."""

    seq: int
    epoch: str


class NoTimeline(LookupError):
    """There is no such timeline."""


def append(
    cursor: Cursor, timeline_id: str, entries: Sequence[NewEntry], now: datetime
) -> list[Entry]:
    """Write entries in order, inside the caller's transaction; NoTimeline if there is none.

    `at` is `now`, but never before the entry that precedes it: a clock set back reorders nothing.
    """
    assert entries, "an append of nothing"
    now_ms = to_epoch_ms(now)
    cursor.execute(
        "UPDATE timeline_timeline SET seq = seq + %s,"
        " last_at = CASE WHEN last_at > %s THEN last_at ELSE %s END"
        " WHERE id = %s RETURNING seq, last_at",
        (len(entries), now_ms, now_ms, timeline_id),
    )
    row = cursor.fetchone()
    if row is None:
        raise NoTimeline(timeline_id)
    last_seq, at = row
    first_seq = last_seq - len(entries) + 1
    written = [_entry(first_seq + offset, at, new) for offset, new in enumerate(entries)]
    for entry in written:
        body = json.dumps(entry.body, ensure_ascii=False, separators=(",", ":"))
        assert len(body) <= BODY_BYTES_MAX, f"{entry.kind}: a body of {len(body)} characters"
        cursor.execute(
            "INSERT INTO timeline_entry (timeline_id, seq, at, picture_at, kind, body, actor)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (timeline_id, entry.seq, at, entry.picture_at, entry.kind, body, entry.actor),
        )
    return written


def read(
    cursor: Cursor, timeline_id: str, after: int, limit: int = READ_LIMIT, until: int | None = None
) -> list[Entry]:
    """Entries with `after < seq <= until`, in order, at most `limit` of them."""
    cursor.execute(
        "SELECT seq, at, kind, body, picture_at, actor FROM timeline_entry"
        " WHERE timeline_id = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s",
        (timeline_id, after, until if until is not None else (1 << 62), limit),
    )
    return [_stored(row) for row in cursor.fetchall()]


def pick(cursor: Cursor, timeline_id: str, seqs: Sequence[int]) -> list[Entry]:
    """The entries of these numbers, in order, at most READ_LIMIT of them."""
    assert len(seqs) <= READ_LIMIT, f"{len(seqs)} entries at once"
    if not seqs:
        return []
    marks = ", ".join(["%s"] * len(seqs))
    cursor.execute(
        "SELECT seq, at, kind, body, picture_at, actor FROM timeline_entry"  # noqa: S608 - only marks
        " WHERE timeline_id = %s AND seq IN (" + marks + ") ORDER BY seq",
        (timeline_id, *seqs),
    )
    return [_stored(row) for row in cursor.fetchall()]


def head(cursor: Cursor, timeline_id: str) -> Head:
    """The last `seq` given out, and the epoch; NoTimeline if there is none."""
    cursor.execute("SELECT seq, epoch FROM timeline_timeline WHERE id = %s", (timeline_id,))
    row = cursor.fetchone()
    if row is None:
        raise NoTimeline(timeline_id)
    return Head(*row)


def redact(cursor: Cursor, timeline_id: str, seq: int, body: Mapping[str, Any]) -> None:
    """Replace what an entry says: what was deleted is in no answer any more. The place stays."""
    cursor.execute(
        "UPDATE timeline_entry SET body = %s WHERE timeline_id = %s AND seq = %s",
        (json.dumps(body, ensure_ascii=False, separators=(",", ":")), timeline_id, seq),
    )


def _stored(row: Sequence[Any]) -> Entry:
    seq, at, kind, body, picture_at, actor = row
    return Entry(seq, at, kind, json.loads(body), picture_at, actor)


def _entry(seq: int, at: int, new: NewEntry) -> Entry:
    picture_at = to_epoch_ms(new.picture_at) if new.picture_at is not None else None
    return Entry(seq, at, new.kind, dict(new.body), picture_at, new.actor)
