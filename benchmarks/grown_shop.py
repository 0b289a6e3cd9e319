"""The orders of years, for an installation's empty database: a module of the measured process."""

import random
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Product, Variant
from showfloor.checkout.models import Checkout, Order, OrderLine, Payment
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.outbox.models import OutgoingMessage

FIRST_ORDERS, PRODUCTS = 2_000, 500
_FIRST = ("Anna", "Bettina", "Cem", "Dorothee", "Emil", "Fatma", "Gustav", "Hülya", "Ines", "Jonas")
_LAST = ("Bauer", "Çelik", "Demir", "Eichhorn", "Fuchs", "Grünwald", "Hoffmann", "Iversen", "Jäger")
_GOODS = ("Linen shirt", "Wool scarf", "Oak table", "Brass lamp", "Silk blouse", "Stone mug")
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# A copy of the first orders changes these columns; `{n}` is its number in four digits.
_NEW_ID = "substr({column}, 1, 22) || '{n}'"
_COPIED: dict[type[Any], dict[str, str]] = {
    Checkout: {"id": _NEW_ID, "email": "'{n}' || {column}"},
    Order: {
        "id": _NEW_ID, "checkout_id": _NEW_ID, "number": "substr({column}, 1, 6) || '{n}'",
        "email": "'{n}' || {column}", "placed_at": "{earlier}",
    },
    OrderLine: {"id": _NEW_ID, "order_id": _NEW_ID},
    Payment: {
        "id": _NEW_ID, "checkout_id": _NEW_ID, "attempt_key": _NEW_ID, "created_at": "{earlier}",
        "reference": "{column} || '-{n}'",
    },
    OutgoingMessage: {
        "id": _NEW_ID, "cause": _NEW_ID, "recipient": "'{n}' || {column}",
        "created_at": "{earlier}",
    },
}  # fmt: skip


def grow(count: int) -> Order:
    """Make so many orders, each with a checkout, a payment, a mail and one or two lines; nine in
    ten belong to the first brand. Return one of these."""
    first = Brand.objects.get()
    second = Brand.objects.create(name="Second", slug="second")
    with transaction.atomic():
        shown = _first_orders(first, second)
        with connection.cursor() as cursor:
            for copy in range(1, count // FIRST_ORDERS):
                for model, changes in _COPIED.items():
                    cursor.execute(_copy_sql(model, changes, copy))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return shown


def _copy_sql(model: type[Any], changes: dict[str, str], copy: int) -> str:
    columns = [field.column for field in model._meta.concrete_fields]
    table, number = model._meta.db_table, f"{copy:04d}"
    values = []
    for column in columns:
        earlier = (
            f"{column} - interval '{20 * copy} days'" if connection.vendor == "postgresql"
            else f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{20 * copy} days')"
        )  # fmt: skip
        change = changes.get(column, "{column}")
        values.append(change.format(column=column, n=number, earlier=earlier))
    old = "cause" if model is OutgoingMessage else "id"  # the first ones end with no copy's number
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM {table} WHERE {old} LIKE '%zzzz'"
    )


def _first_orders(first: Brand, second: Brand) -> Order:
    chance = random.Random(9)
    products = Product.objects.all_brands().bulk_create(
        Product(brand=first, name=f"{_GOODS[n % len(_GOODS)]} {n}", reference=f"p{n}")
        for n in range(PRODUCTS)
    )
    variants = Variant.objects.all_brands().bulk_create(
        Variant(brand=first, product=one, sku=f"SKU-{n:05d}") for n, one in enumerate(products)
    )
    made: dict[type[Any], list[Any]] = {model: [] for model in _COPIED}
    for n in range(FIRST_ORDERS):
        brand = second if n % 10 == 9 else first
        at = utc_now() - timedelta(minutes=14 * n)
        _order(made, n, brand, at, chance.sample(variants, 1 + n % 2), chance)
    for model, rows in made.items():
        model.objects.all_brands().bulk_create(rows)
    order: Order = made[Order][0]
    return order


def _order(
    made: dict[type[Any], list[Any]], n: int, brand: Brand, at: datetime, variants: list[Variant],
    chance: random.Random,
) -> None:  # fmt: skip
    name = f"{_FIRST[n % 10]} {chance.choice(_LAST)}"
    number = "".join(chance.choices(_LETTERS, k=8))
    common = {
        "brand": brand, "owner": f"g:{n}", "name": name, "line1": "Hauptstraße 1",
        "email": f"{name.lower().replace(' ', '.')}{n}@example.test", "postal_code": "10115",
        "city": "Berlin", "country": "DE", "currency": "EUR", "subtotal": 1990, "shipping": 490,
        "tax_included": 396, "total": 2480,
    }  # fmt: skip
    checkout = Checkout(id=_id(), state="completed", created_at=at, expires_at=at, **common)
    order = Order(
        id=_id(), checkout=checkout, number=number, placed_at=at, confirmed_at=at,
        state="confirmed", payment_state="captured", **common,
    )  # fmt: skip
    made[Checkout].append(checkout)
    made[Order].append(order)
    made[OrderLine] += [
        OrderLine(
            id=_id(), order=order, variant=one, position=position, sku=one.sku, quantity=1,
            product_name=one.product.name, price=1990,
        )
        for position, one in enumerate(variants)
    ]  # fmt: skip
    made[Payment].append(Payment(
        id=_id(), brand=brand, checkout=checkout, provider="test", account="t", attempt_key=_id(),
        request_key="k", reference=f"pay-{n}", amount=2480, currency="EUR", state="captured",
        captured=2480, created_at=at,
    ))  # fmt: skip
    made[OutgoingMessage].append(OutgoingMessage(
        id=_id(), brand=brand, kind="order.confirmed", cause=_id(), recipient=order.email,
        subject=f"Your order {number}", text="Thank you. " * 40, message_id=f"<{n}@x>",
        state="sent", due_at=at, created_at=at, sent_at=at,
    ))  # fmt: skip


def _id() -> str:
    return new_id()[:22] + "zzzz"
