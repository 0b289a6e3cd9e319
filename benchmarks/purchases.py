"""The benchmark of orders that are paid over HTTP: their number a second, their CPU and SQL.

A real `showfloor serve` with the test provider, on SQLite (`synchronous=FULL`) and on PostgreSQL
with its defaults. Every buyer is a new
guest: cart, checkout, address, payment; the order counts when the provider's notice has said that
the money is captured. So many buy at once that batches form, as in the minute of a drop; mails
about the orders leave meanwhile, at their own pace. The client is one event loop on the same two
cores. A browser gets its card token from the provider, not from us: the tokens are made before.

Beside the orders stand two baselines of the same run, on SQLite: `order_http_cpu_ms`, the server's
CPU for five requests that come to nothing, as an order has four and a notice; and
`order_raw_sql_cpu_ms`, the statements of the counted rush, run again by one thread of plain
`sqlite3` on a copy of the database. The test provider and the mails are in the CPU of an order and
in neither of these.

SQL on the shop's database is counted twice: in a run of its own with one buyer after the other
(`order_sql`), so that no statement is shared by a batch, and in the rush (`order_sql_in_a_rush`). A
prepared statement that runs for each row, or for eight of them, counts each time.

Afterwards there must be one order for each answer. Otherwise there is no figure.
"""

import asyncio
import itertools
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks import rig
from benchmarks.append import on_all_cores, postgres
from benchmarks.counted_serve import DATABASE
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.served_show import ServedShow, served_show

BUYERS, AT_ONCE = 4_000, 192
SECONDS = 6.0
COUNTED = 20
ORDERS_MIN_PER_S, CPU_MS_MAX, SQL_MAX = 300, 6, 25

STOCK = """
from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.checkout.models import ShippingOption
from showfloor.stock import services as stock
brand = Brand.objects.get()
ShippingOption(brand=brand, name="Post", price=490, currency=brand.currency).save()
product = Product(brand=brand, name="Measured", reference="m")
product.save()
variant = Variant(brand=brand, product=product, sku="HOT")
variant.save()
Price(variant=variant, currency=brand.currency, amount=1990).save()
stock.set_level(brand.pk, variant.pk, 1_000_000)
"""
MAKE_CARDS = """
import json, sys
from django.conf import settings
from showfloor.adapters.testpay.provider import TestPay
from showfloor.roles.payments import BOOKS
provider = TestPay(settings.SHOWFLOOR.data_dir / BOOKS, settings.SECRET_KEY)
card = {"number": "4242424242424242", "exp": "12/49", "cvc": "123"}
made = [provider.create_token(card, f"network {number}") for number in range(int(sys.argv[1]))]
print(json.dumps(made))
"""
CONFIRMED = "SELECT COUNT(*) FROM checkout_order WHERE state = 'confirmed'"
CONFIRMED_WITHIN_S = 60.0
RUSH_S = 2.0  # in which statements are counted
REQUESTS = 5  # of an order: four of its buyer and a notice of the provider
NOTHING_S = 2.0
FIGURES = (
    "orders_per_s", "order_cpu_ms", "order_http_cpu_ms", "orders_per_s_pg", "order_cpu_ms_pg",
    "order_sql", "order_sql_in_a_rush", "order_raw_sql_cpu_ms",
)  # fmt: skip


def run() -> Iterator[Figure]:
    yield from _rush("")
    yield Figure("order_http_cpu_ms", _cpu_ms_of_requests(), "ms")
    with postgres() as url:
        yield from _rush("_pg", url)
    yield Figure("order_sql", _statements(), "statements", f"<= {SQL_MAX}")
    yield from _statements_in_a_rush()


def _rush(ending: str, url: str = "") -> Iterator[Figure]:
    with served_show(guests=BUYERS, environ={"DATABASE_URL": url} if url else {}) as served:
        on_all_cores(served.pid)
        buyers = _Buyers.at(served)
        before_s, began = rig.cpu_s(served.pid), time.monotonic()
        asyncio.run(buyers.buy_for(SECONDS))
        _await_confirmed(served, buyers.orders, url)
        took_s, cpu_s = time.monotonic() - began, rig.cpu_s(served.pid) - before_s
        orders = buyers.orders
    yield Figure(f"orders_per_s{ending}", orders / took_s, "orders/s", f">= {ORDERS_MIN_PER_S}")
    yield Figure(f"order_cpu_ms{ending}", cpu_s * 1000 / orders, "ms", f"<= {CPU_MS_MAX}")


def _statements() -> float:
    with served_show(guests=COUNTED + 1, counted=True) as served:
        buyers = _Buyers.at(served)
        asyncio.run(buyers.buy(1))  # what a process reads once
        before = sum(served.statements().values())
        asyncio.run(buyers.buy(COUNTED))
        _await_confirmed(served, COUNTED + 1)
        return (sum(served.statements().values()) - before) / COUNTED


def _statements_in_a_rush() -> Iterator[Figure]:
    with served_show(guests=BUYERS, counted=True) as served:
        on_all_cores(served.pid)
        buyers = _Buyers.at(served)
        asyncio.run(buyers.buy(1))
        with closing(sqlite3.connect(":memory:")) as copied:
            with closing(sqlite3.connect(served.server.data_dir / DATABASE)) as shop:
                shop.backup(copied)
            before = len(served.statement_texts())
            asyncio.run(buyers.buy_for(RUSH_S))
            _await_confirmed(served, buyers.orders)
            orders, texts = buyers.orders - 1, served.statement_texts()[before:]
            cpu_s = _cpu_s_of(copied, texts)
    sql = len(texts) / orders
    yield Figure("order_sql_in_a_rush", sql, "statements", f"<= {SQL_MAX}")
    yield Figure("order_raw_sql_cpu_ms", cpu_s * 1000 / orders, "ms")


def _cpu_s_of(database: sqlite3.Connection, texts: Sequence[str]) -> float:
    """Return the CPU of these statements, one after the other. Where a transaction begins depends
    on the thread: here it is where the first one after a COMMIT writes."""
    database.isolation_level = None
    began = time.thread_time()
    for text in texts:
        word = text.partition(" ")[0]
        if word in {"BEGIN", "ROLLBACK"} or (word == "COMMIT" and not database.in_transaction):
            continue
        if word in {"INSERT", "UPDATE", "DELETE", "WITH"} and not database.in_transaction:
            database.execute("BEGIN")
        database.execute(text).fetchall()
    return time.thread_time() - began


def _cpu_ms_of_requests() -> float:
    """Return the CPU of requests that come to nothing, as many as an order has."""
    with served_show(guests=BUYERS) as served:
        on_all_cores(served.pid)
        buyers, before_s = _Buyers(served, []), rig.cpu_s(served.pid)
        asked = asyncio.run(buyers.ask_for_nothing(NOTHING_S))
        return (rig.cpu_s(served.pid) - before_s) * 1000 * REQUESTS / asked


def _await_confirmed(served: ServedShow, answered: int, url: str = "") -> None:
    """Wait until each answered order is confirmed, and none beside them."""
    until = time.monotonic() + CONFIRMED_WITHIN_S
    file = served.server.data_dir / DATABASE
    connected: Any = psycopg.connect(url) if url else sqlite3.connect(file)
    with closing(connected) as database:
        while True:
            cursor = database.cursor()
            (confirmed,) = cursor.execute(CONFIRMED).fetchone()
            database.rollback()  # the next look sees what was written meanwhile
            if confirmed == answered:
                return
            if confirmed > answered or time.monotonic() > until:
                raise CannotMeasure(f"{answered} orders were answered, {confirmed} are confirmed")
            time.sleep(0.2)


@dataclass
class _Buyers:
    """New guests who buy one each. `cards`: a token of the provider for each of them."""

    served: ServedShow
    cards: list[str]
    orders: int = 0
    _next: int = 0

    @classmethod
    def at(cls, served: ServedShow) -> "_Buyers":
        """Put something on sale, and give each guest a card."""
        served.server.python(STOCK)
        made = served.server.python(MAKE_CARDS, str(len(served.tokens)))
        return cls(served, json.loads(made.splitlines()[-1]))

    async def buy_for(self, seconds: float) -> float:
        """Buy until the time is over; return how long it took with the last answers."""
        began = time.monotonic()
        until = began + seconds
        await asyncio.gather(*(self._buy_until(until) for _n in range(AT_ONCE)))
        return time.monotonic() - began

    async def ask_for_nothing(self, seconds: float) -> int:
        """Send commands that there are not until the time is over; return how many."""
        until, sent = time.monotonic() + seconds, itertools.count()
        path, body = f"{self.served.path}/commands", {"id": "1", "name": "none", "body": {}}

        async def ask() -> None:
            line = await _Line.open(self.served.server.port)
            while time.monotonic() < until:
                token = self.served.tokens[next(sent) % len(self.served.tokens)]
                await line.ask("POST", path, body, token, b"4")
            line.close()

        await asyncio.gather(*(ask() for _n in range(AT_ONCE)))
        return next(sent)

    async def buy(self, count: int) -> None:
        line = await _Line.open(self.served.server.port)
        for _n in range(count):
            await self._buy_one(line)
        line.close()

    async def _buy_until(self, until: float) -> None:
        line = await _Line.open(self.served.server.port)
        while time.monotonic() < until and self._next < len(self.served.tokens):
            await self._buy_one(line)
        line.close()

    async def _buy_one(self, line: "_Line") -> None:
        token, card = self.served.tokens[self._next], self.cards[self._next]
        self._next += 1
        await line.ask("POST", "/api/v1/cart/items", {"sku": "HOT"}, token)
        begun = await line.ask("POST", "/api/v1/checkouts", {}, token)
        address = {
            "line1": "Lange Straße 1", "postal_code": "10115", "city": "Berlin", "country": "DE",
        }  # fmt: skip
        entered = {"email": "a@example.test", "name": "Anna Muster", "address": address}
        path = f"/api/v1/checkouts/{begun['id']}"
        await line.ask("PATCH", path, entered, token)
        paid = await line.ask("POST", f"{path}/pay", {"payment_method": card}, token)
        if paid["order"] is None:
            raise CannotMeasure(f"a payment came to {paid}")
        self.orders += 1


_networks = itertools.count(1)


class _Line:
    """One connection that is kept alive."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._port = port
        self._asked = 0

    @classmethod
    async def open(cls, port: int) -> "_Line":
        # A network of its own: the provider makes ten card tokens a second for each.
        address = (f"127.1.{next(_networks) % 250}.2", 0)
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=address), port)

    def close(self) -> None:
        self._writer.close()

    async def ask(
        self, method: str, path: str, body: Any, token: str, status: bytes = b"2"
    ) -> dict[str, Any]:
        """Return the answer to a request; CannotMeasure unless its status begins so."""
        self._asked += 1
        content = json.dumps(body).encode()
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Bearer {token}\r\nIdempotency-Key: {id(self)}-{self._asked}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        answer: dict[str, Any] = json.loads(await self._body(head.lower()))
        if head[9:10] != status:
            raise CannotMeasure(f"{method} {path} had the answer {answer}")
        return answer

    async def _body(self, head: bytes) -> bytes:
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        if length:
            return await self._reader.readexactly(int(length))
        chunks: list[bytes] = []  # the provider's own address says no length
        while size := int(await self._reader.readline(), 16):
            chunks.append(await self._reader.readexactly(size))
            await self._reader.readline()
        await self._reader.readline()
        return b"".join(chunks)
