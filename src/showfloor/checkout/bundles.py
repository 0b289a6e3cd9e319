"""Bundles in a cart: how often it holds each, and what that takes off."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from showfloor.catalogue.queries import Goods
from showfloor.checkout.cart_rows import CartRow
from showfloor.checkout.wire import CartBundle
from showfloor.pricing.promotions import rules
from showfloor.pricing.promotions.queries import Promotions
from showfloor.pricing.promotions.rules import BundleSets
from showfloor.pricing.rules import Offer, PriceBook


def sets(promotions: Promotions, cart: CartRow, book: PriceBook, now: datetime) -> list[BundleSets]:
    """Return the bundles that are sold in the cart's market, and how often the cart holds each.
    Units that are reserved at a price of their own, and gifts, are in none."""
    found = promotions.bundles_at(cart.currency, cart.market, now)
    units = {variant_id: line.quantity for variant_id, line in cart.lines.items()}
    return rules.bundle_sets(found, book.prices, units) if found else []


def offers(
    promotions: Promotions, cart: CartRow, book: PriceBook, now: datetime
) -> tuple[Offer, ...]:
    """Return what the bundles of a cart take off."""
    return tuple(rules.bundle_offers(sets(promotions, cart, book, now), book.prices))


def views(found: Sequence[BundleSets], goods: Mapping[str, Goods]) -> list[CartBundle]:
    """Return bundles as the API answers them."""
    return [
        {
            "id": one.rule.id,
            "name": one.rule.label,
            "price": one.rule.price,
            "worth": one.worth,
            "times": one.times,
            "off": one.off,
            "items": [
                {
                    "sku": goods[variant].sku,
                    "variant_id": variant,
                    "product_id": goods[variant].product_id,
                    "name": goods[variant].name,
                    "quantity": count,
                }
                for variant, count in one.rule.items
            ],
        }
        for one in found
    ]
