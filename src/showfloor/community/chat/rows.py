"""What a batch of messages reads and writes, in SQL that asks once for all of them.

A thousand messages a second leave no time for an object each. A list of values goes in as one
parameter, so that a statement's text does not depend on how many there are: an array on PostgreSQL,
JSON on SQLite. Times come and go as Django stores them.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from showfloor.community.chat.models import MessageState

AUTHOR_ROWS_MAX = 4096  # of all people of a batch together; the newest of them count


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is there already."""

    message_id: str
    seq: int | None
    state: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be written; `seq`: None when it is not on the timeline."""

    message_id: str
    seq: int | None
    author: str
    author_name: str
    network: str
    client_id: str
    state: MessageState
    held_text: str
    reply_to: str | None
    text_hash: str


def sent_before(show_id: str, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Sent]:
    """Messages by author and client_id, of those wanted that are there."""
    found = _ask(
        "SELECT m.author, m.client_id, m.id, m.seq, m.state"
        " FROM {pairs} CROSS JOIN community_message m"
        " WHERE m.show_id = %s AND m.author = {first} AND m.client_id = {second}",
        _pairs(wanted), show_id,
    )  # fmt: skip
    return {(author, client_id): Sent(*rest) for author, client_id, *rest in found}


def sent_lately(
    show_id: str, authors: Collection[str], since: datetime
) -> dict[str, list[tuple[datetime, str]]]:
    """When each author sent something after `since`, and the `text_hash` of it."""
    found = _ask(
        "SELECT m.author, m.sent_at, m.text_hash"
        " FROM {values} CROSS JOIN community_message m"
        " WHERE m.author = {value} AND m.show_id = %s AND m.sent_at > %s"
        " ORDER BY m.sent_at DESC LIMIT %s",
        _values(authors), show_id, _stored(since), AUTHOR_ROWS_MAX,
    )  # fmt: skip
    lately: dict[str, list[tuple[datetime, str]]] = {}
    for author, sent_at, text_hash in found:
        lately.setdefault(author, []).append((_moment(sent_at), text_hash))
    return lately


def sent_by_neighbours(
    show_id: str, networks: Collection[str], since: datetime
) -> dict[str, list[datetime]]:
    """When the guests of each network sent something after `since`."""
    found = _ask(
        "SELECT m.network, m.sent_at FROM {values} CROSS JOIN community_message m"
        # What the index leaves out, in the index's own words: SQLite compares them.
        " WHERE m.network = {value} AND m.show_id = %s AND m.sent_at > %s"
        " AND NOT (m.network = '') AND m.author LIKE 'g:%%'"
        " ORDER BY m.sent_at DESC LIMIT %s",
        _values(networks), show_id, _stored(since), AUTHOR_ROWS_MAX,
    )  # fmt: skip
    lately: dict[str, list[datetime]] = {}
    for network, sent_at in found:
        lately.setdefault(network, []).append(_moment(sent_at))
    return lately


def have_spoken(show_id: str, authors: Collection[str]) -> set[str]:
    """Those of whom something was shown here, and was not deleted."""
    found = _ask(
        "SELECT {value} FROM {values} WHERE EXISTS (SELECT 1 FROM community_message m"
        " WHERE m.author = {value} AND m.show_id = %s AND m.state = 'shown'"
        " AND m.deleted_at IS NULL)",
        _values(authors), show_id,
    )  # fmt: skip
    return {author for (author,) in found}


def named(show_id: str, names: Collection[str]) -> dict[str, tuple[str, str]]:
    """Who was last to speak here under each of these names (in whatever case): `sub` and name,
    by the name as it was asked for."""
    found = _ask(
        "SELECT {value}, said.author, said.author_name FROM {values} JOIN community_message said"
        " ON said.id = (SELECT m.id FROM community_message m WHERE m.show_id = %s"
        " AND LOWER(m.author_name) = LOWER({value}) AND m.state = 'shown'"
        " AND m.deleted_at IS NULL ORDER BY m.sent_at DESC LIMIT 1)",
        _values(names), show_id,
    )  # fmt: skip
    return {asked: (author, name) for asked, author, name in found}


def insert(show_id: str, sent_at: datetime, messages: Sequence[NewMessage]) -> None:
    """Write them; a message that is there already is an IntegrityError."""
    at = _stored(sent_at)
    rows = [
        (
            one.message_id, one.seq, one.author, one.author_name, one.network, one.client_id,
            one.state.value, one.held_text, one.reply_to, one.text_hash,
        )
        for one in messages
    ]  # fmt: skip
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(_INSERT_EACH, [(*row, show_id, at) for row in rows])
        else:
            columns = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(_INSERT_ALL, [show_id, at, *columns])


_INSERT_EACH = (
    "INSERT INTO community_message (id, seq, author, author_name, network, client_id, state,"
    " held_text, reply_to_id, text_hash, show_id, sent_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_INSERT_ALL = (
    "INSERT INTO community_message (show_id, sent_at, id, seq, author, author_name, network,"
    " client_id, state, held_text, reply_to_id, text_hash)"
    " SELECT %s, %s, one.* FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[],"
    " %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) AS one"
)


# --- one parameter for many values

_SQLITE: Mapping[str, str] = {
    "values": "json_each(%s) AS wanted",
    "value": "wanted.value",
    "pairs": "json_each(%s) AS wanted",
    "first": "wanted.value ->> 0",
    "second": "wanted.value ->> 1",
}
_POSTGRES: Mapping[str, str] = {
    "values": "unnest(%s::text[]) AS wanted(value)",
    "value": "wanted.value",
    "pairs": "unnest(%s::text[], %s::text[]) AS wanted(first, second)",
    "first": "wanted.first",
    "second": "wanted.second",
}


def _values(values: Iterable[str]) -> list[Any]:
    listed = list(values)
    return [json.dumps(listed)] if connection.vendor == "sqlite" else [listed]


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    listed = list(pairs)
    if connection.vendor == "sqlite":
        return [json.dumps(listed)]
    return [[first for first, _second in listed], [second for _first, second in listed]]


def _ask(sql: str, wanted: list[Any], *more: Any) -> list[tuple[Any, ...]]:
    """`sql` names what is wanted as `{values}` or `{pairs}`, which is its first parameter."""
    words = _SQLITE if connection.vendor == "sqlite" else _POSTGRES
    with connection.cursor() as cursor:
        cursor.execute(sql.format_map(words), [*wanted, *more])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _moment(stored: datetime) -> datetime:
    """SQLite's have no time zone."""
    return stored if stored.tzinfo is not None else stored.replace(tzinfo=UTC)
