"""People who wait while goods come in and offers lapse, until the process is killed:
`test_wait_kill` runs this file in a process of its own, on the database of the tests, as
`tests/stock/hold_process.py` is run. Each line of the input is a batch, `[[key, operation], …]`,
with the operations *join*, *restock* and *lapse*; each line of the output the answers to one, once
they are committed."""

import json
import os
import sys
from datetime import timedelta

from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.checkout.reservations import services as reservations
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.stock import services as stock
from showfloor.stock.levels import Cause
from showfloor.stock.models import MovementReason
from showfloor.waitlists import services
from showfloor.waitlists.services import JoinRequest


def answer(brand: Brand, variant: Variant, batch: list[list[str]]) -> list[int]:
    """Do a batch; return the status of each of its operations."""
    now, operations = utc_now(), {what for _key, what in batch}
    joins = [JoinRequest(f"g:{key}", variant.sku) for key, what in batch if what == "join"]
    answers = iter(services.join_many(brand, joins, now))
    if "restock" in operations:
        stock.move(brand.pk, variant.pk, 1, Cause(MovementReason.RECEIVED))
    if "lapse" in operations:
        reservations.expire_due(now + timedelta(hours=1))
    return [
        409 if what == "join" and isinstance(next(answers), ShowfloorError) else 200
        for _key, what in batch
    ]


def work(brand: Brand, variant: Variant) -> None:
    with open(0, closefd=False) as lines:
        for line in lines:
            batch = json.loads(line)
            statuses = answer(brand, variant, batch)
            told = [[*one, status] for one, status in zip(batch, statuses, strict=True)]
            os.write(1, json.dumps(told).encode() + b"\n")


def main() -> None:
    connection.settings_dict["NAME"] = sys.argv[1]
    brand, variant = Brand.objects.get(), Variant.objects.all_brands().get()
    connection.close()
    while True:
        worker = os.fork()
        if worker == 0:
            work(brand, variant)
            os._exit(0)
        os.write(1, f"{worker}\n".encode())
        if os.waitpid(worker, 0)[1] == 0:
            return


if __name__ == "__main__":
    main()
