"""How many checkouts a second begin, and how long a buyer waits for one.

The verb itself, without HTTP: eight threads, each with one buyer after the other, whose cart has
two of twenty variants that all buyers share. `begin`: the buyer fills the cart and begins a
checkout; `exchange`: with one for other goods still open, so that its stock goes back in the same
transaction. Only the last beginning is timed. On SQLite (`synchronous=FULL`) and on PostgreSQL with
its defaults. Refusals and errors are counted: there must be none.
"""

import json
from collections.abc import Iterator

from benchmarks.append import postgres
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.installation import installation

SECONDS = 4
_MEASURE = """
import json, random, sys, threading, time
from collections import Counter
from pathlib import Path
from django.db import connection
from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.checkout import provider
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.services import beginning, cart
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
SECONDS, BUYERS, VARIANTS = float(sys.argv[1]), 8, 20
provider.use(TestPay(Path("testpay.sqlite3"), "secret"))
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
    def fill(buyer, skus):
        for sku in skus:
            cart.add(buyer, sku, 1, cart.Attribution())
    def shop(number):
        pick, turn = random.Random(number), 0
        while time.monotonic() < stop:
            turn += 1
            buyer = Buyer(brand, f"g:{what}-{number}-{turn}")
            skus = [f"V-{n}" for n in pick.sample(range(VARIANTS), 4)]
            try:
                fill(buyer, skus[:2])
                if what == "exchange":
                    beginning.begin(buyer, utc_now())
                    for sku in skus[:2]:
                        cart.set_quantity(buyer, sku, 0)
                    fill(buyer, skus[2:])
                began = time.perf_counter()
                beginning.begin(buyer, utc_now())
                taken.append(time.perf_counter() - began)
            except Exception as error:
                wrong[type(error).__name__] += 1
        connection.close()
    began = time.monotonic()
    threads = [threading.Thread(target=shop, args=(n,)) for n in range(BUYERS)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    taken.sort()
    return {"per_s": len(taken) / (time.monotonic() - began),
        "p50_ms": taken[len(taken) // 2] * 1000,
        "p99_ms": taken[int(len(taken) * 0.99)] * 1000, "wrong": dict(wrong)}
print(json.dumps({what: run(what) for what in ("begin", "exchange")}))
"""
FIGURES = (
    "holds_begin_per_s_sqlite", "holds_begin_p50_ms_sqlite", "holds_begin_p99_ms_sqlite",
    "holds_exchange_per_s_sqlite", "holds_exchange_p50_ms_sqlite", "holds_exchange_p99_ms_sqlite",
    "holds_begin_per_s_pg", "holds_begin_p50_ms_pg", "holds_begin_p99_ms_pg",
    "holds_exchange_per_s_pg", "holds_exchange_p50_ms_pg", "holds_exchange_p99_ms_pg",
)  # fmt: skip


def run() -> Iterator[Figure]:
    yield from _measure("sqlite", {})
    with postgres() as url:
        yield from _measure("pg", {"DATABASE_URL": url})


def _measure(name: str, environ: dict[str, str]) -> Iterator[Figure]:
    with installation(environ) as server:
        told = json.loads(server.python(_MEASURE, str(SECONDS)).splitlines()[-1])
    for what, figures in told.items():
        if figures["wrong"]:
            raise CannotMeasure(f"{name} {what}: {figures['wrong']} beside {figures}")
        yield Figure(f"holds_{what}_per_s_{name}", figures["per_s"], "checkouts/s")
        yield Figure(f"holds_{what}_p50_ms_{name}", figures["p50_ms"], "ms")
        yield Figure(f"holds_{what}_p99_ms_{name}", figures["p99_ms"], "ms")
