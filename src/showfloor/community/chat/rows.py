"""SQL of a batch of messages: one statement reads or writes for all of them.

A thousand messages a second leave no time for an object each. The values that a statement asks
about go in as one parameter, JSON, so that its text does not depend on their number. Times come and
go as Django stores them.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from showfloor.accounts import batch_sql
from showfloor.accounts.subjects import SubjectKind

ROWS_EACH_MAX = 100  # the newest rows of one author or one network; no more are read


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is stored already."""

    message_id: str
    seq: int | None
    state: str


class NewMessage(NamedTuple):
    """A message to be written; `seq` is None when it is not on the timeline. The fields are in the
    order of `_COLUMNS`."""

    message_id: str
    seq: int | None
    author: str
    author_name: str
    network: str
    address: str
    client_id: str
    state: str
    held_text: str
    reply_to: str | None
    text_hash: str


def sent_before(show_id: str, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Sent]:
    """Return the stored ones of these messages, by author and client_id."""
    found = _ask(
        "m.author, m.client_id, m.id, m.seq, m.state",
        "m.show_id = %s AND m.author = {first} AND m.client_id = {second}",
        wanted, show_id,
    )  # fmt: skip
    return {(author, client_id): Sent(*rest) for author, client_id, *rest in found}


def sent_lately(
    show_id: str, authors: Collection[str], since: datetime
) -> dict[str, list[tuple[datetime, str]]]:
    """Return for each author the times of messages after `since`, with their `text_hash`."""
    found = _ask(
        "m.author, m.sent_at, m.text_hash",
        "m.show_id = %s AND m.author = {first} AND m.sent_at > %s",
        [(author, "") for author in authors], show_id, _stored(since),
    )  # fmt: skip
    lately: dict[str, list[tuple[datetime, str]]] = {}
    for author, sent_at, text_hash in found:
        lately.setdefault(author, []).append((_moment(sent_at), text_hash))
    return lately


def sent_by_neighbours(
    show_id: str, networks: Collection[str], since: datetime
) -> dict[str, list[datetime]]:
    """Return for each network the times at which its guests wrote after `since`."""
    found = _ask(
        "m.network, m.sent_at",
        # The index's own condition, word for word: SQLite compares the texts.
        "m.show_id = %s AND m.network = {first} AND m.sent_at > %s AND NOT (m.network = '')"
        f" AND m.author LIKE '{SubjectKind.GUEST.prefix}%%'",
        [(network, "") for network in networks], show_id, _stored(since),
    )  # fmt: skip
    lately: dict[str, list[datetime]] = {}
    for network, sent_at in found:
        lately.setdefault(network, []).append(_moment(sent_at))
    return lately


def have_spoken(show_id: str, authors: Collection[str]) -> set[str]:
    """Return those of these authors who have a message here that is shown and not deleted."""
    found = _ask(
        "m.author",
        "m.show_id = %s AND m.author = {first} AND m.state = 'shown' AND m.deleted_at IS NULL",
        [(author, "") for author in authors], show_id, most=1,
    )  # fmt: skip
    return {author for (author,) in found}


def named(show_id: str, names: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return `sub` and name of the last person who wrote here under each of these names (in
    whatever case), by the name as it was asked for."""
    found = _ask(
        "{second}, m.author, m.author_name, m.sent_at",
        "m.show_id = %s AND LOWER(m.author_name) = LOWER({first}) AND m.state = 'shown'"
        " AND m.deleted_at IS NULL",
        [(writing, name) for name in names for writing in _writings(name)], show_id, most=1,
    )  # fmt: skip
    found.sort(key=lambda row: row[3])  # of two the later one counts
    return {asked: (author, name) for asked, author, name, _sent_at in found}


def _writings(name: str) -> set[str]:
    """Return the usual spellings of a name in capitals and small letters, where the database may
    not know them: LOWER is for ASCII alone in SQLite, and in a PostgreSQL whose locale is C."""
    if name.isascii():
        return {name}
    return {name, name.lower(), name.upper(), name.title(), name.capitalize()}


def insert(show_id: str, sent_at: datetime, messages: Sequence[NewMessage]) -> None:
    """Write the messages; IntegrityError for one that is stored already."""
    at = _stored(sent_at)
    with connection.cursor() as cursor:
        rows = [(*one, show_id, at) for one in messages]
        if connection.vendor == "sqlite":
            cursor.executemany(_INSERT_EACH, rows)
        else:
            batch_sql.copy(cursor, "community_message", _COLUMNS, rows)


_COLUMNS = (
    "id", "seq", "author", "author_name", "network", "address", "client_id", "state", "held_text",
    "reply_to_id", "text_hash", "show_id", "sent_at",
)  # fmt: skip
_INSERT_EACH = (
    f"INSERT INTO community_message ({', '.join(_COLUMNS)})"  # noqa: S608 - names of ours
    f" VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
)


# --- one statement about many values


def _ask(
    columns: str, where: str, wanted: Collection[tuple[str, str]], *more: Any,
    most: int = ROWS_EACH_MAX,
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Return `columns` of the messages `m` that match `where`, for each wanted pair (`{first}` and
    `{second}` of it): the newest, at most `most`.

    The limit also makes PostgreSQL look each pair up in an index when it has no statistics of the
    table yet: without it, one hash join read the whole show, 3 ms for 8,000 messages.
    """
    source = _ON_SQLITE if connection.vendor == "sqlite" else _ON_POSTGRES
    sql = source.format(columns=columns, where=where, most=most)
    words = {"first": "wanted.value ->> 0", "second": "wanted.value ->> 1"}
    with connection.cursor() as cursor:
        cursor.execute(sql.format_map(words), [json.dumps(list(wanted)), *more])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_ON_SQLITE = (
    "SELECT {columns} FROM json_each(%s) AS wanted JOIN community_message m ON m.rowid IN"
    " (SELECT m.rowid FROM community_message m WHERE {where} ORDER BY m.sent_at DESC LIMIT {most})"
)
_ON_POSTGRES = (
    "SELECT {columns} FROM json_array_elements(%s::json) AS wanted(value) CROSS JOIN LATERAL"
    " (SELECT * FROM community_message m WHERE {where} ORDER BY m.sent_at DESC LIMIT {most}) m"
)


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _moment(stored: datetime) -> datetime:
    """Return the stored time with a time zone, which SQLite does not keep."""
    return stored if stored.tzinfo is not None else stored.replace(tzinfo=UTC)
