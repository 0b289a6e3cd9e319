"""Buyers who hold and buy in batches until they are killed: `test_hold_kill` runs this file in a
process of its own, on the database of the tests. `unguarded`: without a transaction around a batch;
`dying`: a worker is killed when the holds of a batch are written and the counters are not.

A worker is forked, and another one when it is killed: its number is printed. Each line of the input
is a batch, JSON `[[key, operation], …]`; each further line of the output is the answers to a batch,
`[[key, operation, status], …]`, once they are committed.
"""

import hashlib
import json
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


def work(variant: Variant) -> None:
    with open(0, closefd=False) as lines:
        for line in lines:
            batch = json.loads(line)
            asked = [
                Request(variant.brand_id, key, what, key, hashlib.sha256(key.encode()).hexdigest())
                for key, what in batch
            ]
            statuses = answer(variant, asked)
            told = [[*one, status] for one, status in zip(batch, statuses, strict=True)]
            os.write(1, json.dumps(told).encode() + b"\n")


def main() -> None:
    connection.settings_dict["NAME"] = sys.argv[1]
    if "unguarded" in sys.argv[2:]:
        STOCK_TRANSACTION.off().__enter__()
    if "dying" in sys.argv[2:]:
        RESERVATION.off(_die).__enter__()
    Brand.objects.get()
    variant = Variant.objects.all_brands().get()
    connection.close()
    while True:
        worker = os.fork()
        if worker == 0:
            work(variant)
            os._exit(0)
        os.write(1, f"{worker}\n".encode())
        if os.waitpid(worker, 0)[1] == 0:
            return


if __name__ == "__main__":
    main()
