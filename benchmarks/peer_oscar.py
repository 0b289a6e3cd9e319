"""The benchmark of a sale in which 500 buyers want 50 units, beside django-oscar's on one server.

Both shops have the same PostgreSQL, a database each, and sixteen threads of buyers. Ours begins a
checkout for each buyer through the verb of the API. Ours must sell 50, refuse 450 and fail for
nobody; otherwise there is no figure. django-oscar comes from PyPI into a Python of its own in the
user's cache folder; the project does not depend on it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks import rig
from benchmarks.append import postgres
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.installation import installation

BUYERS, UNITS = 500, 50
PACKAGES = ("django-oscar==4.1", "psycopg[binary]")
INSTALL_S, SALE_S = 600, 180
_OURS = """
import json, sys, threading, time
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
from showfloor.kernel.errors import Conflict
from showfloor.stock import services as stock
from showfloor.stock.models import Hold
provider.use(TestPay(Path("testpay.sqlite3"), "secret"))
brand = Brand.objects.get()
product = Product(brand=brand, name="Hot", reference="hot")
product.save()
variant = Variant(brand=brand, product=product, sku="HOT")
variant.save()
Price(variant=variant, currency=brand.currency, amount=1990).save()
stock.set_level(brand.pk, variant.pk, int(sys.argv[2]))
told, lock, whose = Counter(), threading.Lock(), iter(range(int(sys.argv[1])))
def work():
    while True:
        with lock:
            number = next(whose, None)
        if number is None:
            connection.close()
            return
        buyer = Buyer(brand, f"g:{number}")
        try:
            cart.add(buyer, "HOT", 1, cart.Attribution())
            beginning.begin(buyer, utc_now())
            outcome = "sold"
        except Conflict:
            outcome = "refused"
        except Exception as error:
            print(type(error).__name__, error, file=sys.stderr)
            outcome = "failed"
        with lock:
            told[outcome] += 1
began = time.perf_counter()
threads = [threading.Thread(target=work) for _number in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps({**told, "taken_s": time.perf_counter() - began,
    "ordered": Hold.objects.all_brands().filter(state="active").count()}))
"""
_OUTCOMES = ("sold", "refused", "failed")
FIGURES = tuple(
    f"peer_oscar_{whose}{name}" for whose in ("", "oscar_") for name in (*_OUTCOMES, "s", "ordered")
)


def run() -> Iterator[Figure]:
    python = _installed()
    with postgres() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE oscar")
        ours = _ours(url)
        oscar = _oscar(python, url)
    wanted = {"sold": UNITS, "refused": BUYERS - UNITS, "failed": 0}
    if {name: ours.get(name, 0) for name in _OUTCOMES} != wanted or ours["ordered"] != UNITS:
        raise CannotMeasure(f"ours did not sell exactly what there was: {ours}")
    for whose, told in (("", ours), ("oscar_", oscar)):
        for name in _OUTCOMES:
            target = "" if whose else str(wanted[name])
            yield Figure(f"peer_oscar_{whose}{name}", told.get(name, 0), "buyers", target)
        yield Figure(f"peer_oscar_{whose}ordered", told["ordered"], "units")
        yield Figure(f"peer_oscar_{whose}s", told["taken_s"], "s")


def _ours(url: str) -> dict[str, float]:
    with installation({"DATABASE_URL": url}) as server:
        output = server.python(_OURS, str(BUYERS), str(UNITS), timeout_s=SALE_S)
    told: dict[str, float] = json.loads(output.splitlines()[-1])
    return told


def _oscar(python: Path, url: str) -> dict[str, float]:
    script = rig.ROOT / "benchmarks" / "baselines" / "oscar_shop.py"
    done = subprocess.run(
        [python, script, url, str(BUYERS), str(UNITS)], capture_output=True, text=True,
        timeout=SALE_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotMeasure(f"django-oscar did not run:\n{done.stderr[-2000:]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _installed() -> Path:
    """Return the Python that has django-oscar, installed when it is first needed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "showfloor" / PACKAGES[0].replace("==", "-")
    python = folder / "bin" / "python"
    if (folder / "installed").exists():
        return python
    for command in (
        [sys.executable, "-m", "venv", folder],
        [python, "-m", "pip", "install", "--quiet", *PACKAGES],
    ):
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=INSTALL_S,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise CannotMeasure(f"django-oscar cannot be installed:\n{done.stderr[-1000:]}")
    (folder / "installed").touch()
    return python
