"""Holds as a well-known shop takes them: the stock row is locked, what is allocated and what is
reserved are summed up over all rows of the stock, then a row is inserted and the count changed.

The statements have the shape of Saleor's `allocate_stocks` and `reserve_stocks`: SELECT FOR UPDATE
in the order of keys, two sums, INSERT, UPDATE, one transaction for each buyer. No ORM, and an
idempotency row and an outbox row as we have them, so that both sides write as much.
"""

import threading
import time

import psycopg

from showfloor.kernel.ids import new_id

_TABLES = """
DROP TABLE IF EXISTS sum_stock, sum_allocation, sum_reservation, sum_key, sum_outbox;
CREATE TABLE sum_stock (id int PRIMARY KEY, quantity int NOT NULL, quantity_allocated int NOT NULL);
CREATE TABLE sum_allocation (id text PRIMARY KEY, stock_id int REFERENCES sum_stock, quantity int);
CREATE INDEX ON sum_allocation (stock_id);
CREATE TABLE sum_reservation (
    id text PRIMARY KEY, stock_id int REFERENCES sum_stock, quantity int, reserved_until timestamptz
);
CREATE INDEX ON sum_reservation (stock_id, reserved_until);
CREATE TABLE sum_key (scope text, key text, body text, PRIMARY KEY (scope, key));
CREATE TABLE sum_outbox (seq bigserial PRIMARY KEY, body text);
INSERT INTO sum_stock VALUES (1, 100000000, 0);
"""
_LOCK = "SELECT quantity FROM sum_stock WHERE id = 1 ORDER BY id FOR UPDATE"
_ALLOCATED = "SELECT COALESCE(SUM(quantity), 0) FROM sum_allocation WHERE stock_id = 1"
_RESERVED = (
    "SELECT COALESCE(SUM(quantity), 0) FROM sum_reservation"
    " WHERE stock_id = 1 AND reserved_until > now()"
)
_INSERT = "INSERT INTO sum_reservation VALUES (%s, 1, 1, now() + interval '10 minutes')"
_UPDATE = "UPDATE sum_stock SET quantity_allocated = quantity_allocated + 1 WHERE id = 1"
_KEY = "INSERT INTO sum_key VALUES ('hold', %s, %s)"
_OUTBOX = "INSERT INTO sum_outbox (body) VALUES (%s)"


def per_second(url: str, seconds: float, clients: int) -> float:
    """Return the holds a second that so many clients get, from an empty table on."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES)
    counts = [0] * clients
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        with psycopg.connect(url) as connection:
            while time.monotonic() < until:
                _hold(connection)
                counts[number] += 1

    began = time.monotonic()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


def _hold(connection: "psycopg.Connection[tuple[int]]") -> None:
    key = new_id()
    with connection.transaction():
        free = _number(connection, _LOCK)
        free -= _number(connection, _ALLOCATED) + _number(connection, _RESERVED)
        assert free >= 1, "sold out"
        connection.execute(_INSERT, (new_id(),))
        connection.execute(_UPDATE)
        connection.execute(_KEY, (key, key))
        connection.execute(_OUTBOX, (key,))


def _number(connection: "psycopg.Connection[tuple[int]]", sql: str) -> int:
    row = connection.execute(sql).fetchone()
    assert row is not None, "no stock"
    return row[0]
