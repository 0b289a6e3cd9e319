"""How many checkouts a second begin, and how long a buyer waits for one.

The verb itself, without HTTP: eight threads, each a buyer with a cart of two of twenty variants
that all buyers share. `begin`: each begins a checkout and leaves it again; `exchange`: each begins
one while the one before is still open, so that its stock goes back in the same transaction. On
SQLite (`synchronous=FULL`) and on PostgreSQL with its defaults. Refusals and errors are counted:
there must be none.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.append import postgres
from benchmarks.figures import CannotMeasure, Figure
from tests.support.live import LiveServer

SECONDS = 4
OWNER, PASSWORD = "owner@example.test", "enough-123"
_MEASURE = """
import json, random, sys, threading, time
from collections import Counter
from django.db import connection
from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.services import cart, checkout
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
SECONDS, BUYERS, VARIANTS = float(sys.argv[1]), 8, 20
brand = Brand.objects.get()
product = Product(brand=brand, name="Measured", reference="m")
product.save()
for n in range(VARIANTS):
    variant = Variant(brand=brand, product=product, sku=f"V-{n}")
    variant.save()
    Price(variant=variant, currency=brand.currency, amount=1990).save()
    stock.set_level(brand.pk, variant.pk, 1_000_000)
def run(what):
    stop, taken, wrong = time.monotonic() + SECONDS, [], Counter()
    def shop(number):
        pick = random.Random(number)
        buyer = Buyer(brand, f"g:{what}-{number}")
        skus = [f"V-{n}" for n in pick.sample(range(VARIANTS), 4)]
        cart.add(buyer, skus[0], 1, cart.Seen())
        cart.add(buyer, skus[1], 1, cart.Seen())
        turn = 0
        while time.monotonic() < stop:
            turn += 1
            if what == "exchange":  # other goods each time: A and B, then C and D
                for n, sku in enumerate(skus):
                    cart.set_quantity(buyer, sku, 0)
                for sku in skus[2:] if turn % 2 else skus[:2]:
                    cart.add(buyer, sku, 1, cart.Seen())
            began = time.perf_counter()
            try:
                made = checkout.begin(buyer, utc_now())
            except Exception as error:
                wrong[type(error).__name__] += 1
                continue
            taken.append(time.perf_counter() - began)
            if what == "begin":
                checkout.abandon(buyer, made.pk)
        connection.close()
    threads = [threading.Thread(target=shop, args=(n,)) for n in range(BUYERS)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    taken.sort()
    return {"per_s": len(taken) / SECONDS, "p50_ms": taken[len(taken) // 2] * 1000,
        "p99_ms": taken[int(len(taken) * 0.99)] * 1000, "wrong": dict(wrong)}
print(json.dumps({what: run(what) for what in ("begin", "exchange")}))
"""


def run() -> Iterator[Figure]:
    yield from _measure("sqlite", {})
    with postgres() as url:
        yield from _measure("pg", {"DATABASE_URL": url})


def _measure(name: str, environ: dict[str, str]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        server = LiveServer(Path(folder) / "data", environ=environ)
        server.data_dir.mkdir(parents=True)
        server.run("migrate")
        server.run("setup", "--brand", "M", "--owner", OWNER, SHOWFLOOR_OWNER_PASSWORD=PASSWORD)
        told = json.loads(server.python(_MEASURE, str(SECONDS)).splitlines()[-1])
    for what, figures in told.items():
        if figures["wrong"]:
            raise CannotMeasure(f"{name} {what}: {figures['wrong']} beside {figures}")
        yield Figure(f"holds_{what}_per_s_{name}", figures["per_s"], "checkouts/s")
        yield Figure(f"holds_{what}_p50_ms_{name}", figures["p50_ms"], "ms")
        yield Figure(f"holds_{what}_p99_ms_{name}", figures["p99_ms"], "ms")
