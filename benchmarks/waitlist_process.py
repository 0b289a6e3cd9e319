"""One queue of a waitlist beside a running server: `waitlist` runs this file in a process of the
installation, with the length of the queue. It prints as JSON how long (s) the next people waited
for units that others let lapse, as somebody sees it who looks every hundredth of a second: so the
commit of the offer is in it."""

import json
import sys
import time
from datetime import datetime, timedelta

from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
from showfloor.waitlists.models import Wait

UNITS, EVERY, UNTIL_FIRST = 100, timedelta(seconds=0.067), timedelta(seconds=6)
LOOK_EVERY_S, AT_MOST_S = 0.01, 60.0


def kept_by_others(brand: Brand, name: str) -> tuple[Variant, list[datetime]]:
    """Return a variant whose units are all kept for people, and when their times end."""
    product = Product(brand=brand, name=name, reference=name)
    product.save()
    variant = Variant(brand=brand, product=product, sku=name)
    variant.save()
    Price(variant=variant, currency=brand.currency, amount=1990).save()
    stock.set_level(brand.pk, variant.pk, UNITS)
    now = utc_now()
    ends = [now + UNTIL_FIRST + number * EVERY for number in range(UNITS)]
    wanted = [
        ReserveRequest(f"g:{name}-{number}", variant.pk, 1, f"bench:{name}{number}", end)
        for number, end in enumerate(ends)
    ]
    with stock.writing(), connection.cursor() as cursor:
        reservations.reserve_many(cursor, brand.pk, wanted, now)
    return variant, ends


def queue_up(brand: Brand, variant: Variant, people: int) -> None:
    now = utc_now()
    Wait.objects.all_brands().bulk_create(
        [
            Wait(
                brand=brand, owner=f"g:{number}", variant=variant, language="en",
                joined_at=now + timedelta(microseconds=number),
            )
            for number in range(people)
        ],
        batch_size=1000,
    )  # fmt: skip


def seen_offers(variant: Variant) -> list[datetime]:
    """Return for each of the units when its offer was seen."""
    offered = Wait.objects.all_brands().filter(variant=variant, state="offered")
    seen: list[datetime] = []
    stop = time.monotonic() + AT_MOST_S
    while len(seen) < UNITS and time.monotonic() < stop:
        seen += [utc_now()] * (offered.count() - len(seen))
        time.sleep(LOOK_EVERY_S)
    return seen


def main(people: int) -> None:
    brand = Brand.objects.get()
    variant, ends = kept_by_others(brand, f"QUEUE-{people}")
    queue_up(brand, variant, people)
    is_early = utc_now() < ends[0]
    seen = seen_offers(variant)
    waited = [(at - end).total_seconds() for end, at in zip(ends, seen, strict=False)]
    offered = Wait.objects.all_brands().filter(variant=variant, state="offered")
    first_come = set(offered.values_list("owner", flat=True)) == {f"g:{n}" for n in range(UNITS)}
    print(json.dumps({
        "waited_s": waited,
        "is_right": is_early and len(seen) == UNITS and first_come and min(waited) >= 0,
    }))  # fmt: skip


main(int(sys.argv[1]))
