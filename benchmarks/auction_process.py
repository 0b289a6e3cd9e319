"""Bidders of one auction, in the process of an installation: `auction` runs this file there.

Asked by its arguments: for how many seconds, how many bidders, how many bids a second they send
together. Answered as one line of JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from allauth.account.models import EmailAddress

from showfloor.accounts.models import Brand, Member, User
from showfloor.accounts.tokens import Claims
from showfloor.auctions import bidding, services
from showfloor.auctions.commands import perform_bids
from showfloor.auctions.models import Auction, Bid
from showfloor.auctions.rules import AuctionDraft
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.edge.commands.queue import CommandQueue, CommandQueueLimits
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
from showfloor.stock import services as stock
from showfloor.timeline.commands import Command, Lane, Outcome

STEP: Final = 100


class BusyAuction:
    """An auction on air, and those who bid in it: each bid is above all before."""

    def __init__(self, people: int) -> None:
        self.brand, owner = Brand.objects.get(), User.objects.filter(is_staff=True)[0]
        name = new_id()
        product = Product(brand=self.brand, name="Piece", reference=name)
        product.save()
        variant = Variant(brand=self.brand, product=product, sku=name)
        variant.save()
        Price(variant=variant, currency=self.brand.currency, amount=100 * STEP).save()
        stock.set_level(self.brand.pk, variant.pk, 1)
        self.show = shows.create_show(self.brand, shows.ShowDraft(title=f"Auction {name}"))
        shows.set_rundown(self.show, [product.pk])
        shows.start(self.show, owner)
        draft = AuctionDraft("Piece", STEP, [(0, STEP)], 3600)
        made = services.create(self.show, variant.pk, draft, owner)
        self.auction = services.open_auction(self.show, made.pk, None, owner)
        self.people = [self._bidder(number) for number in range(people)]
        self.offered = STEP
        self.accepted = 0
        self.took: list[float] = []
        self.wrong: dict[str, int] = {}

    def _bidder(self, number: int) -> Claims:
        email = f"{number}-{new_id()}@bench.test".lower()
        user = User.objects.create(email=email)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        member = Member.objects.create(brand=self.brand, user=user, display_name=f"B{number}")
        return Claims(str(member.subject), self.brand.pk, f"B{number}")

    def command(self, number: int) -> Command:
        self.offered += 2 * STEP
        body = {"auction_id": self.auction.pk, "maximum": self.offered, "accepts_terms": True}
        claims = self.people[number % len(self.people)]
        return Command(new_id(), "auction.bid", body, claims, self.show.pk, "en")

    def note(self, outcome: Outcome, took_s: float) -> None:
        if outcome.problem is None:
            self.accepted += 1
            self.took.append(took_s)
        else:
            code = str(outcome.problem["code"])
            self.wrong[code] = self.wrong.get(code, 0) + 1

    def check(self) -> None:
        """Everything that was acknowledged is there, once, and the price is theirs."""
        row = Auction.objects.all_brands().get(pk=self.auction.pk)
        stored = Bid.objects.all_brands().filter(auction=row).count()
        assert (row.bids, stored) == (self.accepted, self.accepted), (row.bids, stored)
        assert not self.wrong, self.wrong


async def drive(
    busy: BusyAuction, writer: ThreadPoolExecutor, seconds: float, per_s: float
) -> float:  # fmt: skip
    """Send bids evenly, or as fast as they are answered (`per_s` 0); return the seconds taken.
    `writer`: a thread whose connection stays, as that of a server does: the first batch on a new
    one takes longer."""
    loop = asyncio.get_running_loop()

    async def perform(_name: str, place: str, commands: Sequence[Command]) -> Sequence[Outcome]:
        bidding.allowances.clear()  # a hand is slower, and there are more of them
        return await loop.run_in_executor(writer, perform_bids, place, commands)

    queue = CommandQueue({"auction.bid": Lane.PROMPT}, perform, CommandQueueLimits())
    began = time.perf_counter()

    async def one(number: int) -> None:
        sent = time.perf_counter()
        busy.note(await queue.submit(busy.command(number)), time.perf_counter() - sent)

    if per_s:
        tasks = []
        for number in range(int(seconds * per_s)):
            await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))
            tasks.append(asyncio.create_task(one(number)))
        await asyncio.gather(*tasks)
    else:

        async def again(number: int) -> None:
            while time.perf_counter() < began + seconds:
                await one(number)

        await asyncio.gather(*(again(number) for number in range(len(busy.people))))
    took = time.perf_counter() - began
    await queue.stop()
    return took


def main() -> None:
    seconds, people, per_s = float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    busy = BusyAuction(people)
    writer = ThreadPoolExecutor(1)
    # The connection is open, numbers are given out.
    asyncio.run(drive(busy, writer, 0.5, per_s or 100))
    busy.took.clear()
    before = busy.accepted
    took = asyncio.run(drive(busy, writer, seconds, per_s))
    busy.check()
    busy.took.sort()
    told: dict[str, Any] = {
        "per_s": (busy.accepted - before) / took,
        "p99_ms": busy.took[int(len(busy.took) * 0.99)] * 1000,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
