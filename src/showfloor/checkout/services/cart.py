"""Filling a cart. It holds no stock and knows no prices: both are looked up when needed."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.catalogue.models import Price, Variant
from showfloor.checkout import rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Cart, CartLine
from showfloor.kernel.errors import Conflict, Invalid, NotFound, SoldOut
from showfloor.shows.models import Show
from showfloor.stock import queries as stock
from showfloor.timeline.services import write


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the buyer saw it: a show's address, and the show time in seconds."""

    show: str | None = None
    show_time_s: float | None = None


@verb
def add(buyer: Buyer, sku: str, quantity: int, seen: Seen) -> None:
    """Put more of a variant into the cart; NotFound, Invalid, SoldOut."""
    rules.check_quantity(quantity)
    variant = _on_sale(buyer, sku)
    show_id, show_time_s = _attribution(buyer, seen)
    with write():
        cart = _cart(buyer)
        line = _lines(cart).filter(variant=variant).first()
        wanted = quantity + (line.quantity if line is not None else 0)
        _check_wanted(buyer, variant, wanted)
        if line is None:
            if _lines(cart).count() >= rules.CART_LINES_MAX:
                raise Conflict(_("The cart is full."), code="cart-full")
            line = CartLine(cart=cart, variant=variant)
        line.quantity = wanted
        if show_id is not None:
            line.show_id, line.show_time_s = show_id, show_time_s
        line.save()
        cart.save(update_fields=["updated_at"])


@verb
def set_quantity(buyer: Buyer, sku: str, quantity: int) -> None:
    """Have exactly so many in the cart, 0 for none; NotFound, Invalid, SoldOut."""
    rules.check_quantity(quantity, lowest=0)
    _check_text(sku)
    with write():
        cart = _cart(buyer)
        line = _lines(cart).select_related("variant").filter(variant__sku=sku).first()
        if line is None:
            if quantity == 0:
                return
            raise NotFound(_("This is not in the cart."))
        if quantity == 0:
            line.delete()
        else:
            if quantity > line.quantity:  # fewer is always possible, also of what is sold out
                _check_wanted(buyer, line.variant, quantity)
            line.quantity = quantity
            line.save(update_fields=["quantity"])
        cart.save(update_fields=["updated_at"])


def _cart(buyer: Buyer) -> Cart:
    """The buyer's one cart, locked. A brand that changed its currency empties no cart: prices are
    looked up in the currency of now."""
    carts = Cart.objects.for_brand(buyer.brand).select_for_update()
    cart = carts.filter(owner=buyer.owner).first()
    if cart is None:
        cart = Cart(brand=buyer.brand, owner=buyer.owner, currency=buyer.brand.currency)
        try:
            with transaction.atomic():
                cart.save(force_insert=True)
        except IntegrityError:  # two first requests at once
            return carts.get(owner=buyer.owner)
    elif cart.currency != buyer.brand.currency:
        cart.currency = buyer.brand.currency
        cart.save(update_fields=["currency"])
    return cart


def _lines(cart: Cart) -> QuerySet[CartLine]:
    return CartLine.objects.for_brand(cart.brand_id).filter(cart=cart)


def _on_sale(buyer: Buyer, sku: str) -> Variant:
    _check_text(sku)
    found = Variant.objects.for_brand(buyer.brand).filter(sku=sku, product__published=True).first()
    if found is None:
        raise NotFound(_("There is no such product here."))
    prices = Price.objects.for_brand(buyer.brand)
    if not prices.filter(variant=found, currency=buyer.brand.currency).exists():
        raise Invalid(_("This is not on sale here."), code="not-on-sale", field="sku")
    return found


def _check_text(sku: str) -> None:
    """No SKU contains what PostgreSQL cannot even be asked for (a zero byte)."""
    if not sku.isprintable():
        raise NotFound(_("There is no such product here."))


def _check_wanted(buyer: Buyer, variant: Variant, wanted: int) -> None:
    rules.check_quantity(wanted)
    available = stock.available(buyer.brand.pk, [variant.pk])[variant.pk]
    if wanted > available:
        raise SoldOut(variant.sku, available)


def _attribution(buyer: Buyer, seen: Seen) -> tuple[str | None, float | None]:
    """The show's id and time, where they are plausible: a wrong hint costs nobody a sale."""
    if seen.show is None or not seen.show.isprintable():
        return None, None
    show = Show.objects.for_brand(buyer.brand).filter(slug=seen.show).first()
    if show is None:
        return None, None
    at = seen.show_time_s
    if at is None or not 0 <= at <= rules.SHOW_TIME_MAX_S:
        return show.pk, None
    return show.pk, round(at, 3)
