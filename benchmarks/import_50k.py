"""How long a product file of 50,000 variants takes to import while a show sells.

The import as the back office runs it, with its pauses, in a process that sells at the same time,
whose threads take turns as those of `showfloor serve` do: a buyer holds a unit every 20 ms. On
SQLite (`synchronous=FULL`) and on PostgreSQL with its defaults.
The baseline of the same run: the first 1,000 variants of another such file, each product in a
transaction of its own, without pauses.
"""

import json
from collections.abc import Iterator

from benchmarks.append import postgres
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.installation import installation

VARIANTS, BASELINE_VARIANTS = 50_000, 1_000
TIMEOUT_S = 600
_MEASURE = """
import json, sys, threading, time
from datetime import timedelta
from pathlib import Path
from django.db import connection
from showfloor.accounts.models import Brand
from showfloor.catalogue.importing import run as importing
from showfloor.catalogue.importing.sources import Kind
from showfloor.catalogue.models import Product, Variant
from showfloor.kernel.clock import utc_now
from showfloor.kernel.pacer import Pacer
from showfloor.roles.interpreter import SWITCH_S
from showfloor.site.catalogue_import import import_products
from showfloor.stock import services as stock
sys.setswitchinterval(SWITCH_S)
brand = Brand.objects.get()
def write(name, count):
    lines = ["Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
        "Variant Price,Image Src"]
    for n in range(count):
        product, size = divmod(n, 4)
        title = f"Product {product}" if size == 0 else ""
        lines.append(f"{name}-{product},{title},Size,{size},{name}-{n},{n % 50},{10 + size}.90,")
    path = Path(f"{name}.csv")
    path.write_text("\\n".join(lines) + "\\n")
    return path
product = Product(brand=brand, name="Sold", reference="sold")
product.save()
variant = Variant(brand=brand, product=product, sku="SOLD")
variant.save()
stock.set_level(brand.pk, variant.pk, 1_000_000)
waits, stop = [], threading.Event()
def sell():
    number = 0
    while not stop.wait(0.02):
        number += 1
        began = time.perf_counter()
        stock.hold(brand.pk, f"o{number}", [(variant.pk, 1)], utc_now(), timedelta(minutes=5))
        waits.append(time.perf_counter() - began)
    connection.close()
buyer = threading.Thread(target=sell)
buyer.start()
began = time.perf_counter()
report = import_products(brand, write("all", int(sys.argv[1])), kind=Kind.SHOPIFY)
taken = time.perf_counter() - began
stop.set()
buyer.join()
importing.PIECE_VARIANTS_MAX = 4
began = time.perf_counter()
import_products(brand, write("few", int(sys.argv[2])), kind=Kind.SHOPIFY,
    pacer=Pacer(sleep=lambda _pause: None))
few = time.perf_counter() - began
waits.sort()
print(json.dumps({"taken": taken, "few": few, "created": report.variants.created,
    "there": Variant.objects.for_brand(brand).count(), "holds": len(waits),
    "p99": waits[int(len(waits) * 0.99)], "max": waits[-1]}))
"""
FIGURES = tuple(
    f"import_50k_{what}_{database}"
    for database in ("sqlite", "pg")
    for what in ("s", "hold_p99_ms", "hold_max_ms", "per_s", "baseline_per_s")
)


def run() -> Iterator[Figure]:
    yield from _measure("sqlite", {})
    with postgres() as url:
        yield from _measure("pg", {"DATABASE_URL": url})


def _measure(name: str, environ: dict[str, str]) -> Iterator[Figure]:
    with installation(environ) as server:
        output = server.python(_MEASURE, str(VARIANTS), str(BASELINE_VARIANTS), timeout_s=TIMEOUT_S)
    told = json.loads(output.splitlines()[-1])
    if told["created"] != VARIANTS or told["there"] != VARIANTS + BASELINE_VARIANTS + 1:
        raise CannotMeasure(f"{name}: not everything was imported: {told}")
    yield Figure(f"import_50k_s_{name}", told["taken"], "s", "<= 60")
    yield Figure(f"import_50k_hold_p99_ms_{name}", told["p99"] * 1000, "ms", "<= 100")
    yield Figure(f"import_50k_hold_max_ms_{name}", told["max"] * 1000, "ms")
    yield Figure(f"import_50k_per_s_{name}", VARIANTS / told["taken"], "variants/s")
    yield Figure(f"import_50k_baseline_per_s_{name}", BASELINE_VARIANTS / told["few"], "variants/s")
