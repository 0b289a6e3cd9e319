"""Checkout: from a cart to frozen prices and held stock, until it is paid, left or run out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.catalogue.queries import on_sale
from showfloor.checkout import provider, rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import (
    OPEN_STATES,
    Cart,
    CartLine,
    Checkout,
    CheckoutLine,
    CheckoutState,
)
from showfloor.checkout.services import checkout_limits, prefill, shipping, totals
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.kernel.ids import is_id
from showfloor.pricing import queries as pricing
from showfloor.stock import services as stock

EXPIRE_BATCH = 100


@verb
def begin(buyer: Buyer, now: datetime) -> Checkout:
    """Freeze the cart's prices and hold its stock, all or nothing; SoldOut, Invalid, Conflict.

    A buyer has one open checkout: an older one that is not being paid is left for the new one.
    """
    provider.of_brand(buyer.brand.pk)  # nobody fills in a form that leads nowhere
    ttl = timedelta(seconds=settings.SHOWFLOOR.hold_ttl_s)
    with stock.writing():
        _lock_cart(buyer)
        older = _leave_older(buyer)
        checkout_limits.check(buyer, now)
        lines = _frozen_lines(buyer)
        if not lines:
            raise Invalid(_("Your cart is empty."), code="cart-empty")
        checkout = Checkout(
            brand=buyer.brand, owner=buyer.owner, network=buyer.network,
            currency=buyer.brand.currency, created_at=now, expires_at=now + ttl,
            language=get_language() or buyer.brand.language,
        )  # fmt: skip
        prefill.fill_in(checkout, buyer, now)
        totals.reprice(checkout, lines)
        checkout.save(force_insert=True)
        for line in lines:
            line.checkout = checkout
        CheckoutLine.objects.all_brands().bulk_create(lines)
        stock.hold(
            buyer.brand.pk, checkout.pk, quantities(lines), now, ttl,
            instead_of=older.pk if older is not None else None,
        )  # fmt: skip
    return checkout


@verb
def update(
    buyer: Buyer, checkout_id: str, details: rules.Details, shipping_option: str | None
) -> Checkout:
    """Take what the buyer entered. Invalid names the field; only what is given is looked at."""
    cleaned = rules.clean_details(details)
    with stock.writing():
        checkout = lock(buyer, checkout_id)
        if checkout.state != CheckoutState.HOLDING:
            raise not_open(checkout)
        for name, value in cleaned.items():
            setattr(checkout, name, value)
        if "postal_code" in cleaned:  # one of before may wait for a new country to be chosen
            checkout.postal_code = rules.postal_code(checkout.country, checkout.postal_code)
        if shipping_option is not None:
            shipping.choose(checkout, shipping_option)
        shipping.preselect(checkout)
        lines = lines_of(checkout)
        totals.reprice(checkout, lines)
        checkout.save()
        totals.save_lines(lines)
    return checkout


@verb
def abandon(buyer: Buyer, checkout_id: str) -> None:
    """Leave a checkout and give its stock back. One that is over stays as it is."""
    with stock.writing():
        checkout = lock(buyer, checkout_id)
        if checkout.state == CheckoutState.PAYING:
            raise not_open(checkout)
        if checkout.state == CheckoutState.HOLDING:
            close(checkout, CheckoutState.ABANDONED)


def expire_due(now: datetime) -> int:
    """Close checkouts whose time is over, of all brands; how many."""
    due = Checkout.objects.all_brands().filter(state=CheckoutState.HOLDING, expires_at__lte=now)
    closed = 0
    for brand_id, pk in due.values_list("brand_id", "pk").order_by("expires_at")[:EXPIRE_BATCH]:
        closed += _expire(brand_id, pk, now)
    return closed


def close(checkout: Checkout, state: CheckoutState) -> None:
    """End a locked checkout that became no order."""
    checkout.state = state
    checkout.save(update_fields=["state"])
    stock.release(checkout.brand_id, checkout.pk)


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
    return _open(buyer).filter(owner=buyer.owner).select_for_update(of=("self",)).first()


def held(buyer: Buyer) -> dict[str, int]:
    """Variant id → units that the buyer's open checkout holds: free for nobody else, but for the
    buyer."""
    rows = CheckoutLine.objects.for_brand(buyer.brand).filter(
        checkout__owner=buyer.owner, checkout__state__in=OPEN_STATES, variant__isnull=False
    )
    return dict(rows.values_list("variant_id", "quantity"))


def lines_of(checkout: Checkout) -> list[CheckoutLine]:
    return list(CheckoutLine.objects.for_brand(checkout.brand_id).filter(checkout=checkout))


def quantities(lines: Iterable[Any]) -> list[tuple[str, int]]:
    """(variant id, quantity) of lines whose variant still exists."""
    return [(line.variant_id, line.quantity) for line in lines if line.variant_id is not None]


def ready_to_pay(checkout: Checkout) -> None:
    """Raise Invalid with the first missing field."""
    rules.check_complete(
        {name: getattr(checkout, name) for name in rules.Details.__dataclass_fields__}
    )
    shipping.check_chosen(checkout)


def not_open(checkout: Checkout) -> Conflict:
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
        close(checkout, CheckoutState.EXPIRED)
    return True


def _open(buyer: Buyer) -> QuerySet[Checkout]:
    return Checkout.objects.for_brand(buyer.brand).filter(state__in=OPEN_STATES)


def _lock_cart(buyer: Buyer) -> None:
    """One checkout of a buyer begins at a time."""
    carts = Cart.objects.for_brand(buyer.brand).select_for_update()
    carts.filter(owner=buyer.owner).first()


def _leave_older(buyer: Buyer) -> Checkout | None:
    """The buyer's open checkout, which is left; its stock is given back with the new hold."""
    older = lock_open(buyer)
    if older is None:
        return None
    if older.state == CheckoutState.PAYING:
        raise not_open(older)
    older.state = CheckoutState.ABANDONED
    older.save(update_fields=["state"])
    return older


def _frozen_lines(buyer: Buyer) -> list[CheckoutLine]:
    rows = (
        CartLine.objects.for_brand(buyer.brand)
        .filter(on_sale("variant__"), cart__owner=buyer.owner)
        .select_related("variant__product")
    )
    cart_lines = list(rows)
    with connection.cursor() as cursor:
        variant_ids = [line.variant_id for line in cart_lines]
        book = pricing.load(cursor, buyer.brand.pk, variant_ids, buyer.brand.currency)
    return [
        CheckoutLine(
            variant=line.variant, position=position, sku=line.variant.sku,
            product_name=line.variant.product.name, options=line.variant.options,
            image=(line.variant.image or line.variant.product.image).name or "",
            quantity=line.quantity, price=book.prices[line.variant_id].amount,
            tax_class=book.prices[line.variant_id].tax_class,
            show_id=line.show_id, show_time_s=line.show_time_s,
        )
        for position, line in enumerate(cart_lines)
        if line.variant_id in book.prices
    ]  # fmt: skip
