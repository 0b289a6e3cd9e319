"""The benchmark of checkouts that begin over HTTP: their number a second, and the wait at 2,000.

A real `showfloor serve`, on SQLite (`synchronous=FULL`) and on PostgreSQL with its defaults. Every
buyer has one unit of the same variant in the cart and asks for `POST /api/v1/checkouts`, over
connections that are kept alive; buyers who come again exchange their checkout for a new one.
Server, database and the C client share the machine. The p99 is of requests that come at a fixed
rate, each timed from the moment at which it was due. The baseline, in the same run: the same
operation through Django's threads, one transaction for each buyer.

Afterwards there must be one checkout for each answer, and one unit kept for each buyer with an open
one. Otherwise there is no figure.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import rig
from benchmarks.append import on_all_cores, postgres
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.served_show import ServedShow, served_show

BUYERS = 20_000
CONNECTIONS = 512
WARM_MS, MEASURED_MS, STEADY_MS, BASELINE_MS = 2_000, 6_000, 5_000, 4_000
STEADY_PER_S = 2_000
LEAST_PER_S, P99_MS_MAX = 3_000, 200
PATH = "/api/v1/checkouts"
THROUGH_DJANGO = f"{PATH}?through=django"  # an address with a query is not answered by edge

FILL = """
import json, sys
from showfloor.accounts.models import Brand
from showfloor.accounts.signer import token_signer
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.checkout.models import Cart, CartLine
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
brand = Brand.objects.get()
product = Product(brand=brand, name="Measured", reference="m")
product.save()
variant = Variant(brand=brand, product=product, sku="HOT")
variant.save()
Price(variant=variant, currency=brand.currency, amount=1990).save()
stock.set_level(brand.pk, variant.pk, 1_000_000)
signer, now = token_signer(), utc_now()
owners = [signer.verify(line.strip(), now).sub for line in open(sys.argv[1])]
carts = [Cart(brand=brand, owner=owner, currency=brand.currency) for owner in owners]
Cart.objects.all_brands().bulk_create(carts, batch_size=1000)
CartLine.objects.all_brands().bulk_create(
    [CartLine(cart=cart, variant=variant, quantity=1) for cart in carts], batch_size=1000
)
"""
HELD = """
import json
from showfloor.checkout.models import OPEN_STATES, Checkout
from showfloor.stock.models import Hold, Stock
rows = Checkout.objects.all_brands()
print(json.dumps({
    "checkouts": rows.count(), "open": rows.filter(state__in=OPEN_STATES).count(),
    "held": Hold.objects.all_brands().filter(state="active").count(),
    "reserved": Stock.objects.all_brands().get().reserved,
}))
"""
FIGURES = tuple(
    f"http_hold_{name}_{database}"
    for database in ("sqlite", "pg")
    for name in ("per_s", "p50_ms", "cpu_ms", "p99_ms", "baseline_per_s", "gain")
)


def run() -> Iterator[Figure]:
    yield from _measure("sqlite", {})
    with postgres() as url:
        yield from _measure("pg", {"DATABASE_URL": url})


def _measure(name: str, environ: dict[str, str]) -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder,
        served_show(guests=BUYERS, environ=environ) as served,
    ):
        on_all_cores(served.pid)
        tokens = Path(folder) / "tokens"
        tokens.write_text("\n".join(served.tokens) + "\n", "ascii")
        served.server.python(FILL, str(tokens))
        client = _Client(served, tokens)
        fast_warm = client.send(PATH, WARM_MS)
        before_s = rig.cpu_s(served.pid)
        fast = client.send(PATH, MEASURED_MS)
        cpu_s = rig.cpu_s(served.pid) - before_s
        steady = client.send(PATH, STEADY_MS, STEADY_PER_S)
        slow = client.send(THROUGH_DJANGO, BASELINE_MS)
        acked = sum(told["acked"] for told in (fast_warm, fast, steady, slow))
        _check(served, acked)
    per_s, baseline = _per_s(fast), _per_s(slow)
    yield Figure(f"http_hold_per_s_{name}", per_s, "checkouts/s", f">= {LEAST_PER_S}")
    yield Figure(f"http_hold_p50_ms_{name}", fast["p50"] / 1000, "ms")
    yield Figure(f"http_hold_cpu_ms_{name}", cpu_s * 1000 / fast["acked"], "ms")
    p99_ms = steady["p99"] / 1000
    yield Figure(f"http_hold_p99_ms_{name}", p99_ms, "ms", f"<= {P99_MS_MAX}")
    yield Figure(f"http_hold_baseline_per_s_{name}", baseline, "checkouts/s")
    yield Figure(f"http_hold_gain_{name}", per_s / baseline, "x")


class _Client:
    """The C client; every request has a number of its own, which is its key."""

    def __init__(self, served: ServedShow, tokens: Path) -> None:
        self._port = served.server.port
        self._tokens = tokens
        self._first = 0

    def send(self, path: str, for_ms: int, per_s: int = 0) -> dict[str, int]:
        command: list[str | Path] = [
            rig.compiled("sender"), str(self._port), path, "empty", self._tokens, str(CONNECTIONS)
        ]  # fmt: skip
        with rig.Child(command, rig.VIEWER_CORE) as sender:
            sender.answer()
            kept = self._tokens.with_name("acks")
            words = sender.ask(f"send {self._first} {for_ms} {kept} {per_s}", for_ms / 1000 + 30)
        told = dict(zip(words[::2], map(int, words[1::2]), strict=True))
        if told["refused"] or told["acked"] != told["sent"]:
            raise CannotMeasure(f"not everyone was let in: {told}")
        self._first += told["sent"]
        return told


def _per_s(told: dict[str, int]) -> float:
    return told["acked"] / told["ms"] * 1000


def _check(served: ServedShow, acked: int) -> None:
    told = json.loads(served.server.python(HELD).splitlines()[-1])
    if told["checkouts"] != acked or not told["open"] == told["held"] == told["reserved"]:
        raise CannotMeasure(f"{acked} were answered, and there are {told}")
