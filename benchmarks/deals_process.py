"""People who tap on a scarce deal, in the process of an installation: `deals` runs this file there.

Asked by its arguments: how many people, how many units, within how many seconds. Answered as one
line of JSON.
"""

import asyncio
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.deals import deciding, services
from showfloor.deals.commands import perform
from showfloor.deals.models import DealRequest
from showfloor.deals.rules import DealDraft
from showfloor.edge.commands.queue import CommandQueue
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.shows import services as shows
from showfloor.stock import services as stock
from showfloor.timeline.commands import Command, Lane, Outcome


def main(buyers: int, units: int, within_s: float) -> dict[str, Any]:
    brand, staff = Brand.objects.get(), User.objects.get()
    product = Product(brand=brand, name="Scarce", reference="scarce")
    product.save()
    variant = Variant(brand=brand, product=product, sku="SCARCE")
    variant.save()
    Price(variant=variant, currency=brand.currency, amount=1990).save()
    stock.set_level(brand.pk, variant.pk, units)
    show = shows.create_show(brand, shows.ShowDraft(title="Scarce"))
    shows.set_rundown(show, [product.pk])
    shows.start(show, staff)
    draft = DealDraft("Now", [variant.pk], amount=1490, units_max=units, per_person=1)
    deal = services.create(show, draft)
    services.open_deal(show, deal.pk, None, 0, staff)

    def command(number: int) -> Command:
        now_ms = to_epoch_ms(utc_now())
        body = {"deal_id": deal.pk, "variant_id": variant.pk, "picture_ms": now_ms}
        claims = Claims(f"g:{number:026}", brand.pk)
        return Command(f"k{number}", "deal.take", body, claims, show.pk, arrived_ms=now_ms)

    taken = asyncio.run(burst(command, buyers, within_s))
    began = time.monotonic()
    deciding.run(utc_now() + timedelta(seconds=60))
    decide_ms = (time.monotonic() - began) * 1000
    won = DealRequest.objects.for_brand(brand.pk).filter(state="won").count()
    taken.sort()
    return {"p99_ms": taken[int(len(taken) * 0.99)] * 1000, "won": won, "decide_ms": decide_ms}


async def burst(command: Any, buyers: int, within_s: float) -> list[float]:
    """Let all of them tap at even distances; return how long each waited for the answer."""
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(1)  # as the command writer of a process on SQLite

    async def in_thread(name: str, place: str, commands: Any) -> Any:
        return await loop.run_in_executor(pool, perform, place, commands)

    queue = CommandQueue({"deal.take": Lane.PROMPT}, in_thread)
    taken: list[float] = []
    everybody, began = loop.create_future(), loop.time()

    def tap(number: int) -> None:
        at = loop.time()

        def told(outcome: Outcome) -> None:
            assert outcome.problem is None, outcome.problem
            taken.append(loop.time() - at)
            if len(taken) == buyers:
                everybody.set_result(None)

        queue.enter(command(number), told)

    for number in range(buyers):
        loop.call_at(began + within_s * number / buyers, tap, number)
    await everybody
    pool.shutdown()  # the installation's script ends with its threads
    return taken


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
