"""The same request, sent again, is answered again and not done again.

What was answered is a row of the transaction of the effect: either both exist or neither. A request
that was refused before it had an effect leaves no row and may be corrected and sent under its key.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import IdempotencyKey
from showfloor.checkout.rules import IDEMPOTENCY_KEY_MAX
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from showfloor.stock.services import writing

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True)
class Request:
    """Who asked for what, under which key."""

    buyer: Buyer
    operation: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Mapping[str, Any]
    replayed: bool = False


class _Taken(Exception):
    """Another request with this key was faster."""


def request(buyer: Buyer, operation: str, headers: Mapping[str, str], asked: Any) -> Request:
    """The request under its key; Invalid names the header when it is missing or impossible."""
    key = headers.get(HEADER, "")
    if not (1 <= len(key) <= IDEMPOTENCY_KEY_MAX and key.isascii() and key.isprintable()):
        raise Invalid(
            _("Send a header %(header)s with 1 to %(count)d printable characters.")
            % {"header": HEADER, "count": IDEMPOTENCY_KEY_MAX},
            code="idempotency-key", field=HEADER,
        )  # fmt: skip
    text = json.dumps([operation, asked], sort_keys=True, separators=(",", ":"))
    return Request(buyer, operation, key, hashlib.sha256(text.encode()).hexdigest())


def once(asked: Request, effect: Callable[[], Reply]) -> Reply:
    """The answer to a request, whose effect happens at most once."""
    return replay_if_taken(asked, lambda: _run_once(asked, effect))


def replay_if_taken(asked: Request, run: Callable[[], Reply]) -> Reply:
    """For effects that take several transactions, each of which can be repeated: the last one
    calls `store`. The slower of two equal requests is answered like the faster."""
    earlier = find(asked)
    if earlier is not None:
        return earlier
    try:
        return run()
    except _Taken:  # what it did was rolled back with its transaction
        again = find(asked)
        assert again is not None, "a key that was taken is stored"
        return again


def find(asked: Request) -> Reply | None:
    """What was answered under this key; Invalid when it was asked for something else."""
    row = IdempotencyKey.objects.for_brand(asked.buyer.brand).filter(**_name(asked)).first()
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
def _run_once(asked: Request, effect: Callable[[], Reply]) -> Reply:
    with writing():
        # The row comes first: an equal request at the same time waits here, before its effect.
        row = _insert(asked, Reply(0, {}))
        reply = effect()
        row.status, row.body = reply.status, dict(reply.body)
        row.save(update_fields=["status", "body"])
    return reply


def _insert(asked: Request, reply: Reply) -> IdempotencyKey:
    row = IdempotencyKey(
        brand=asked.buyer.brand, fingerprint=asked.fingerprint, status=reply.status,
        body=dict(reply.body), created_at=utc_now(), **_name(asked),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _Taken from None
    return row


def _name(asked: Request) -> dict[str, str]:
    return {"scope": f"{asked.operation} {asked.buyer.owner}", "key": asked.key}
