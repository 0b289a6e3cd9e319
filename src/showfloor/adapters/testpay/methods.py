"""Methods that the test provider keeps for buyers: a card without its number, under a customer."""

import secrets
import sqlite3
from datetime import datetime

from showfloor.adapters.testpay.cards import Behaviour
from showfloor.checkout.ports import BadPaymentMethod, StoredMethod

BRAND = "visa"  # every test card is one


def keep(connection: sqlite3.Connection, token: sqlite3.Row, customer: str) -> str:
    """Keep the card of a token for a customer, a new one for an empty name; return the method."""
    method = f"card_{secrets.token_hex(12)}"
    connection.execute(
        "INSERT INTO method (id, customer, behaviour, last4, exp_month, exp_year)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            method, customer or f"cus_{secrets.token_hex(12)}", token["behaviour"], token["last4"],
            token["exp_month"], token["exp_year"],
        ),
    )  # fmt: skip
    return method


def find(connection: sqlite3.Connection, method: str) -> StoredMethod | None:
    """Return a method that is still kept."""
    row = connection.execute("SELECT * FROM method WHERE id = ?", (method,)).fetchone()
    if row is None:
        return None
    return StoredMethod(
        row["customer"], row["id"], BRAND, row["last4"], row["exp_month"], row["exp_year"]
    )


def behaviour_of(connection: sqlite3.Connection, method: StoredMethod, now: datetime) -> Behaviour:
    """Return what a payment with a kept card does; BadPaymentMethod for one that is not kept."""
    row = connection.execute(
        "SELECT * FROM method WHERE id = ? AND customer = ?", (method.reference, method.customer)
    ).fetchone()
    if row is None:
        raise BadPaymentMethod(method.reference[:8])
    if (row["exp_year"], row["exp_month"]) < (now.year, now.month):
        return Behaviour.DECLINED
    return Behaviour(row["behaviour"])


def forget(connection: sqlite3.Connection, method: StoredMethod, *, with_customer: bool) -> None:
    """Delete a method, or all of its customer."""
    if with_customer:
        connection.execute("DELETE FROM method WHERE customer = ?", (method.customer,))
    else:
        connection.execute("DELETE FROM method WHERE id = ?", (method.reference,))
