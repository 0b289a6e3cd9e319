"""Personal data of checkout, and its erasure.

Orders and payments are the brand's books: the law asks for them, so they stay as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from showfloor.accounts.row_deletion import delete_some
from showfloor.accounts.row_values import row_values
from showfloor.accounts.services import emails_of_member
from showfloor.accounts.transactions import verb, write
from showfloor.checkout.models import (
    OPEN_STATES,
    Cart,
    CartLine,
    Checkout,
    CheckoutState,
    Entitlement,
    Order,
    OrderLine,
    Payment,
    Reservation,
    SavedAddress,
    SavedMethod,
)
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.services import checkout as checkouts
from showfloor.checkout.services import saved_methods
from showfloor.kernel.clock import utc_now
from showfloor.kernel.retention import BATCH
from showfloor.kernel.slices import Erasure, PersonalColumns
from showfloor.outbox.personal_data import delete_answers, delete_caused_by
from showfloor.outbox.services import cause_of
from showfloor.stock import services as stock

_BLANK: Final = {
    "email": "", "name": "", "line1": "", "line2": "", "postal_code": "", "city": "", "region": "",
    "vat_id": "", "gift_note": "", "network": "",
}  # fmt: skip
_SAVED: Final = ("name", "line1", "line2", "postal_code", "city", "region", "country")
_ADDRESS: Final = ("email", *_SAVED, "vat_id", "gift_note")
_GOODS: Final = ("sku", "product_name", "options", "image")


def erase(order: Erasure) -> Mapping[str, int]:
    """Delete carts, checkouts and mails about orders of this person.

    A checkout that is being paid is left to its end: it becomes an order, or it expires and the
    next erasure takes it. A checkout with an order or an attempt to pay stays as the books' row,
    without a word that was typed into it: the order has its own copy.
    """
    _close_open(order)
    steps: Mapping[str, Callable[[Erasure], int]] = {
        "answers": _delete_answers, "reservations": _release_reservations,
        "carts": _delete_carts, "checkouts": _delete_checkouts,
        "paid_checkouts": _blank_checkouts, "addresses": _delete_addresses,
        "payment_methods": _remove_methods, "mails": _delete_mails,
    }  # fmt: skip
    found = dict.fromkeys(steps, 0)
    for name, step in steps.items():
        while count := step(order):
            found[name] += count
    return found


def _of_person[M: (Checkout, Order)](model: type[M], brand_id: str, subject: str) -> QuerySet[M]:
    """Return the rows by owner, and those of guests that carry a member's own e-mail address."""
    own, mails = Q(owner=subject), emails_of_member(brand_id, subject)
    rows = model.objects.for_brand(brand_id).alias(lower_email=Lower("email"))
    return rows.filter(own | Q(lower_email__in=mails) if mails else own)


def orders_of(brand_id: str, subject: str) -> QuerySet[Order]:
    """Return the orders of a person, for the rooms above."""
    return _of_person(Order, brand_id, subject)


def _checkouts(order: Erasure) -> QuerySet[Checkout]:
    return _of_person(Checkout, order.brand_id, order.subject)


@verb
def _close_open(order: Erasure) -> None:
    """Give back the stock that is held for a checkout which nobody will pay any more."""
    holding = _checkouts(order).filter(state=CheckoutState.HOLDING)
    for pk in list(holding.order_by("pk").values_list("pk", flat=True)):
        with stock.writing():
            row = holding.filter(pk=pk).select_for_update(of=("self",)).first()
            if row is not None:
                checkouts.close(row, CheckoutState.ABANDONED, utc_now())


@verb
def _delete_carts(order: Erasure) -> int:
    with write():
        rows = Cart.objects.for_brand(order.brand_id).filter(owner=order.subject)
        count = rows.count()
        rows.delete()
    return count


def _release_reservations(order: Erasure) -> int:
    return reservations.forget_owner(order.brand_id, order.subject, utc_now())


def _delete_checkouts(order: Erasure) -> int:
    over = _checkouts(order).filter(state__in=[CheckoutState.ABANDONED, CheckoutState.EXPIRED])
    return delete_some(over.filter(payments__isnull=True), BATCH)


@verb
def _blank_checkouts(order: Erasure) -> int:
    with write():
        over = _checkouts(order).exclude(state__in=OPEN_STATES)
        ids = list(over.exclude(**_BLANK).values_list("pk", flat=True)[:BATCH])
        Checkout.objects.for_brand(order.brand_id).filter(pk__in=ids).update(**_BLANK)
    return len(ids)


@verb
def _delete_addresses(order: Erasure) -> int:
    with write():
        rows = SavedAddress.objects.for_brand(order.brand_id).filter(owner=order.subject)
        return rows.delete()[0]


def _remove_methods(order: Erasure) -> int:
    """The row is nobody's from now on; a job lets the provider forget the rest. A payment that is
    open brings no other."""
    being_paid = _checkouts(order).filter(state__in=OPEN_STATES)
    now = utc_now()
    saved_methods.withdraw_consent(order.brand_id, being_paid, now)
    return saved_methods.remove_all(order.brand_id, order.subject, now)


def _delete_answers(order: Erasure) -> int:
    """An answer that is kept for a repeated request says what was typed into a checkout."""
    owners = set(_checkouts(order).values_list("owner", flat=True))
    return sum(delete_answers(order.brand_id, owner) for owner in sorted(owners))


def _delete_mails(order: Erasure) -> int:
    orders = _of_person(Order, order.brand_id, order.subject)
    return delete_caused_by(order.brand_id, [cause_of(row) for row in orders])


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return carts, checkouts, orders and payments of this person."""
    own_orders = _of_person(Order, brand_id, subject)
    own_checkouts = _of_person(Checkout, brand_id, subject)
    cart = CartLine.objects.for_brand(brand_id).filter(cart__owner=subject)
    lines = OrderLine.objects.for_brand(brand_id).filter(order__in=own_orders.values("pk"))
    payments = Payment.objects.for_brand(brand_id).filter(checkout__in=own_checkouts.values("pk"))
    address = {name: name for name in _ADDRESS}
    methods = SavedMethod.objects.for_brand(brand_id).filter(owner=subject)
    saved = SavedAddress.objects.for_brand(brand_id).filter(owner=subject)
    return {
        "addresses": row_values(
            saved, created_at="created_at", **{name: name for name in _SAVED}
        ),
        "payment_methods": row_values(
            methods, network="card_brand", last4="last4", exp_month="exp_month",
            exp_year="exp_year", agreed_at="agreed_at", used_at="used_at",
        ),
        "cart": row_values(
            cart, product="variant__product__name", sku="variant__sku", quantity="quantity",
            added_at="added_at",
        ),
        "reservations": row_values(
            Reservation.objects.for_brand(brand_id).filter(owner=subject),
            product="variant__product__name", sku="variant__sku", quantity="quantity",
            state="state", created_at="created_at", expires_at="expires_at",
        ),
        "checkouts": row_values(own_checkouts, state="state", created_at="created_at", **address),
        "orders": row_values(
            own_orders, number="number", state="state", placed_at="placed_at", total="total",
            currency="currency", shipping="shipping_name", **address,
        ),
        "order_lines": row_values(
            lines, order="order__number", product="product_name", sku="sku", options="options",
            quantity="quantity", price="price",
        ),
        "entitlements": row_values(
            Entitlement.objects.for_brand(brand_id).filter(
                Q(owner=subject) | Q(order_line__order__in=own_orders.values("pk"))
            ),
            right="kind", name="title", quantity="quantity", granted_at="granted_at", until="until",
        ),
        "payments": row_values(
            payments, state="state", amount="amount", currency="currency", provider="provider",
            created_at="created_at",
        ),
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "checkout.Entitlement", ("owner",),
        "what somebody may attend, watch or download", "as long as its order",
        "stays with its order: it says what was bought",
    ),
    PersonalColumns(
        "checkout.SavedAddress", (*_SAVED, "owner"),
        "to fill in the next purchase, for members who ask for it", "until the member deletes it",
        "deleted",
    ),
    PersonalColumns(
        "checkout.SavedMethod",
        ("owner", "customer", "reference", "card_brand", "last4", "exp_month", "exp_year"),
        "to pay again with two taps, for members who ask for it; no number of a card",
        "unused_payment_methods", "removed here at once, and at the provider within minutes",
    ),
    PersonalColumns(
        "checkout.Cart", ("owner",), "to keep what somebody means to buy", "carts", "deleted"
    ),
    PersonalColumns(
        "checkout.Reservation", ("owner",), "to keep scarce goods for somebody until a moment",
        "reservations", "given back and deleted",
    ),
    PersonalColumns(
        "checkout.Checkout", (*_ADDRESS, "owner", "network", "language"),
        "to sell: where the goods go, and a limit on how much stock one network holds",
        "checkouts",
        "deleted; with an order or an attempt to pay the row stays, its name, addresses and network"
        " are emptied",
    ),
    PersonalColumns(
        "checkout.CheckoutLine", _GOODS, "to sell: the goods as they were when the price was fixed",
        "checkouts", "with the checkout",
    ),
    PersonalColumns(
        "checkout.Order", (*_ADDRESS, "owner", "language"),
        "the brand's books, delivery, and returns",
        "as long as the law asks the brand to keep its books (ten years in many countries)",
        "kept by law",
    ),
    PersonalColumns(
        "checkout.OrderLine", _GOODS, "the brand's books: what was sold", "with the order",
        "kept by law",
    ),
    PersonalColumns(
        "checkout.Payment", ("reference",), "the brand's books: the payment at the provider",
        "with the order", "kept by law",
    ),
    PersonalColumns(
        "checkout.PaymentEvent", ("detail",), "the brand's books: what the provider answered",
        "with the order", "kept by law",
    ),
)  # fmt: skip
