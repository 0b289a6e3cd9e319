"""Buyers of one variant, in the process of an installation: `hot_sku` runs this file there.

Asked by its arguments: what to do, for how many seconds, how many writers, how many requests in a
transaction at most. Answered as one line of JSON.
"""

import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import connection

from showfloor.accounts.models import Brand, User
from showfloor.accounts.transactions import verb
from showfloor.catalogue.models import Product, Variant
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.ids import new_id
from showfloor.outbox.idempotency import BatchAnswers, Reply, Request
from showfloor.outbox.models import IdempotencyKey
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.stock.models import Hold, HoldState, Stock
from showfloor.stock.services import Granted, Want
from showfloor.stock.sold_out import book
from showfloor.timeline import queries as timeline

PLENTY: Final = 100_000_000
TTL: Final = timedelta(minutes=10)


class HotSku:
    """A live show with one product, and everyone who wants it."""

    def __init__(self, units: int) -> None:
        self.brand = Brand.objects.get()
        name = new_id()
        product = Product(brand=self.brand, name="Hot", reference=name)
        product.save()
        self.variant = Variant(brand=self.brand, product=product, sku=name)
        self.variant.save()
        stock.set_level(self.brand.pk, self.variant.pk, units)
        self.show: Show = shows.create_show(self.brand, shows.ShowDraft(title=f"Hot {name}"))
        shows.set_rundown(self.show, [product.pk])
        shows.start(self.show, User.objects.get())
        self.units = units
        self.operation = f"hold {name}"

    @verb
    def hold(self, keys: Sequence[str]) -> int:
        """Hold one unit for each of these buyers in one transaction; return how many got it now."""
        now, brand_id, lines, granted = utc_now(), self.brand.pk, {self.variant.pk: 1}, 0
        asked = [self.request(key) for key in keys]
        with stock.writing(), connection.cursor() as cursor:
            answers = BatchAnswers(cursor, brand_id, asked)
            new = [one for one in asked if answers.find(one) is None]
            wants = [Want(brand_id, one.owner, lines, TTL) for one in new]
            for one, outcome in zip(new, stock.hold_many(cursor, wants, now), strict=True):
                if isinstance(outcome, Granted):
                    body = {"id": one.key, "expires_at": iso_ms(outcome.expires_at)}
                    answers.store(one, Reply(201, body))
                    granted += 1
            answers.write(now)
        return granted

    def request(self, key: str) -> Request:
        fingerprint = hashlib.sha256(key.encode()).hexdigest()
        return Request(self.brand.pk, key, self.operation, key, fingerprint)

    def check(self, granted: int) -> None:
        """Everything that was granted is there, once, and nothing else."""
        row = Stock.objects.for_brand(self.brand).get(variant=self.variant)
        held = Hold.objects.for_brand(self.brand).filter(stock=row, state=HoldState.ACTIVE).count()
        keys = (
            IdempotencyKey.objects.for_brand(self.brand)
            .filter(scope__startswith=self.operation)
            .count()
        )
        told = timeline.read(self.show.timeline_id, timeline.head(self.show.timeline_id).seq - 1)
        counts = (row.reserved, held, keys, self.units - told[-1].body["available"])
        assert counts == (granted,) * 4, f"granted {granted}, found {counts}"


def in_threads(count: int, work: Callable[[], None]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def rate(seconds: float, writers: int, batch: int) -> dict[str, Any]:
    """As many as can be, in transactions of `batch` buyers."""
    hot, lock, granted = HotSku(PLENTY), threading.Lock(), 0
    warm = [f"warm-{number}" for number in range(batch)]
    granted += hot.hold(warm)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a database that has run for a minute has done by itself
    began = time.monotonic()

    def work() -> None:
        nonlocal granted
        while time.monotonic() < began + seconds:
            got = hot.hold([new_id() for _ in range(batch)])
            with lock:
                granted += got

    in_threads(writers, work)
    took = time.monotonic() - began
    hot.check(granted)
    return {"per_s": (granted - batch) / took}


def burst(buyers: int, units: int, writers: int, batch: int) -> dict[str, Any]:
    """`buyers` at one moment: each answer is timed from then. Those for whom the sold-out book
    knows that nothing is left do not come to the database."""
    rate(0.3, writers, batch)  # connections are open
    hot = HotSku(units)
    lines = {hot.variant.pk: 1}
    waiting = deque(new_id() for _ in range(buyers))
    lock, sold, from_memory = threading.Lock(), 0, 0
    answered: list[float] = []

    def work() -> None:
        nonlocal sold, from_memory
        while True:
            with lock:
                taken = [waiting.popleft() for _ in range(min(batch, len(waiting)))]
            if not taken:
                return
            refused = book.refusal(lines) is not None
            got = 0 if refused else hot.hold(taken)
            took = time.monotonic() - began
            with lock:
                answered.extend([took] * len(taken))
                sold += got
                from_memory += len(taken) if refused else 0

    began = time.monotonic()
    in_threads(writers, work)
    hot.check(sold)
    assert (sold, len(answered)) == (units, buyers), f"sold {sold}, answered {len(answered)}"
    answered.sort()
    return {"p99_ms": answered[int(buyers * 0.99)] * 1000, "from_memory": from_memory}


def main() -> None:
    what, seconds, writers, batch = sys.argv[1], float(sys.argv[2]), *map(int, sys.argv[3:5])
    if what == "burst":
        buyers, units = map(int, sys.argv[5:7])
        told = burst(buyers, units, writers, batch)
    else:
        told = rate(seconds, writers, batch)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
