"""Checkouts that have begun: what they lack, and their end when they are left or run out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.checkout import cart_rows
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import (
    OPEN_STATES,
    Checkout,
    CheckoutLine,
    CheckoutState,
)
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.rows import CheckoutRow, OpenCheckout
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.kernel.ids import is_id
from showfloor.pricing.vouchers import uses
from showfloor.stock import services as stock

EXPIRE_BATCH = 100


@verb
def abandon(buyer: Buyer, checkout_id: str) -> None:
    """Leave a checkout and give its stock back. One that is over stays as it is."""
    with stock.writing():
        checkout = lock(buyer, checkout_id)
        if checkout.state == CheckoutState.PAYING:
            raise not_open(checkout)
        if checkout.state == CheckoutState.HOLDING:
            close(checkout, CheckoutState.ABANDONED, utc_now())


def expire_due(now: datetime) -> int:
    """Close checkouts whose time is over, of all brands; how many."""
    due = Checkout.objects.all_brands().filter(state=CheckoutState.HOLDING, expires_at__lte=now)
    closed = 0
    for brand_id, pk in due.values_list("brand_id", "pk").order_by("expires_at")[:EXPIRE_BATCH]:
        closed += _expire(brand_id, pk, now)
    return closed


@verb
def close(checkout: Checkout, state: CheckoutState, now: datetime) -> None:
    """End a locked checkout that became no order."""
    checkout.state = state
    checkout.save(update_fields=["state"])
    if checkout.voucher:
        uses.give_back(checkout.brand_id, [checkout.pk])
    with stock.writing(), connection.cursor() as cursor:
        stock.release(checkout.brand_id, checkout.pk)
        reservations.after_checkouts(cursor, [checkout.pk], now)


def lock(buyer: Buyer, checkout_id: str) -> Checkout:
    """The buyer's checkout, locked for this transaction; NotFound for somebody else's."""
    rows = Checkout.objects.for_brand(buyer.brand).select_for_update(of=("self",))
    found = rows.filter(pk=checkout_id, owner=buyer.owner) if is_id(checkout_id) else rows.none()
    checkout = found.first()
    if checkout is None:
        raise NotFound(_("There is no such checkout."))
    return checkout


def lock_open(buyer: Buyer) -> Checkout | None:
    """The buyer's open checkout, locked for this transaction."""
    found = Checkout.objects.for_brand(buyer.brand).filter(owner=buyer.owner, state__in=OPEN_STATES)
    return found.select_for_update(of=("self",)).first()


def held(buyer: Buyer) -> dict[str, int]:
    """Variant id → units that the buyer's open checkout holds: free for nobody else, but for the
    buyer."""
    with connection.cursor() as cursor:
        return cart_rows.held(cursor, buyer.brand.pk, [buyer.owner]).get(buyer.owner, {})


def lines_of(checkout: Checkout) -> list[CheckoutLine]:
    return list(CheckoutLine.objects.for_brand(checkout.brand_id).filter(checkout=checkout))


def quantities(lines: Iterable[Any]) -> list[tuple[str, int]]:
    """(variant id, quantity) of lines whose variant still exists."""
    return [(line.variant_id, line.quantity) for line in lines if line.variant_id is not None]


def not_open(checkout: Checkout | CheckoutRow | OpenCheckout) -> Conflict:
    if checkout.state == CheckoutState.PAYING:
        return Conflict(_("The payment is under way."), code="payment-in-progress")
    if checkout.state == CheckoutState.COMPLETED:
        return Conflict(_("This has been ordered already."), code="already-ordered")
    return Conflict(_("The time for this checkout is over. Start again."), code="checkout-expired")


@verb
def _expire(brand_id: str, pk: str, now: datetime) -> bool:
    with stock.writing():
        rows = Checkout.objects.for_brand(brand_id).select_for_update(skip_locked=True)
        checkout = rows.filter(pk=pk, state=CheckoutState.HOLDING, expires_at__lte=now).first()
        if checkout is None:
            return False
        close(checkout, CheckoutState.EXPIRED, now)
    return True
