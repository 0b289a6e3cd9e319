"""The ordered log of a show, in plain SQL that SQLite and PostgreSQL both understand.

The invariant: within one timeline `seq` has no gaps, and commit order is `seq` order, because the
number is given out by an UPDATE of the timeline's row inside the transaction that writes the cause.
Entries are cut into ticks, stored rows without gaps, so that all processes deliver the same ticks.
Standard library only: Django passes its cursor, `edge` its own. Placeholders are `%s`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from showfloor.kernel.bulk_sql import Cursor, copy_rows
from showfloor.kernel.clock import from_epoch_ms, iso_ms, to_epoch_ms
from showfloor.kernel.json_text import to_json

READ_LIMIT = 1000  # entries in one read
BODY_BYTES_MAX = 16_384
TICK_MS = 100  # between two ticks at least, unless there is more than one tick's worth
TICK_ENTRIES_MAX = 500
RANGE_ENTRIES = 500  # in one aligned range, as late joiners and replays read them
_ROWS_MAX = 500  # in one INSERT: seven values each, and SQLite takes 32,766


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that a verb wants to append."""

    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    picture_at: datetime | None = None  # the picture it belongs to, where that is not `at`
    actor: str = ""  # a token's `sub`; for moderation and erasure, never sent to viewers


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a timeline. Times are Unix milliseconds."""

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
class Tick:
    """Entries `first..last` that are delivered together, none if `last` is before `first`.
    `at`: when it was closed, Unix milliseconds."""

    number: int
    first: int
    last: int
    at: int


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a timeline. `tick`: the last closed tick, which ends with entry `ticked_seq`.
    `redactions`: the number of redactions; a process compares it to detect a missed notice."""

    seq: int
    epoch: str
    tick: int = 0
    ticked_seq: int = 0
    redactions: int = 0


class NoTimeline(LookupError):
    """There is no such timeline."""


def append(
    cursor: Cursor, timeline_id: str, entries: Sequence[NewEntry], now: datetime,
    *, is_postgres: bool = False,
) -> list[Entry]:  # fmt: skip
    """Write entries in order, inside the caller's transaction; NoTimeline if there is none.

    `at` is `now`, but never before the entry that precedes it: a clock set back reorders nothing.
    `is_postgres`: write many entries by PostgreSQL's COPY, whose errors are the driver's.
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
    for start in range(0, len(written), _ROWS_MAX):
        some = written[start : start + _ROWS_MAX]
        if is_postgres and len(some) > 1:
            _copy(cursor, timeline_id, some)
        else:
            _insert(cursor, [(timeline_id, entry) for entry in some])
    return written


def append_each(
    cursor: Cursor, entries: Mapping[str, Sequence[NewEntry]], now: datetime,
    made: Mapping[str, int] | None = None,
) -> dict[str, list[Entry]]:  # fmt: skip
    """Do the same for many timelines, whose rows the caller has locked: one statement for all
    timelines that get equally many entries. NoTimeline for a missing one. `made`: the last numbers
    of timelines that the caller has just made, at `now` and with these entries counted."""
    now_ms, written = to_epoch_ms(now), dict[str, list[Entry]]()
    by_count: dict[int, list[str]] = {}
    made = made or {}
    for timeline_id, new in entries.items():
        if timeline_id in made:
            numbered = enumerate(new, made[timeline_id] - len(new) + 1)
            written[timeline_id] = [_entry(seq, now_ms, one) for seq, one in numbered]
        else:
            by_count.setdefault(len(new), []).append(timeline_id)
    for count, ids in by_count.items():
        for some in batched(ids, _ROWS_MAX):
            cursor.execute(
                "UPDATE timeline_timeline SET seq = seq + %s,"  # noqa: S608 - only marks
                " last_at = CASE WHEN last_at > %s THEN last_at ELSE %s END"
                " WHERE id IN (" + ", ".join(["%s"] * len(some)) + ")"
                " RETURNING id, seq, last_at",
                (count, now_ms, now_ms, *some),
            )
            for timeline_id, last, at in cursor.fetchall():
                numbered = enumerate(entries[timeline_id], last - count + 1)
                written[timeline_id] = [_entry(seq, at, new) for seq, new in numbered]
    for timeline_id in entries:
        if timeline_id not in written:
            raise NoTimeline(timeline_id)
    placed = ((timeline_id, one) for timeline_id, new in written.items() for one in new)
    for rows in batched(placed, _ROWS_MAX):
        _insert(cursor, rows)
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
    """Return the entries of these numbers, in order, at most READ_LIMIT of them."""
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


def containing(
    cursor: Cursor, timeline_id: str, kind: str, text: str, after: int, limit: int = READ_LIMIT
) -> list[Entry]:
    """Entries of this kind with `seq > after` in whose body `text` (an id, a plain word) stands."""
    cursor.execute(
        "SELECT seq, at, kind, body, picture_at, actor FROM timeline_entry"
        " WHERE timeline_id = %s AND seq > %s AND kind = %s AND body LIKE %s"
        " ORDER BY seq LIMIT %s",
        (timeline_id, after, kind, f"%{text}%", limit),
    )
    return [_stored(row) for row in cursor.fetchall()]


def head(cursor: Cursor, timeline_id: str) -> Head:
    """Return the head of a timeline; NoTimeline if there is none."""
    cursor.execute(
        "SELECT seq, epoch, tick, ticked_seq, redactions FROM timeline_timeline WHERE id = %s",
        (timeline_id,),
    )
    row = cursor.fetchone()
    if row is None:
        raise NoTimeline(timeline_id)
    return Head(*row)


def close_tick(
    cursor: Cursor, timeline_id: str, now: datetime, entries_max: int = TICK_ENTRIES_MAX,
    *, empty: bool = False,
) -> Tick | None:  # fmt: skip
    """Close a tick over the entries since the last one, in the caller's transaction.

    Return None when there are no entries (`empty`: close it all the same), or when the last tick is
    not yet TICK_MS old; more than `entries_max` entries do not wait for that. Of two processes that
    try at once one gets the tick: the UPDATE locks the timeline's row, as an append does, so that
    no entry slips into a closed tick.
    """
    now_ms = to_epoch_ms(now)
    cursor.execute(
        "UPDATE timeline_timeline SET tick = tick + 1, ticked_at = %s, ticked_seq ="
        " CASE WHEN seq - ticked_seq > %s THEN ticked_seq + %s ELSE seq END"
        " WHERE id = %s AND (seq - ticked_seq > %s OR ((seq > ticked_seq OR %s = 1)"
        # A last tick in the future means that a clock was set back, and is not waited for.
        " AND ticked_at NOT BETWEEN %s AND %s)) RETURNING tick, ticked_seq",
        (
            now_ms, entries_max, entries_max, timeline_id, entries_max, int(empty),
            now_ms - TICK_MS + 1, now_ms + TICK_MS,
        ),
    )  # fmt: skip
    row = cursor.fetchone()
    if row is None:
        return None
    number, last = row
    before = tick(cursor, timeline_id, number - 1)
    first = before.last + 1 if before is not None else 1
    cursor.execute(
        "INSERT INTO timeline_tick (timeline_id, number, first, last, at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (timeline_id, number, first, last, now_ms),
    )
    return Tick(number, first, last, now_ms)


def ticks(cursor: Cursor, timeline_id: str, after: int, limit: int = READ_LIMIT) -> list[Tick]:
    """Return closed ticks with a number above `after`, in order, at most `limit` of them."""
    cursor.execute(
        "SELECT number, first, last, at FROM timeline_tick"
        " WHERE timeline_id = %s AND number > %s ORDER BY number LIMIT %s",
        (timeline_id, after, limit),
    )
    return [Tick(*row) for row in cursor.fetchall()]


def tick(cursor: Cursor, timeline_id: str, number: int) -> Tick | None:
    """Return one closed tick; None when there is none of that number."""
    found = ticks(cursor, timeline_id, number - 1, 1)
    return found[0] if found and found[0].number == number else None


def tick_reaching(cursor: Cursor, timeline_id: str, seq: int) -> int:
    """Return the number of the first stored tick that ends with entry `seq` or a later one; the
    number after the last one when none does.

    Ticks have numbers without gaps and grow in both, so that halving finds it by their numbers: an
    index by entries would be a third of all that is written for a tick.
    """
    cursor.execute(
        "SELECT MIN(number), MAX(number) FROM timeline_tick WHERE timeline_id = %s", (timeline_id,)
    )
    low, high = cursor.fetchone()
    if low is None:
        return 1
    high += 1
    while low < high:
        middle = (low + high) // 2
        found = tick(cursor, timeline_id, middle)
        if found is not None and found.last >= seq:
            high = middle
        else:  # or it was forgotten meanwhile, which begins with the oldest
            low = middle + 1
    return int(low)


def redact(cursor: Cursor, timeline_id: str, seq: int, body: Mapping[str, Any]) -> None:
    """Replace an entry's body, so that no answer contains the deleted text. Its place stays."""
    cursor.execute(
        "UPDATE timeline_timeline SET redactions = redactions + 1 WHERE id = %s", (timeline_id,)
    )
    cursor.execute(
        "UPDATE timeline_entry SET body = %s WHERE timeline_id = %s AND seq = %s",
        (to_json(body), timeline_id, seq),
    )


def _insert(cursor: Cursor, placed: Sequence[tuple[str, Entry]]) -> None:
    """Insert many rows in one statement: 200 entries cost little more than one."""
    values: list[Any] = []
    for timeline_id, entry in placed:
        values += (
            timeline_id, entry.seq, entry.at, entry.picture_at, entry.kind, _body_text(entry),
            entry.actor,
        )  # fmt: skip
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(placed))
    cursor.execute(
        "INSERT INTO timeline_entry (timeline_id, seq, at, picture_at, kind, body, actor)"  # noqa: S608 - only marks
        " VALUES " + rows,
        values,
    )


def _copy(cursor: Cursor, timeline_id: str, entries: Sequence[Entry]) -> None:
    columns = ("timeline_id", "seq", "at", "picture_at", "kind", "body", "actor")
    rows = (
        (timeline_id, one.seq, one.at, one.picture_at, one.kind, _body_text(one), one.actor)
        for one in entries
    )
    copy_rows(cursor, "timeline_entry", columns, rows)


def _body_text(entry: Entry) -> str:
    body = to_json(entry.body)
    assert len(body) <= BODY_BYTES_MAX, f"{entry.kind}: a body of {len(body)} characters"
    return body


def _stored(row: Sequence[Any]) -> Entry:
    seq, at, kind, body, picture_at, actor = row
    return Entry(seq, at, kind, json.loads(body), picture_at, actor)


def _entry(seq: int, at: int, new: NewEntry) -> Entry:
    picture_at = to_epoch_ms(new.picture_at) if new.picture_at is not None else None
    return Entry(seq, at, new.kind, dict(new.body), picture_at, new.actor)
