"""From a producer's *Open now* to the deal's card at 1,000 viewers, beyond the picture's own delay.

The clock starts when the request is sent, and stops when a viewer has the entry: a card with its
price is drawn from it at its picture, so that a viewer who is behind has it in hand before. Five
deals, one after the other, 1,000 viewers each; `deal_card_entry_p95_ms` is the same without the
request and its transaction's start, from the entry's own `at`.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import rig
from benchmarks.figures import CannotMeasure, Figure, percentile
from tests.support.shop import LiveShop, live_shop

VIEWERS, DEALS = 1_000, 5
ARRIVES_WITHIN_S = 15.0
FIGURES = ("deal_open_to_card_ms", "deal_card_entry_p95_ms")
GOODS = """
from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.stock import services as stock
brand = Brand.objects.get()
product = Product.objects.create(brand=brand, name="Scarce", reference="scarce")
variant = Variant.objects.create(brand=brand, product=product, sku="SCARCE")
Price.objects.create(variant=variant, currency=brand.currency, amount=1990)
stock.set_level(brand.pk, variant.pk, 100)
print(variant.pk)
"""


def run() -> Iterator[Figure]:
    rig.enough_files()
    with (
        tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder,
        live_shop(Path(folder), entries=1, SHOWFLOOR_GUESTS_PER_NETWORK="0") as shop,
        rig.Viewers(shop.server.port, f"/timeline/{shop.slug}", hello=True) as viewers,
    ):
        variant = shop.server.python(GOODS).splitlines()[-1]
        draft = {"variant_ids": [variant], "amount": 990, "units_max": 5, "per_person": 1}
        deals = [
            shop.api("POST", "deals", {"title": f"Deal {number}", **draft}).json()["deal_id"]
            for number in range(DEALS)
        ]
        viewers.ask(f"after {shop.server.get_json(f'/timeline/{shop.slug}')['seq']}")
        viewers.connect(VIEWERS, 60)
        viewers.ping()
        viewers.record()
        sent_ms = [_open(shop, viewers, deal_id) for deal_id in deals]
        opened = _entries(shop)
        arrived = _arrived_ms(viewers, [seq for seq, _at in opened])
    taken = [at - sent for sent, some in zip(sent_ms, arrived, strict=True) for at in some]
    entry = [at - of for (_seq, of), some in zip(opened, arrived, strict=True) for at in some]
    yield Figure("deal_open_to_card_ms", percentile(taken, 0.95), "ms", "<= 150")
    yield Figure("deal_card_entry_p95_ms", percentile(entry, 0.95), "ms")


def _open(shop: LiveShop, viewers: rig.Viewers, deal_id: str) -> float:
    """Open a deal and wait until everybody has it; return when the request was sent, Unix ms."""
    sent_ms = time.time() * 1000
    shop.api("POST", f"deals/{deal_id}/open")
    last, _at = _entries(shop)[-1]
    missing = viewers.behind(last, ARRIVES_WITHIN_S)
    if missing:
        raise CannotMeasure(f"{missing} viewers lack entry {last}: {viewers.report()}")
    return sent_ms


def _entries(shop: LiveShop) -> list[tuple[int, int]]:
    """Return seq and `at` (Unix ms) of each opening, from the log itself."""
    database = shop.server.data_dir / "showfloor.sqlite3"
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(
            "SELECT seq, at FROM timeline_entry WHERE kind = 'deal.opened' ORDER BY seq"
        ).fetchall()
    finally:
        connection.close()


def _arrived_ms(viewers: rig.Viewers, seqs: list[int]) -> list[list[float]]:
    """Return for each entry the moments at which viewers had it, Unix ms."""
    wall_ms = time.time() * 1000 - time.monotonic_ns() / 1e6
    found: dict[int, list[float]] = {seq: [] for seq in seqs}
    for arrival in viewers.arrivals():
        for seq in seqs:
            if arrival.first <= seq <= arrival.last:
                found[seq].append(arrival.at / 1e6 + wall_ms)
    for seq, moments in found.items():
        if len(moments) != VIEWERS:
            raise CannotMeasure(f"entry {seq} reached {len(moments)} of {VIEWERS}")
    return list(found.values())
