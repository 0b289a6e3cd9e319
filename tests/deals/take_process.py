"""People who take a deal until the process is killed: `test_take_kill` runs this file in a process
of its own, on the database of the tests, as `tests/stock/hold_process.py` is run. Each line of the
input is a batch, `[[key, operation], …]`, with the operations *take* and *decide*; each line of the
output the answers to one, once they are committed."""

import json
import os
import sys
from datetime import timedelta

from django.db import connection

from showfloor.accounts.tokens import Claims
from showfloor.deals import deciding
from showfloor.deals.commands import perform
from showfloor.deals.models import Deal
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.timeline.commands import Command, Outcome


def answer(deal: Deal, variant_id: str, batch: list[list[str]]) -> list[int]:
    """Do a batch, the taps first; return the status of each of its operations."""
    now_ms, brand_id = to_epoch_ms(utc_now()), deal.show.brand_id
    body = {"deal_id": deal.pk, "variant_id": variant_id, "picture_ms": now_ms}
    taps = [
        Command(
            key, "deal.take", body, Claims(f"g:{key}", brand_id), deal.show_id, arrived_ms=now_ms
        )
        for key, what in batch
        if what == "take"
    ]
    outcomes = iter(perform(deal.show_id, taps) if taps else ())
    if len(taps) < len(batch):
        deciding.run(utc_now() + timedelta(seconds=40))  # by then no other tap can come before
    return [200 if what == "decide" else _status(next(outcomes)) for _key, what in batch]


def _status(outcome: Outcome) -> int:
    return 200 if outcome.problem is None else int(outcome.problem["status"])


def work(deal: Deal) -> None:
    variant_id = deal.items.get().variant_id
    with open(0, closefd=False) as lines:
        for line in lines:
            batch = json.loads(line)
            statuses = answer(deal, variant_id, batch)
            told = [[*one, status] for one, status in zip(batch, statuses, strict=True)]
            os.write(1, json.dumps(told).encode() + b"\n")


def main() -> None:
    connection.settings_dict["NAME"] = sys.argv[1]
    deal = Deal.objects.all_brands().select_related("show").get()
    connection.close()
    while True:
        worker = os.fork()
        if worker == 0:
            work(deal)
            os._exit(0)
        os.write(1, f"{worker}\n".encode())
        if os.waitpid(worker, 0)[1] == 0:
            return


if __name__ == "__main__":
    main()
