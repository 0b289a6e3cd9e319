"""Decisions about promotions, without I/O: which gift a purchase gets, and what it takes off."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from showfloor.pricing.rules import AdjustmentKind, ListPrice, Offer, OfferKind


@dataclass(frozen=True, slots=True)
class Promotion:
    """Where and when a promotion counts. `market_id`: None for every market."""

    id: str
    label: str
    market_id: str | None
    currency: str
    starts_at: datetime | None
    ends_at: datetime | None

    def counts(self, currency: str, market_id: str, now: datetime) -> bool:
        """Return whether it counts for prices of a market at a moment."""
        return self.currency == currency and self.market_id in (None, market_id) and self.is_on(now)

    def is_on(self, now: datetime) -> bool:
        """Return whether its period has begun and is not over."""
        has_begun = self.starts_at is None or self.starts_at <= now
        return has_begun and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class GiftRule(Promotion):
    """One unit of `variant_id` from `amount_from` minor units on. `show`: the address of the show
    whose goods count, empty for all goods."""

    amount_from: int
    variant_id: str
    show: str = ""


@dataclass(frozen=True, slots=True)
class PricedGoods:
    """A line as it counts towards a gift: `amount` is what it costs now, before vouchers; `show` is
    the address of the show that it was added from, empty for none."""

    amount: int
    show: str = ""


@dataclass(frozen=True, slots=True)
class GiftProgress:
    """A gift, and how much is `missing` to it; 0: it is reached."""

    rule: GiftRule
    missing: int


def gift_progress(rules: Iterable[GiftRule], goods: Sequence[PricedGoods]) -> GiftProgress | None:
    """Return the gift that the goods reach, or else the one that lacks least, None for no gift. A
    purchase gets one gift: of those reached, the one from the highest amount."""
    found = [GiftProgress(rule, max(0, rule.amount_from - _worth(rule, goods))) for rule in rules]
    reached = [one for one in found if not one.missing]
    if reached:
        return max(reached, key=lambda one: (one.rule.amount_from, one.rule.id))
    return min(found, key=lambda one: (one.missing, one.rule.id), default=None)


def _worth(rule: GiftRule, goods: Sequence[PricedGoods]) -> int:
    return sum(one.amount for one in goods if not rule.show or one.show == rule.show)


def gift_offer(rule: GiftRule, price: ListPrice) -> Offer:
    """Return what takes the price of the one unit off again."""
    unit = price.amount if price.fixed else price.paid
    return Offer(
        OfferKind.AMOUNT, rule.id, rule.label, unit, frozenset({rule.variant_id}),
        AdjustmentKind.GIFT,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BundleRule(Promotion):
    """Variants that cost `price` minor units together. `items`: (variant id, units)."""

    price: int
    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BundleSets:
    """A bundle that can be bought: its goods are `worth` so much by themselves, and a cart holds it
    `times`."""

    rule: BundleRule
    worth: int
    times: int

    @property
    def off(self) -> int:
        """Return what the sets in the cart take off."""
        return (self.worth - self.rule.price) * self.times


def bundle_sets(
    rules: Iterable[BundleRule], prices: Mapping[str, ListPrice], units: Mapping[str, int]
) -> list[BundleSets]:
    """Return the bundles that make something cheaper, and how often `units` (by variant id) hold
    each. A unit is in one set at most; the bundle that saves most comes first."""
    worths = {
        rule: sum(prices[variant].paid * count for variant, count in rule.items)
        for rule in rules
        if rule.items and all(variant in prices for variant, _count in rule.items)
    }
    cheaper = [rule for rule, worth in worths.items() if worth > rule.price]
    left, found = dict(units), []
    for rule in sorted(cheaper, key=lambda one: (one.price - worths[one], one.id)):
        times = min(left.get(variant, 0) // count for variant, count in rule.items)
        for variant, count in rule.items if times else ():
            left[variant] -= count * times
        found.append(BundleSets(rule, worths[rule], times))
    return found


def bundle_offers(sets: Iterable[BundleSets], prices: Mapping[str, ListPrice]) -> list[Offer]:
    """Return what takes off the sets of a cart, spread over their units by what they cost."""
    return [
        Offer(
            OfferKind.AMOUNT, one.rule.id, one.rule.label, one.off, reason=AdjustmentKind.BUNDLE,
            amounts=tuple(
                (variant, prices[variant].paid * count * one.times)
                for variant, count in one.rule.items
            ),
        )
        for one in sets
        if one.times
    ]  # fmt: skip
