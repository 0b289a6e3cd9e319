"""Buyers who hold and buy in batches until they are killed: `test_hold_kill` runs this file in a
process of its own, on the database of the tests. `unguarded`: without a transaction around a batch;
`dying`: a worker is killed when the holds of a batch are written and the counters are not.
"""

import hashlib
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import NoReturn

from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb
from showfloor.catalogue.models import Variant
from showfloor.kernel.clock import utc_now
from showfloor.outbox.idempotency import BatchAnswers, Reply, Request
from showfloor.stock import services as stock
from showfloor.stock.services import Granted, Sale, Want
from tests.races.guards import RESERVATION, STOCK_TRANSACTION
from tests.support.killed_worker import Answer, work_until_killed

TTL = timedelta(hours=1)


@verb
def answer(variant: Variant, asked: Sequence[Request]) -> list[int]:
    """Do what new requests ask for, and answer old ones again; return their statuses."""
    now, brand_id, lines = utc_now(), variant.brand_id, {variant.pk: 1}
    with stock.writing(), connection.cursor() as cursor:
        answers = BatchAnswers(cursor, brand_id, asked)
        new = [one for one in asked if answers.find(one) is None]
        holds = [one for one in new if one.operation == "hold"]
        buys = [one for one in new if one.operation == "buy"]
        outcomes = [
            *stock.hold_many(cursor, [Want(brand_id, one.owner, lines, TTL) for one in holds], now),
            *stock.claim_many(cursor, [Sale(brand_id, one.owner, lines) for one in buys], now),
        ]
        for one, outcome in zip([*holds, *buys], outcomes, strict=True):
            answers.store(one, Reply(201 if isinstance(outcome, Granted) else 409, {}))
        statuses = [reply.status for one in asked if (reply := answers.find(one)) is not None]
        answers.write(now)
    return statuses


def _die(*_arguments: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody outlives this signal")


def main() -> None:
    if "unguarded" in sys.argv[2:]:
        STOCK_TRANSACTION.off().__enter__()
    if "dying" in sys.argv[2:]:
        RESERVATION.off(_die).__enter__()
    work_until_killed(_prepared)


def _prepared() -> Answer:
    Brand.objects.get()
    variant = Variant.objects.all_brands().get()
    return lambda batch: answer(variant, [_request(variant, key, what) for key, what in batch])


def _request(variant: Variant, key: str, what: str) -> Request:
    return Request(variant.brand_id, key, what, key, hashlib.sha256(key.encode()).hexdigest())


if __name__ == "__main__":
    main()
