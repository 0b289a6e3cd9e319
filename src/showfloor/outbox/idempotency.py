"""Idempotency keys: a request that is sent again is answered again, and its effect happens once.

The answer is a row of the transaction of the effect: either both exist or neither. A request that
is refused before it has an effect leaves no row; it may be corrected and sent again under its key.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from showfloor.outbox.models import IdempotencyKey

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEY_CHARS_MAX: Final = 255

type Transaction = Callable[[], AbstractContextManager[None]]


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


class _Taken(Exception):
    """Another request with this key has stored its answer first."""


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
    text = json.dumps([operation, asked], sort_keys=True, separators=(",", ":"))
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    return Request(brand_id, owner, operation, key, fingerprint)


def once(asked: Request, effect: Callable[[], Reply], transaction_of: Transaction = write) -> Reply:
    """Return the answer to a request, whose effect happens at most once.

    `transaction_of` opens the write transaction of both, for a room that has one of its own.
    """
    return replay_if_taken(asked, lambda: _run_once(asked, effect, transaction_of))


def replay_if_taken(asked: Request, run: Callable[[], Reply]) -> Reply:
    """Run effects that take several transactions, each of which can be repeated: the last one calls
    `store`. If an equal request finishes first, its answer is returned."""
    earlier = find(asked)
    if earlier is not None:
        return earlier
    try:
        return run()
    except _Taken:  # its transaction was rolled back, and the effect with it
        again = find(asked)
        assert again is not None, "a key that was taken is stored"
        return again


def find(asked: Request) -> Reply | None:
    """Return the stored answer under this key; Invalid when the key belongs to another request."""
    row = IdempotencyKey.objects.for_brand(asked.brand_id).filter(**_name(asked)).first()
    if row is None:
        return None
    if row.fingerprint != asked.fingerprint:
        raise Invalid(
            _("This key was used for a different request."), code="idempotency-key-reused",
            field=HEADER,
        )  # fmt: skip
    return Reply(row.status, row.body, replayed=True)


def store(asked: Request, reply: Reply) -> None:
    """Write the answer down, in the open transaction of its effect."""
    _insert(asked, reply)


@verb
def _run_once(asked: Request, effect: Callable[[], Reply], transaction_of: Transaction) -> Reply:
    with transaction_of():
        # The row comes first: an equal request at the same time waits here, before its effect.
        row = _insert(asked, Reply(0, {}))
        reply = effect()
        row.status, row.body = reply.status, dict(reply.body)
        row.save(update_fields=["status", "body"])
    return reply


def _insert(asked: Request, reply: Reply) -> IdempotencyKey:
    row = IdempotencyKey(
        brand_id=asked.brand_id, fingerprint=asked.fingerprint, status=reply.status,
        body=dict(reply.body), created_at=utc_now(), **_name(asked),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _Taken from None
    return row


def _name(asked: Request) -> dict[str, str]:
    return {"scope": scope_of(asked.operation, asked.owner), "key": asked.key}


def scope_of(operation: str, owner: str) -> str:
    """Return the scope of a buyer's keys: within it each key means one request."""
    return f"{operation} {owner}"
