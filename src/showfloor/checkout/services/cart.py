"""Filling a cart. It holds no stock and knows no prices: both are looked up when needed."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.catalogue.models import Price, Variant
from showfloor.catalogue.queries import on_sale
from showfloor.checkout import rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Cart, CartLine
from showfloor.checkout.services import checkout as checkouts
from showfloor.kernel.errors import Conflict, Invalid, NotFound, SoldOut
from showfloor.shows.models import Show
from showfloor.stock import queries as stock
from showfloor.stock.rules import QUANTITY_MAX
from showfloor.timeline.services import write


@dataclass(frozen=True, slots=True)
class Attribution:
    """The place at which the buyer saw it: a show's address, and the show time in seconds."""

    show: str | None = None
    show_time_s: float | None = None


@verb
def add(buyer: Buyer, sku: str, quantity: int, attribution: Attribution) -> None:
    """Put more of a variant into the cart; NotFound, Invalid, SoldOut."""
    rules.check_quantity(quantity)
    variant = _on_sale(buyer, sku)
    show_id, show_time_s = _resolve(buyer, attribution)
    with write():
        cart = lock(buyer)
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
        cart = lock(buyer)
        line = _lines(cart).select_related("variant").filter(variant__sku=sku).first()
        if line is None:
            if quantity == 0:
                return
            raise NotFound(_("This is not in the cart."))
        if quantity == 0:
            line.delete()
        else:
            if quantity > line.quantity:  # fewer is always possible, also when it is sold out
                _check_wanted(buyer, line.variant, quantity)
            line.quantity = quantity
            line.save(update_fields=["quantity"])
        cart.save(update_fields=["updated_at"])


def merge(theirs: Cart, mine: Cart, held: Mapping[str, int]) -> None:
    """Add the lines of one locked cart to those of another, in the open transaction. `held`: the
    units that the other's owner has put by already, by variant.

    The quantities of a variant in both are added, up to the units that one can buy, but never below
    either of them. Lines beyond a full cart wait in the first until there is room.
    """
    lines = {line.variant_id: line for line in _lines(mine)}
    added = list(_lines(theirs))
    available = stock.available(mine.brand_id, [line.variant_id for line in added])
    for line in added:
        same = lines.get(line.variant_id)
        if same is not None:
            most = available[line.variant_id] + held.get(line.variant_id, 0)
            together = min(same.quantity + line.quantity, most, QUANTITY_MAX)
            same.quantity = max(same.quantity, line.quantity, together)
            if line.show_id is not None:
                same.show_id, same.show_time_s = line.show_id, line.show_time_s
            same.save(update_fields=["quantity", "show_id", "show_time_s"])
            line.delete()
        elif len(lines) < rules.CART_LINES_MAX:
            line.cart = mine
            line.save(update_fields=["cart"])
            lines[line.variant_id] = line


def lock(buyer: Buyer) -> Cart:
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


def drop_unsold(buyer: Buyer) -> None:
    """Take out lines that are no longer sold, and say so: Conflict, once. The next attempt goes on
    with the rest; nobody pays for less than they thought without a word."""
    names = _take_out_unsold(buyer)
    if names:
        raise Conflict(
            _("%(names)s: no longer sold here, and taken out of your cart.")
            % {"names": ", ".join(names)},
            code="no-longer-sold",
        )


@verb
def _take_out_unsold(buyer: Buyer) -> list[str]:
    lines = CartLine.objects.for_brand(buyer.brand).filter(cart__owner=buyer.owner)
    priced = Price.objects.for_brand(buyer.brand).filter(currency=buyer.brand.currency)
    sold = lines.filter(on_sale("variant__"), variant__in=priced.values("variant"))
    unsold = lines.exclude(pk__in=sold.values("pk")).select_related("variant__product")
    names = [line.variant.product.name for line in unsold]
    if names:
        with write():
            lines.filter(pk__in=[line.pk for line in unsold]).delete()
    return names


def _lines(cart: Cart) -> QuerySet[CartLine]:
    return CartLine.objects.for_brand(cart.brand_id).filter(cart=cart)


def _on_sale(buyer: Buyer, sku: str) -> Variant:
    _check_text(sku)
    found = Variant.objects.for_brand(buyer.brand).filter(on_sale(), sku=sku).first()
    if found is None:
        raise NotFound(_("There is no such product here."))
    prices = Price.objects.for_brand(buyer.brand)
    if not prices.filter(variant=found, currency=buyer.brand.currency).exists():
        raise Invalid(_("This is not on sale here."), code="not-on-sale", field="sku")
    return found


def _check_text(sku: str) -> None:
    """Refuse a text that PostgreSQL cannot even be asked for (a zero byte): it is no SKU."""
    if not sku.isprintable():
        raise NotFound(_("There is no such product here."))


def _check_wanted(buyer: Buyer, variant: Variant, wanted: int) -> None:
    rules.check_quantity(wanted)
    if variant.archived:
        raise NotFound(_("There is no such product here."))
    free = stock.available(buyer.brand.pk, [variant.pk])[variant.pk]
    available = free + checkouts.held(buyer).get(variant.pk, 0)
    if wanted > available:
        raise SoldOut(variant.sku, available)


def _resolve(buyer: Buyer, attribution: Attribution) -> tuple[str | None, float | None]:
    """Return the show's id and time, where they are plausible: a wrong hint costs nobody a sale."""
    if attribution.show is None or not attribution.show.isprintable():
        return None, None
    show = Show.objects.for_brand(buyer.brand).filter(slug=attribution.show).first()
    if show is None:
        return None, None
    at = attribution.show_time_s
    if at is None or not 0 <= at <= rules.SHOW_TIME_MAX_S:
        return show.pk, None
    return show.pk, round(at, 3)
