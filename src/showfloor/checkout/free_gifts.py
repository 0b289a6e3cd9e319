"""The free gift of a purchase: one unit of a variant whose price an adjustment takes off again. It
has a line of its own, or is one unit more of a line that the buyer has anyway."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from showfloor.checkout.cart_rows import CartRow
from showfloor.checkout.reservations import rules as reservation_rules
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.rows import CheckoutLineRow
from showfloor.kernel.ids import new_id
from showfloor.pricing.promotions import rules
from showfloor.pricing.promotions.queries import Promotions
from showfloor.pricing.promotions.rules import GiftProgress, GiftRule, PricedGoods
from showfloor.pricing.rules import Adjustment, AdjustmentKind, ListPrice, Offer, PriceBook
from showfloor.shows.models import Show


class GiftState(StrEnum):
    """What became of the gift of a checkout."""

    GIVEN = "given"
    SOLD_OUT = "sold-out"
    REFUSED = "refused"  # by the buyer


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift that a purchase has reached, and what takes its price off."""

    rule: GiftRule
    offer: Offer

    @property
    def variant_id(self) -> str:
        return self.rule.variant_id

    @property
    def row(self) -> dict[str, Any]:
        """Return the adjustment of its line, as it is stored."""
        offer = self.offer
        return Adjustment(offer.reason, offer.source, offer.label, -offer.value).row()


@dataclass(frozen=True, slots=True)
class Promoted:
    """The promotions of a brand as a batch has read them, and the addresses of the shows from which
    its goods come, by id, where a gift asks for a show."""

    promotions: Promotions
    slugs: Mapping[str, str]


def promoted(
    brand_id: str, promotions: Promotions, carts: Iterable[CartRow],
    reserved: Iterable[ReservationRow], show_ids: Collection[str] = (),
) -> Promoted:  # fmt: skip
    """Return what the gifts of many carts need; `show_ids`: of shows whose goods come yet."""
    ids = {line.show_id for cart in carts for line in cart.lines.values()}
    ids |= {*show_ids, *(one.show_id for one in reserved)}
    if ids <= {None} or not any(one.show for one in promotions.gifts):
        return Promoted(promotions, {})
    rows = Show.objects.for_brand(brand_id).filter(pk__in=ids - {None})
    return Promoted(promotions, dict(rows.values_list("pk", "slug")))


def progress(
    promoted: Promoted, cart: CartRow, reserved: Iterable[ReservationRow], book: PriceBook,
    now: datetime,
) -> GiftProgress | None:  # fmt: skip
    """Return the gift that the goods of a cart reach, or what lacks to one; None for no gift. What
    counts is what the goods cost now: after sales, before bundles and vouchers."""
    found = promoted.promotions.gifts_at(cart.currency, cart.market, now)
    open_rules = [one for one in found if one.variant_id in book.prices]
    if not open_rules:
        return None
    prices = book.prices
    counted = [
        (line.show_id, prices[line.variant_id].paid * line.quantity)
        for line in cart.lines.values()
        if line.variant_id in prices
    ]
    counted += [
        (one.show_id, reservation_rules.price_of(one, prices[one.variant_id]) * one.quantity)
        for one in reserved
        if one.variant_id in prices
    ]
    goods = [
        PricedGoods(amount, promoted.slugs.get(show_id or "", "")) for show_id, amount in counted
    ]
    return rules.gift_progress(open_rules, goods) if goods else None


def given(rule: GiftRule, price: ListPrice) -> Gift:
    """Return the gift at the price that its line has."""
    return Gift(rule, rules.gift_offer(rule, price))


def kept(rule: GiftRule, name: str, state: GiftState) -> dict[str, Any]:
    """Return the gift as a checkout keeps it."""
    return {"promotion": rule.id, "label": rule.label, "name": name, "state": state.value}


def paid_units(line: Any) -> int:
    """Return the units of a line that are no gift."""
    return int(line.quantity) - sum(_is_gift(row) for row in line.adjustments)


def without(lines: Iterable[CheckoutLineRow]) -> list[CheckoutLineRow]:
    """Return the lines without the unit that is a gift; the totals stay as they are."""
    found = []
    for line in lines:
        row = next(filter(_is_gift, line.adjustments), None)
        if row is None:
            found.append(line)
        elif line.quantity > 1:
            others = [one for one in line.adjustments if one is not row]
            found.append(_with_one_less(line, line.price + row["amount"], others))
    return found


def _with_one_less(
    line: CheckoutLineRow, sale: int, others: Sequence[Mapping[str, Any]]
) -> CheckoutLineRow:
    """Return a line without its gift. `sale`: what the sale of the line took off that unit."""
    rows = [
        {**one, "amount": one["amount"] + sale}
        if one["kind"] == AdjustmentKind.PRICE_LIST
        else dict(one)
        for one in others
    ]
    rows = [one for one in rows if one["amount"]]
    return replace(line, id=new_id(), quantity=line.quantity - 1, adjustments=rows)


def _is_gift(row: Mapping[str, Any]) -> bool:
    return bool(row["kind"] == AdjustmentKind.GIFT)
