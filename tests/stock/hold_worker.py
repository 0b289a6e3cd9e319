"""Buyers who hold and buy in batches until their process is killed (`test_hold_kill`)."""

import hashlib
import os
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NoReturn

from django.db import connection

from showfloor.accounts.transactions import verb
from showfloor.catalogue.models import Variant
from showfloor.kernel.clock import utc_now
from showfloor.outbox.idempotency import BatchAnswers, Reply, Request
from showfloor.stock import services as stock
from showfloor.stock.services import Granted, Sale, Want
from tests.races.guards import RESERVATION, STOCK_TRANSACTION
from tests.support.kill_worker import Batch

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


def begin(*options: str) -> Callable[[Batch], list[int]]:
    """Return the function that does a batch. `unguarded`: without a transaction around it; `dying`:
    the process is killed when the holds of a batch are written and the counters are not."""
    if "unguarded" in options:
        STOCK_TRANSACTION.off().__enter__()
    if "dying" in options:
        RESERVATION.off(_die).__enter__()
    variant = Variant.objects.all_brands().get()

    def answer_batch(batch: Batch) -> list[int]:
        return answer(variant, [
            Request(variant.brand_id, key, what, key, hashlib.sha256(key.encode()).hexdigest())
            for key, what in batch
        ])  # fmt: skip

    return answer_batch
