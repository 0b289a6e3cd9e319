"""Idempotency keys: a request that is sent again is answered again, and its effect happens once.

The answer is a row of the transaction of the effect: either both exist or neither. A request that
is refused before it has an effect leaves no row; it may be corrected and sent again under its key.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts import batch_sql
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.errors import Invalid
from showfloor.kernel.ids import new_id
from showfloor.kernel.json_text import to_json
from showfloor.outbox.models import IdempotencyKey

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEY_CHARS_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class Request:
    """One operation that `owner`, a viewer token's `sub`, asks for under a key."""

    brand_id: str
    owner: str
    operation: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Mapping[str, Any]
    replayed: bool = False


def request(
    brand_id: str, owner: str, operation: str, headers: Mapping[str, str], asked: Any
) -> Request:
    """Return the request under its key; Invalid names the header when it is missing or wrong."""
    key = headers.get(HEADER, "")
    if not (1 <= len(key) <= KEY_CHARS_MAX and key.isascii() and key.isprintable()):
        raise Invalid(
            _("Send a header %(header)s with 1 to %(count)d printable characters.")
            % {"header": HEADER, "count": KEY_CHARS_MAX},
            code="idempotency-key", field=HEADER,
        )  # fmt: skip
    text = _fingerprinted([operation, asked])
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    return Request(brand_id, owner, operation, key, fingerprint)


class BatchAnswers:
    """The stored answers to the requests of a batch, read in one statement and added to in one.

    The caller holds a lock that any other transaction with one of these keys waits for (the row of
    the cart that belongs to the keys' owner), taken before this is made. A request that is in the
    batch twice is answered once and replayed once.
    """

    def __init__(self, cursor: Cursor, brand_id: str, asked: Sequence[Request]) -> None:
        self._cursor = cursor
        self._brand_id = brand_id
        self._known = _stored_answers(cursor, brand_id, asked) if asked else {}
        self._new: list[tuple[Request, Reply]] = []

    def find(self, asked: Request) -> Reply | None:
        """Return the stored answer under this key; Invalid when it belongs to another request."""
        known = self._known.get((scope_of(asked.operation, asked.owner), asked.key))
        if known is None:
            return None
        fingerprint, status, body = known
        return _replay(
            asked, fingerprint, status, json.loads(body) if isinstance(body, str) else body
        )

    def store(self, asked: Request, reply: Reply) -> None:
        """Remember the answer, for `write`."""
        self._new.append((asked, reply))
        name = scope_of(asked.operation, asked.owner), asked.key
        self._known[name] = (asked.fingerprint, reply.status, reply.body)

    def write(self, now: datetime) -> None:
        """Write down the new answers, in the transaction of their effects."""
        rows = [
            (
                new_id(), self._brand_id, scope_of(asked.operation, asked.owner), asked.key,
                asked.fingerprint, reply.status, dict(reply.body), now,
            )
            for asked, reply in self._new
        ]  # fmt: skip
        batch_sql.insert(self._cursor, _TABLE, _COLUMNS, rows)


type _Stored = tuple[str, int, Any]  # fingerprint, status, body

_TABLE: Final = IdempotencyKey._meta.db_table
_COLUMNS: Final = {
    "id": "text", "brand_id": "text", "scope": "text", "key": "text", "fingerprint": "text",
    "status": "smallint", "body": "jsonb", "created_at": "timestamptz",
}  # fmt: skip


_COLUMNS_READ: Final = "k.scope, k.key, k.fingerprint, k.status, k.body"
_NAMED: Final = "k.brand_id = %s AND k.scope = wanted.value ->> 0 AND k.key = wanted.value ->> 1"
_ON_SQLITE: Final = (  # CROSS JOIN keeps the order of the tables
    f"SELECT {_COLUMNS_READ} FROM json_each(%s) AS wanted"  # noqa: S608 - only names
    f" CROSS JOIN {_TABLE} k ON {_NAMED}"
)
_ON_POSTGRES: Final = (
    f"SELECT {_COLUMNS_READ} FROM json_array_elements(%s::json) AS wanted(value)"  # noqa: S608
    f" CROSS JOIN LATERAL (SELECT * FROM {_TABLE} k WHERE {_NAMED} LIMIT 1) k"
)


def _stored_answers(
    cursor: Cursor, brand_id: str, asked: Sequence[Request]
) -> dict[tuple[str, str], _Stored]:
    names = [(scope_of(one.operation, one.owner), one.key) for one in asked]
    # Both look each name up in the index; a plain join once read every key of the brand.
    source = _ON_SQLITE if connection.vendor == "sqlite" else _ON_POSTGRES
    cursor.execute(source, (to_json(names), brand_id))
    return {(scope, key): (found, status, body) for scope, key, found, status, body
            in cursor.fetchall()}  # fmt: skip


def _replay(asked: Request, fingerprint: str, status: int, body: Mapping[str, Any]) -> Reply:
    if fingerprint != asked.fingerprint:
        raise Invalid(
            _("This key was used for a different request."), code="idempotency-key-reused",
            field=HEADER,
        )  # fmt: skip
    return Reply(status, body, replayed=True)


def scope_of(operation: str, owner: str) -> str:
    """Return the scope of a buyer's keys: within it each key means one request."""
    return f"{operation} {owner}"


# The encoder is made once: `json.dumps` with options makes one for each call.
_fingerprinted: Callable[[Any], str] = json.JSONEncoder(
    sort_keys=True, separators=(",", ":")
).encode
