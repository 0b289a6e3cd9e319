"""Carts, checkouts and orders as the API answers them, and what a show has sold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand, User
from showfloor.catalogue import queries as catalogue
from showfloor.catalogue.queries import Goods
from showfloor.checkout import (
    address_formats,
    bundles,
    cart_rows,
    free_gifts,
    gifts,
    order_links,
    postal_codes,
    shipping_rules,
    withdrawal_exceptions,
)
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.cart_rows import CartRow
from showfloor.checkout.free_gifts import Promoted
from showfloor.checkout.models import (
    Cart,
    Checkout,
    CheckoutLine,
    Order,
    OrderState,
    ReservationState,
    SavedAddress,
    ShippingOption,
)
from showfloor.checkout.reservations import rows as reservation_rows
from showfloor.checkout.reservations import rules as reservation_rules
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.services import shipping
from showfloor.checkout.shipping_rules import Parcel
from showfloor.checkout.wire import (
    AddressView,
    CartItem,
    CartView,
    CheckoutGift,
    CheckoutView,
    OrderedLine,
    OrderView,
    ReservedItem,
    SavedAddresses,
    ShippingChoice,
    Totals,
    UnavailableItem,
)
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import NotFound
from showfloor.kernel.ids import is_id
from showfloor.legal import queries as legal
from showfloor.pricing import markets
from showfloor.pricing import queries as pricing
from showfloor.pricing.history import Reduction
from showfloor.pricing.promotions import queries as promotions
from showfloor.pricing.rules import ListPrice, PriceBook
from showfloor.stock import queries as stock


@dataclass(frozen=True, slots=True)
class ShowNumbers:
    """`carts` that hold something from the show, its `orders` that stand, and what they are worth
    in the brand's currency, in minor units."""

    carts: int
    orders: int
    sales: int


@dataclass(frozen=True, slots=True)
class Offered:
    """The prices of goods, those of their reductions that are announced, and promotions."""

    book: PriceBook
    reductions: Mapping[str, Reduction]
    promoted: Promoted


def empty_cart(buyer: Buyer) -> CartView:
    """Return the cart of a buyer who has put nothing into it."""
    row = CartRow("", buyer.owner, currency=buyer.brand.currency)
    return _cart(buyer.brand, row, [], [], {}, [])


def cart_view(buyer: Buyer) -> CartView:
    """Return the cart at the prices and stock of now, without things that are no longer sold."""
    brand = buyer.brand
    with connection.cursor() as cursor:
        cart = cart_rows.carts(cursor, brand.pk, [buyer.owner], lock=False)[buyer.owner]
        reserved = reservation_rows.open_of(cursor, brand.pk, [buyer.owner], lock=False)
        kept = reserved.get(buyer.owner, [])
        if not cart.lines and not kept:
            return empty_cart(buyer)
        cart.currency, cart.market = markets.place(brand, cart.market)
        now = utc_now()
        of_brand = promotions.of_brand(brand.pk)
        wanted = {*cart.lines, *(one.variant_id for one in kept), *of_brand.variants}
        found = catalogue.goods(cursor, brand.pk, variant_ids=wanted)
        book = pricing.load(cursor, brand.pk, wanted, cart.currency, now, cart.market)
        reductions = pricing.reductions(cursor, book, now, cart.market)
        held = cart_rows.held(cursor, brand.pk, [buyer.owner]).get(buyer.owner, {})
    available = stock.available(brand.pk, wanted)
    goods = {one.variant_id: one for one in found}
    promoted = free_gifts.promoted(brand.pk, of_brand, [cart], kept)
    return cart_of(brand, cart, goods, Offered(book, reductions, promoted), available, held, kept)


def cart_of(
    brand: Brand, cart: CartRow, goods: Mapping[str, Goods], offered: Offered,
    available: Mapping[str, int], held: Mapping[str, int], kept: Sequence[ReservationRow] = (),
) -> CartView:  # fmt: skip
    """Return a cart as the API answers it. `held`: what the buyer's own checkout keeps, by variant;
    everyone else's stock is without it, and an item's `available` is with it. `kept`: what is
    reserved for the buyer, before a checkout or in it."""
    items = [
        _cart_item(
            goods[line.variant_id],
            line.quantity,
            offered.book.prices[line.variant_id],
            offered.reductions.get(line.variant_id),
            available[line.variant_id] + held.get(line.variant_id, 0),
        )
        for line in cart.lines.values()
        if line.variant_id in offered.book.prices
    ]
    unpriced: list[UnavailableItem] = [
        {"sku": goods[pk].sku, "name": goods[pk].name}
        for pk in cart.lines
        if pk not in offered.book.prices
    ]
    reserved = [
        _reserved_item(one, goods[one.variant_id], offered.book.prices[one.variant_id])
        for one in kept
        if one.variant_id in offered.book.prices
    ]
    view = _cart(brand, cart, items, reserved, held, unpriced)
    found = bundles.sets(offered.promoted.promotions, cart, offered.book, utc_now())
    view["bundles"] = bundles.views(found, goods)
    view["subtotal"] -= sum(one.off for one in found)
    reached = free_gifts.progress(offered.promoted, cart, kept, offered.book, utc_now())
    if reached is not None:
        given = reached.rule.variant_id
        left = available[given] + held.get(given, 0) - _units_in(cart, given)
        view["gift"] = {
            "label": reached.rule.label,
            "name": goods[given].name,
            "missing": reached.missing,
            "is_there": left > 0,
        }
    return view


def _units_in(cart: CartRow, variant_id: str) -> int:
    line = cart.lines.get(variant_id)
    return 0 if line is None else line.quantity


def _cart(
    brand: Brand, cart: CartRow, items: list[CartItem], reserved: list[ReservedItem],
    held: Mapping[str, int], unpriced: list[UnavailableItem],
) -> CartView:  # fmt: skip
    every = [*items, *reserved]
    return {
        "version": cart.version,
        "currency": cart.currency,
        "market": markets.code_of(brand.pk, cart.market),
        "unpriced": unpriced,
        "items": items,
        "reserved": reserved,
        "gift": None,
        "bundles": [],
        "subtotal": sum(item["line_total"] for item in every),
        "count": sum(item["quantity"] for item in every),
        "held": dict(held) if every else {},
    }


def _cart_item(
    goods: Goods, quantity: int, price: ListPrice, reduction: Reduction | None, available: int
) -> CartItem:
    return {
        "sku": goods.sku,
        "variant_id": goods.variant_id,
        "product_id": goods.product_id,
        "name": goods.name,
        "options": goods.options,
        "image_url": _image_url(goods.image),
        "quantity": quantity,
        "price": price.paid,
        "compare_at_price": reduction.before if reduction is not None else None,
        "lowest_price_30d": reduction.prior if reduction is not None else None,
        "sale": price.sale.label if price.sale is not None else None,
        "line_total": price.paid * quantity,
        "available": available,
    }


def _reserved_item(one: ReservationRow, goods: Goods, listed: ListPrice) -> ReservedItem:
    price = reservation_rules.price_of(one, listed)
    return {
        "id": one.id,
        "kind": one.kind,
        "ref": one.ref,
        "label": one.label,
        "sku": goods.sku,
        "variant_id": goods.variant_id,
        "product_id": goods.product_id,
        "name": goods.name,
        "options": goods.options,
        "image_url": _image_url(goods.image),
        "quantity": one.quantity,
        "price": price,
        "line_total": price * one.quantity,
        "expires_at": iso_ms(one.expires_at),
        "time_left_s": _left_s(one.time_left_ms),
        "in_checkout": one.state == ReservationState.IN_CHECKOUT,
    }


def _left_s(time_left_ms: int | None) -> float | None:
    return None if time_left_ms is None else time_left_ms / 1000


def checkout_of(buyer: Buyer, checkout_id: str) -> Checkout:
    """The buyer's checkout; NotFound for somebody else's."""
    rows = Checkout.objects.for_brand(buyer.brand).filter(owner=buyer.owner)
    checkout = rows.filter(pk=checkout_id).first() if is_id(checkout_id) else None
    if checkout is None:
        raise NotFound(_("There is no such checkout."))
    return checkout


def checkout_view(checkout: Checkout) -> CheckoutView:
    lines = CheckoutLine.objects.for_brand(checkout.brand_id).filter(checkout=checkout)
    options = shipping.offered(checkout)
    countries = shipping.countries(options, checkout.brand_id, checkout.market)
    return begun_view(checkout, list(lines), options, sorted(countries))


def begun_view(
    checkout: Any, lines: Iterable[Any], options: Sequence[ShippingOption], countries: list[str]
) -> CheckoutView:
    """Return a checkout as the API answers it: a row, or one that is about to be one. `options`:
    all that the brand has in use, `countries`: where these go to."""
    lines = list(lines)
    chosen = next((one for one in options if one.pk == checkout.shipping_option_id), None)
    return {
        "id": checkout.id,
        "state": checkout.state,
        "expires_at": iso_ms(checkout.expires_at),
        "time_left_s": _left_s(checkout.time_left_ms),
        "lines": [_line_view(line, checkout.consented_at) for line in lines],
        "email": checkout.email,
        "name": checkout.name,
        "address": _address(checkout),
        "countries": countries,
        "postal_code_required": postal_codes.of(checkout.country).required
        or not checkout.country,
        "address_rows": address_formats.rows_of(checkout.country),
        "vat_id": checkout.vat_id,
        "vat_notice": "",
        "gift_note": checkout.gift_note,
        "wrapped": gifts.wrapping_of(lines) is not None,
        "wrapping_price": chosen.wrapping_price if chosen is not None else None,
        "needs_shipping": checkout.needs_shipping,
        "needs_consent": checkout.needs_consent,
        "consented": checkout.consented_at is not None,
        "voucher": checkout.voucher["code"] if checkout.voucher else None,
        "gift": _gift_view(checkout.gift),
        "shipping_options": _choices(options, shipping.parcel_of(checkout, lines)),
        "shipping_option": checkout.shipping_option_id,
        "totals": _totals(checkout),
        "legal": {
            kind: legal.version_address(pk) for kind, pk in checkout.legal_versions.items()
        },
    }  # fmt: skip


def _gift_view(kept: Mapping[str, Any] | None) -> CheckoutGift | None:
    if kept is None:
        return None
    return {"label": kept["label"], "name": kept["name"], "state": kept["state"]}


def _choices(options: Sequence[ShippingOption], parcel: Parcel) -> list[ShippingChoice]:
    now = utc_now()
    return [_choice(option, parcel, now) for option in shipping.to(options, parcel)]


def _choice(option: ShippingOption, parcel: Parcel, now: datetime) -> ShippingChoice:
    first, last = shipping.expected_of(option, now)
    return {
        "id": option.pk,
        "name": option.name,
        "price": shipping_rules.price_of(option, parcel),
        "note": option.note,
        "countries": option.countries,
        "kind": option.kind,
        "pickup_address": option.pickup_address,
        "pickup_hours": option.pickup_hours,
        "deliver_from": first.isoformat() if first is not None else None,
        "deliver_to": last.isoformat() if last is not None else None,
    }


def order_of(buyer: Buyer, number: str) -> Order:
    """The buyer's order; NotFound for somebody else's."""
    rows = Order.objects.for_brand(buyer.brand).filter(owner=buyer.owner)
    order = rows.filter(number=number).first() if number.isprintable() else None
    if order is None:
        raise NotFound(_("There is no such order."))
    return order


def orders_of(user: User, brand: Brand) -> QuerySet[Order]:
    """Return this person's orders at the brand, the newest first: signed in, or as a guest with an
    e-mail address that is proven to be theirs (a reader of its mails can read the order, too)."""
    owned = Q(owner__in=accounts.subjects_of(user, brand))
    mailed = Q(lower_email__in=accounts.proven_emails(user))
    orders = Order.objects.for_brand(brand).alias(lower_email=Lower("email"))
    return orders.filter(owned | mailed).order_by("-placed_at", "-pk")


def order_view(order: Order) -> OrderView:
    return {
        "number": order.number,
        "url": order_links.path_of(order),
        "state": order.state,
        "is_test": order.is_test,
        "cancel_reason": order.cancel_reason or None,
        "payment_state": order.payment_state,
        "placed_at": iso_ms(order.placed_at),
        "totals": _totals(order),
        "lines": [_line_view(line, order.consented_at) for line in order.lines.all()],
        "email": order.email,
        "name": order.name,
        "address": _address(order),
        "needs_shipping": order.needs_shipping,
        "shipping": order.shipping_name,
        "pickup": order.pickup,
        "deliver_from": order.deliver_from.isoformat() if order.deliver_from else None,
        "deliver_to": order.deliver_to.isoformat() if order.deliver_to else None,
        "gift_note": order.gift_note,
        "vat_id": order.vat_id,
    }


def show_numbers(show_id: str) -> ShowNumbers:
    """Return the numbers of carts, orders and sales that come from one show. Cancelled orders do
    not count."""
    carts = Cart.objects.all_brands().filter(lines__show_id=show_id).distinct().count()
    sold = (
        Order.objects.all_brands()
        .filter(show_id=show_id, currency=F("brand__currency"))
        .exclude(state=OrderState.CANCELLED)
        .aggregate(orders=Count("pk"), sales=Sum("total"))
    )
    return ShowNumbers(carts, sold["orders"], sold["sales"] or 0)


def _line_view(line: Any, consented_at: datetime | None) -> OrderedLine:
    return {
        "sku": line.sku,
        "variant_id": line.variant_id,
        "name": line.product_name,
        "options": line.options,
        "image_url": _image_url(line.image),
        "quantity": line.quantity,
        "price": line.price,
        "adjustments": line.adjustments,
        "line_total": line.line_total,
        "withdrawal_note": withdrawal_exceptions.note(line.withdrawal_exception, consented_at),
    }


def _totals(priced: Any) -> Totals:
    return {
        "subtotal": priced.subtotal,
        "discount": priced.discount,
        "shipping": priced.shipping,
        "shipping_adjustments": priced.shipping_adjustments,
        "tax_included": priced.tax_included,
        "tax_added": priced.tax_added,
        "taxes": priced.taxes,
        "total": priced.total,
        "currency": priced.currency,
    }


def _address(addressed: Any) -> AddressView:
    return {
        "line1": addressed.line1,
        "line2": addressed.line2,
        "postal_code": addressed.postal_code,
        "city": addressed.city,
        "region": addressed.region,
        "country": addressed.country,
    }


def addresses_view(rows: Iterable[SavedAddress]) -> SavedAddresses:
    return {
        "addresses": [
            {
                "id": row.pk, "name": row.name, "address": _address(row),
                "is_default": row.is_default,
            }
            for row in rows
        ]
    }  # fmt: skip


def _image_url(path: str | None) -> str | None:
    return default_storage.url(path) if path else None
