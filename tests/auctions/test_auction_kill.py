"""`kill -9` of a real server while many people bid. Every acknowledged bid is there, once, under
the number that its bidder was told; the price is what the bids come to; an auction whose time was
over while the server was away closes, and one person is offered the piece."""

import http.client
import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from showfloor.auctions import rules
from tests.support import law_script
from tests.support.database import database
from tests.support.live import LiveServer
from tests.support.waiting import wait_until

BIDDERS = 12
STEP = 100

MAKE = (
    law_script.WAIVE
    + """
import json, sys
from allauth.account.models import EmailAddress
from showfloor.accounts.models import Brand, Member, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.auctions import services
from showfloor.auctions.rules import AuctionDraft
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.stock import services as stock
brand, owner = Brand.objects.get(), User.objects.get()
product = Product.objects.create(brand=brand, name="Vase", reference="vase")
variant = Variant.objects.create(brand=brand, product=product, sku="VASE")
Price.objects.create(variant=variant, currency=brand.currency, amount=9900)
stock.set_level(brand.pk, variant.pk, 1)
show = shows.create_show(brand, shows.ShowDraft(title="Killed while they bid"))
shows.start(show, owner)
draft = AuctionDraft("Vase", 100, [(0, 100)], 3600)
auction = services.create(show, variant.pk, draft, owner)
services.open_auction(show, auction.pk, None, owner)
def token(n):
    user = User.objects.create(email=f"b{n}@example.test")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    member = Member.objects.create(brand=brand, user=user, display_name=f"B{n}")
    claims = Claims(str(member.subject), brand.pk, f"B{n}")
    return token_signer().issue(claims, utc_now())
print(json.dumps([show.slug, auction.pk, [token(n) for n in range(int(sys.argv[1]))]]))
"""
)
LET_IT_BE_OVER = """
from datetime import timedelta
from showfloor.auctions.models import Auction
from showfloor.kernel.clock import utc_now
Auction.objects.all_brands().update(ends_at=utc_now() - timedelta(seconds=13))
"""
READ = """
import json
from showfloor.auctions.models import Auction, Bid, Offer
from showfloor.stock.models import Stock
row = Auction.objects.all_brands().get()
bids = Bid.objects.all_brands().order_by("seq", "place")
print(json.dumps({
    "auction": [row.state, row.result, row.leader, row.price, row.bids],
    "bids": list(bids.values_list("command_id", "seq", "bidder__number", "maximum")),
    "offers": list(Offer.objects.all_brands().values_list("bidder__number", "amount", "state")),
    "reserved": list(Stock.objects.all_brands().values_list("on_hand", "reserved")),
}))
"""


@dataclass
class Room:
    """People who bid as fast as they are answered. `acked`: the number that each bid's sender was
    told; `open`: bids that were sent and not answered."""

    server: LiveServer
    slug: str
    auction_id: str
    tokens: list[str]
    acked: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    strange: list[Any] = field(default_factory=list)
    sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def bid_until_killed(self, answers: int) -> None:
        """Kill the server after so many more answers."""
        wanted = len(self.acked) + answers
        threads = [threading.Thread(target=self._bid, args=(n,)) for n in range(BIDDERS)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: len(self.acked) >= wanted, 40, "so many answers")
        finally:
            self.server.kill()
            for thread in threads:
                thread.join(20)
        assert self.strange == []

    def send_again(self) -> None:
        """Send everything that was not answered, and some of what was: nothing counts twice."""
        connection = self._connect()
        for bid_id in random.sample(sorted(self.acked), min(10, len(self.acked))):
            assert self._post(connection, bid_id) == self.acked[bid_id]
        for bid_id in sorted(self.open):
            self._post(connection, bid_id)  # taken before the crash, or too low by now
        self.open.clear()
        connection.close()

    def _bid(self, number: int) -> None:
        connection = self._connect()
        try:
            while True:
                with self._lock:
                    self.sent += 1
                    bid_id = f"{number}-{self.sent}"
                    self.open.add(bid_id)
                self._post(connection, bid_id)
                self.open.discard(bid_id)
        except (OSError, http.client.HTTPException):
            pass  # killed
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.strange.append(error)
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)

    def _post(self, connection: http.client.HTTPConnection, bid_id: str) -> int | None:
        number, turn = map(int, bid_id.split("-"))
        maximum = 2 * STEP * turn
        bid = {"auction_id": self.auction_id, "maximum": maximum, "accepts_terms": True}
        body = {"id": bid_id, "name": "auction.bid", "body": bid}
        headers = {
            "Authorization": f"Bearer {self.tokens[number]}", "Content-Type": "application/json",
        }  # fmt: skip
        path = f"/timeline/{self.slug}/commands"
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200:
            assert told["code"] in {"bid-too-low", "rate-limited"}, told
            return None
        seq: int = told["seq"]
        assert self.acked.setdefault(bid_id, seq) == seq
        return seq


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveServer]:
    with database(request.param) as environ:
        live = LiveServer(tmp_path / "data", environ)
        live.data_dir.mkdir()
        live.migrate()
        live.set_up("M", "owner@example.test", "enough-123")
        yield live
        live.kill()


@pytest.mark.parametrize(
    ("server", "kills"),
    [
        ("sqlite", 1),
        pytest.param("sqlite", 200, marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
        pytest.param("postgres", 200, marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
    indirect=["server"],
)
def test_killed_server_loses_no_bid_and_closes_the_auction(
    server: LiveServer, kills: int
) -> None:  # fmt: skip
    slug, auction_id, tokens = json.loads(server.python(MAKE, str(BIDDERS)).splitlines()[-1])
    room = Room(server, slug, auction_id, tokens)
    for kill in range(kills):
        server.start()
        if kill:
            room.send_again()
        room.bid_until_killed(random.randint(5, 40))
    server.python(LET_IT_BE_OVER)
    server.start()
    address = f"{server.url}/api/v1/shows/{slug}"
    wait_until(lambda: httpx.get(address).json()["auctions"][0]["state"] == "closed", 20)
    wait_until(lambda: json.loads(server.python(READ).splitlines()[-1])["offers"], 20)
    found = json.loads(server.python(READ).splitlines()[-1])
    stored = {one[0]: one[1] for one in found["bids"]}
    assert len(stored) == len(found["bids"])
    assert room.acked.items() <= stored.items()
    standing = rules.standing_of((number, maximum) for _id, _seq, number, maximum in found["bids"])
    price = rules.price_of(rules.Terms(STEP, [(0, STEP)]), standing)
    assert found["auction"] == ["closed", "sold", standing.leader, price, len(stored)]
    assert found["offers"] == [[standing.leader, price, "open"]]
    assert found["reserved"] == [[1, 1]]
