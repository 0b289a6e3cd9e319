"""The write transaction of stock: counters change once, at its end, and listeners hear of it once.

Verbs note by how much they change a counter; the rows are written when everything else of the
transaction is, so that others wait for a hot row as briefly as can be. The condition on free units
and the CHECK are in that statement. If another transaction has taken the units since this one read
them, the whole transaction runs again (`accounts.transactions.Repeat`), and for a moment everyone
in this process locks that row before they read it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import batched
from typing import Final, NamedTuple, Protocol

from django.db import connection, transaction

from showfloor.accounts import batch_sql
from showfloor.accounts.transactions import Repeat
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.listeners import Listeners
from showfloor.stock import ledger
from showfloor.stock.ledger import Movement, Row
from showfloor.stock.sold_out import StockLevel, book
from showfloor.timeline import personal_stream
from showfloor.timeline.bus import Payload, bus
from showfloor.timeline.log import NewEntry
from showfloor.timeline.services import append, write

CONTENDED_S: Final = 1.0  # how long a row is locked before it is read, after two have collided
_CONTENDED_MAX: Final = 1_000
_ROWS_MAX: Final = 500  # in one UPDATE

type News = Mapping[str, Sequence[NewEntry]]  # by the person's subject

TOPIC: Final = "stock.freed"
_IN_NOTICE: Final = 30  # stock rows: a notice is small


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the number of free units of a variant, by one transaction."""

    variant_id: str
    brand_id: str
    before: int
    after: int
    stock_id: str = ""
    came_in: bool = False  # more are on hand than before
    low_at: int | None = None  # the threshold of its alarm; None: it has none


class Delta(NamedTuple):
    """The amounts by which a transaction changes the counters of one stock row."""

    stock_id: str = ""
    on_hand: int = 0
    reserved: int = 0


@dataclass(slots=True)
class _Open:
    """The part of the open transaction that its rows do not show yet."""

    depth: int  # of savepoints
    parent: "_Open | None" = None  # what was noted before a savepoint of somebody else
    deltas: dict[str, Delta] = field(default_factory=dict)  # by variant id
    movements: list[Movement] = field(default_factory=list)
    locked: set[str] = field(default_factory=set)  # variant ids
    entries: dict[str, list[NewEntry]] = field(default_factory=dict)  # by timeline id
    news: list[tuple[str, News]] = field(default_factory=list)  # with the id of their brand
    changes: dict[str, Change] = field(default_factory=dict)  # of rows that are written
    unsure: set[str] = field(default_factory=set)  # variants written inside such a savepoint

    def copy(self) -> "_Open":
        return _Open(
            self.depth, self.parent, dict(self.deltas), list(self.movements), set(self.locked),
            {one: list(some) for one, some in self.entries.items()}, list(self.news),
            dict(self.changes), set(self.unsure),
        )  # fmt: skip

    def go_back_to(self, before: "_Open") -> None:
        self.deltas, self.movements, self.locked = before.deltas, before.movements, before.locked
        self.entries, self.news = before.entries, before.news
        self.changes, self.unsure = before.changes, before.unsure

    def add_entries(self, entries: Mapping[str, Sequence[NewEntry]]) -> None:
        for timeline_id, some in entries.items():
            self.entries.setdefault(timeline_id, []).extend(some)


class Queue(Protocol):
    """The people who wait for units that come back: a room above keeps them."""

    def is_awaited(self, cursor: Cursor, variant_id: str) -> bool:
        """Return whether somebody waits for the variant."""

    def take(self, cursor: Cursor, variant_ids: Sequence[str]) -> None:
        """Take what is free of these variants for the people who wait, by `hold_many`. It is called
        at the end of a transaction in which units come back, before its counters are written, with
        the stock rows locked."""


_queues: list[Queue] = []  # one, or none
_changes = Listeners[Sequence[Change]]()
_thread = threading.local()
_contended: dict[str, float] = {}  # variant id → until when, monotonic


def on_change(listener: Callable[[Sequence[Change]], object]) -> Callable[[], None]:
    """Tell `listener` of each variant whose free number changed, in variant-id order, inside the
    transaction of the change: the room above writes it on the timelines of its shows. The result
    ends that."""
    return _changes.subscribe(listener)


@contextmanager
def writing() -> Iterator[None]:
    """A write transaction for stock and what goes with it. Changes are told once, at its end."""
    outer = _current()
    if outer is None:
        with _outermost():
            yield
    elif len(connection.savepoint_ids) > outer.depth:
        with _inside_savepoint(outer):
            yield
    else:
        with _nested(outer):
            yield


def tell_timeline(timeline_id: str, entries: Sequence[NewEntry]) -> None:
    """Write entries on a show's timeline at the end of the open `writing`, still inside it, after
    all changes of stock were told: a timeline that is locked before stock is a deadlock with each
    buyer of the goods."""
    _require().add_entries({timeline_id: entries})


def tell_people(brand_id: str, news: News) -> None:
    """Write entries on the streams of persons, by subject, at the end of the open `writing`, still
    inside it, after all changes of stock were told. The news of one transaction are written
    together: it takes the streams in one order."""
    _require().news.append((brand_id, news))


def set_queue(queue: Queue) -> None:
    """Let `queue` have the units that come back before anybody else sees them."""
    _queues[:] = [queue]


def is_awaited(cursor: Cursor, variant_id: str) -> bool:
    """Return whether somebody waits for units of a variant, so that no passer-by gets one that
    comes back."""
    return any(queue.is_awaited(cursor, variant_id) for queue in _queues)


def reserve(variant_id: str, stock_id: str, units: int) -> None:
    """Keep so many units more, or fewer, when the transaction ends."""
    so_far = _require().deltas.get(variant_id, Delta())
    after = Delta(stock_id, so_far.on_hand, so_far.reserved + units)
    _require().deltas[variant_id] = after


def record(movement: Movement) -> None:
    """Change what is on hand, when the transaction ends, together with its line in the ledger."""
    opened = _require()
    so_far = opened.deltas.get(movement.variant_id, Delta())
    opened.deltas[movement.variant_id] = Delta(
        movement.stock_id, so_far.on_hand + movement.change, so_far.reserved
    )
    opened.movements.append(movement)


def pending(variant_id: str) -> Delta:
    """Return the changes of this transaction that the row does not show yet."""
    opened, on_hand, reserved = _current(), 0, 0
    while opened is not None:
        delta = opened.deltas.get(variant_id, Delta())
        on_hand, reserved = on_hand + delta.on_hand, reserved + delta.reserved
        opened = opened.parent
    return Delta("", on_hand, reserved)


def tell_book(seen: Iterable[StockLevel]) -> None:
    """Note free units in the sold-out book, once they are committed."""
    transaction.on_commit(partial(book.note, list(seen)))


def _tell_freed(freed: Sequence[StockLevel]) -> None:
    """Let the books of other processes know of units that came back, once they are committed: they
    refuse nobody for them."""
    for some in batched(freed, _IN_NOTICE):
        rows = [[one.variant_id, one.sku, one.free, one.version] for one in some]
        transaction.on_commit(partial(bus.publish, TOPIC, {"freed": rows}))


def _heard(notice: Payload) -> None:
    book.note(StockLevel(*row) for row in notice["freed"])


bus.hear(TOPIC, _heard)


def lock(cursor: Cursor, variant_ids: Iterable[str]) -> None:
    """Lock the stock rows of these variants, in variant-id order. SQLite has one writer."""
    locked = _require().locked
    wanted = sorted(set(variant_ids) - locked)
    if wanted and connection.vendor == "postgresql":
        cursor.execute(
            "SELECT id FROM stock_stock WHERE "  # noqa: S608 - names of ours
            + batch_sql.among("variant_id")
            + " ORDER BY variant_id FOR NO KEY UPDATE",
            (batch_sql.many(wanted),),
        )
        cursor.fetchall()
    locked.update(wanted)


def lock_contended(cursor: Cursor, variant_ids: Iterable[str]) -> None:
    """Lock the rows over which transactions have collided a moment ago."""
    if _contended:
        now = time.monotonic()
        lock(cursor, [one for one in variant_ids if _contended.get(one, 0.0) > now])


# --- the end of the transaction


@contextmanager
def _outermost() -> Iterator[None]:
    try:
        with write():
            _thread.open = opened = _Open(len(connection.savepoint_ids))
            yield
            _serve_queue(opened)
            _write_counters(opened)
            _read_unsure(opened)
            changes = [opened.changes[one] for one in sorted(opened.changes)]
            changed = [change for change in changes if change.before != change.after]
            if changed:
                _changes.tell(changed)
            for timeline_id, entries in sorted(opened.entries.items()):
                append(timeline_id, entries)
            _tell_people(opened.news)
    finally:
        _thread.open = None


def _serve_queue(opened: _Open) -> None:
    """Offer the units that come back to the people who wait for them."""
    came = {one for one, delta in opened.deltas.items() if delta.on_hand > delta.reserved}
    returned = sorted(came | opened.unsure)
    if not returned or not _queues:
        return
    with connection.cursor() as cursor:
        # Whoever begins to wait at this moment has read the row before it is locked here, and is
        # seen; or reads it afterwards.
        lock(cursor, {*returned, *opened.deltas})
        for queue in _queues:
            queue.take(cursor, returned)


def _tell_people(told: Iterable[tuple[str, News]]) -> None:
    together: dict[str, dict[str, list[NewEntry]]] = {}
    for brand_id, news in told:
        of_brand = together.setdefault(brand_id, {})
        for subject, entries in news.items():
            of_brand.setdefault(subject, []).extend(entries)
    for brand_id in sorted(together):
        personal_stream.tell_each(brand_id, together[brand_id])


@contextmanager
def _nested(outer: _Open) -> Iterator[None]:
    """A verb inside a verb: what a failed one has noted is forgotten with its savepoint."""
    before = outer.copy()
    try:
        with write():
            yield
    except BaseException:
        outer.go_back_to(before)
        raise


@contextmanager
def _inside_savepoint(outer: _Open) -> Iterator[None]:
    """A verb inside a savepoint of its caller, who may undo it afterwards: its counters are written
    at its own end, and read again at the end of all."""
    try:
        with write():
            _thread.open = opened = _Open(
                len(connection.savepoint_ids), outer, locked=set(outer.locked)
            )
            yield
            _write_counters(opened)
    finally:
        _thread.open = outer
    outer.add_entries(opened.entries)
    outer.news += opened.news
    outer.changes = {**opened.changes, **outer.changes}  # the earlier `before` stays
    outer.unsure |= opened.changes.keys()


def _write_counters(opened: _Open) -> None:
    """Change the rows, and add the lines of the ledger. Repeat when units that were free are not
    any longer."""
    moved = {one for one, delta in opened.deltas.items() if delta.on_hand or delta.reserved}
    moved |= {movement.variant_id for movement in opened.movements}  # between locations: 0 in all
    deltas = {one: opened.deltas[one] for one in sorted(moved)}
    if not deltas:
        return
    with connection.cursor() as cursor:
        if len(deltas) > 1:
            lock(cursor, deltas)
        written = _add(cursor, deltas)
        taken = deltas.keys() - written.keys()
        if taken:
            assert not taken <= opened.locked, f"counters and holds disagree: {sorted(taken)}"
            _note_contended(taken)
            raise Repeat(f"others took units of {sorted(taken)} meanwhile")
        ledger.write(cursor, opened.movements, written)
    seen = [
        StockLevel(variant_id, row.sku, row.on_hand - row.reserved, row.version)
        for variant_id, row in written.items()
    ]
    tell_book(seen)
    _tell_freed([
        one for one in seen if deltas[one.variant_id].on_hand > deltas[one.variant_id].reserved
    ])  # fmt: skip
    for variant_id, row in written.items():
        delta, free = deltas[variant_id], row.on_hand - row.reserved
        before, came_in = free - delta.on_hand + delta.reserved, delta.on_hand > 0
        if variant_id in opened.changes:
            earlier = opened.changes[variant_id]
            before, came_in = earlier.before, came_in or earlier.came_in
        opened.changes[variant_id] = Change(
            variant_id, row.brand_id, before, free, delta.stock_id, came_in, row.low_at
        )


def _add(cursor: Cursor, deltas: Mapping[str, Delta]) -> dict[str, Row]:
    """Add to the counters where as many units are free; return the rows that were changed."""
    written: dict[str, Row] = {}
    for some in batched(deltas.values(), _ROWS_MAX):
        marks = ", ".join(["(%s, %s, %s)"] * len(some))
        cursor.execute(
            "WITH delta(stock_id, more, kept) AS (VALUES " + marks + ")"  # noqa: S608 - only marks
            " UPDATE stock_stock SET on_hand = on_hand + more, reserved = reserved + kept,"
            " version = version + 1 FROM delta WHERE id = delta.stock_id"
            " AND on_hand + more >= reserved + kept AND reserved + kept >= 0"
            " RETURNING variant_id, brand_id, on_hand, reserved, version,"
            " (SELECT sku FROM catalogue_variant WHERE catalogue_variant.id = variant_id),"
            " is_spread, COALESCE(low_at, (SELECT own.low_at FROM stock_stocksettings own"
            " WHERE own.brand_id = stock_stock.brand_id))",
            [value for delta in some for value in delta],
        )
        written |= {row[0]: Row(*row[1:]) for row in cursor.fetchall()}
    return written


def _read_unsure(opened: _Open) -> None:
    """Correct the numbers of variants whose change its caller may have undone."""
    if not opened.unsure:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT variant_id, on_hand - reserved FROM stock_stock WHERE "  # noqa: S608 - names of ours
            + batch_sql.among("variant_id"),
            (batch_sql.many(opened.unsure),),
        )
        for variant_id, free in cursor.fetchall():
            opened.changes[variant_id] = replace(opened.changes[variant_id], after=free)


def _note_contended(variant_ids: Iterable[str]) -> None:
    if len(_contended) > _CONTENDED_MAX:
        _contended.clear()
    until = time.monotonic() + CONTENDED_S
    _contended.update(dict.fromkeys(variant_ids, until))


def _current() -> _Open | None:
    found: _Open | None = getattr(_thread, "open", None)
    return found


def _require() -> _Open:
    opened = _current()
    assert opened is not None, "only inside `writing`"
    return opened
