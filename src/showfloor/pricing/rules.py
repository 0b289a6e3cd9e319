"""The price of a purchase, without I/O: `quote` is the one place that computes it.

Every minor unit of a total stands in a row that says why: a line at its list price, the adjustments
of lines and shipping, the tax of each rate. The laws, which property tests hold: the total is the
sum of its rows; no adjustment makes an amount negative; the tax rows add up to the total.
Amounts are whole minor units of one currency, so the currency's own rounding is that of its unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.money import RATE_WHOLE_BP, allocate, included_tax, share_of

PERCENT_WHOLE_BP: Final = RATE_WHOLE_BP


class AdjustmentKind(StrEnum):
    """The reason of an adjustment."""

    VOUCHER = "voucher"
    PRICE_LIST = "price-list"  # a sale for a time
    RESERVED = "reserved"  # units that were reserved for the buyer at a price of their own
    GIFT = "gift"  # one unit that a purchase from an amount on gets for nothing
    BUNDLE = "bundle"  # variants that cost less together
    TAX_RELIEF = "tax-relief"  # the tax that a price includes and this buyer does not owe


class OfferKind(StrEnum):
    """The way in which an offer lowers a price."""

    AMOUNT = "amount"  # `value` minor units off, spread over the lines
    PERCENT = "percent"  # `value` basis points off each line
    FREE_SHIPPING = "free-shipping"


class Exemption(StrEnum):
    """The reason for which a buyer owes no tax here."""

    REVERSE_CHARGE = "reverse-charge"  # the buyer's checked VAT number (Art. 196)
    EXPORT = "export"  # goods that leave the tax area (Art. 146)


@dataclass(frozen=True, slots=True)
class Sale:
    """What a list of prices takes off one unit. `source` names it in our tables, `label` for
    people."""

    off: int
    source: str
    label: str


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A variant's price before any adjustment, of one unit, and the sale that it is in. `fixed`:
    what was taken off the whole line already when its price was frozen, in place of the sale."""

    amount: int
    compare_at: int | None = None
    tax_class: str = TaxClass.STANDARD
    sale: Sale | None = None
    fixed: tuple["Adjustment", ...] = ()

    @property
    def paid(self) -> int:
        """Return what one unit costs now."""
        return self.amount - (self.sale.off if self.sale is not None else 0)

    @property
    def before(self) -> int | None:
        """Return the higher price that stands beside it, None for none."""
        if self.compare_at is not None:
            return self.compare_at
        return self.amount if self.sale is not None else None


@dataclass(frozen=True, slots=True)
class TaxRates:
    """A brand's rates in basis points. `rows`: (country, tax class) → rate, where the brand has
    entered one; `default_bp` is for everything else. `in_prices`: prices include the tax.
    `assumed`: the country whose rates hold until the buyer has named one, empty for none."""

    default_bp: int
    in_prices: bool = True
    rows: Mapping[tuple[str, str], int] = field(default_factory=dict)
    assumed: str = ""

    def rate(self, country: str, tax_class: str) -> int:
        """Return the rate of these goods in a country; empty: not known yet."""
        if tax_class == TaxClass.ZERO:
            return 0
        country = country or self.assumed
        found = self.rows.get((country, tax_class))
        if found is None:  # no such class in that country: its standard rate
            found = self.rows.get((country, TaxClass.STANDARD))
        return self.default_bp if found is None else found


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The prices and rates that quotes of one brand in one currency are made from."""

    currency: str
    prices: Mapping[str, ListPrice]  # by variant id; a variant without one is not sold
    taxes: TaxRates


@dataclass(frozen=True, slots=True)
class Wish:
    """A number of units of one variant."""

    variant_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A reduction that a buyer is entitled to. `source` names it in our tables, `label` for people;
    `variants`: the goods it is for, None for all; `amounts`: the part of each variant's line that
    it is for, as (variant id, minor units), None for whole lines."""

    kind: OfferKind
    source: str
    label: str
    value: int = 0
    variants: frozenset[str] | None = None
    reason: AdjustmentKind = AdjustmentKind.VOUCHER
    amounts: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The circumstances of one buyer. `shipping`: the price of the chosen way to send, None while
    none is chosen."""

    country: str = ""
    shipping: int | None = None
    offers: Sequence[Offer] = ()
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change of an amount and its reason; `amount` is negative for a reduction."""

    kind: str
    source: str
    label: str
    amount: int

    def row(self) -> dict[str, Any]:
        """Return it as it is stored and sent."""
        return {
            "kind": self.kind, "source": self.source, "label": self.label, "amount": self.amount,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount at its list price, and everything that changed it."""

    listed: int
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def total(self) -> int:
        return self.listed + sum(one.amount for one in self.adjustments)

    @property
    def discount(self) -> int:
        """The reduction as a positive amount."""
        return self.listed - self.total

    def less(self, amount: int, kind: str, source: str, label: str) -> "Charge":
        """Return the charge with a reduction, which never takes more than is left."""
        amount = min(amount, self.total)
        if amount <= 0:
            return self
        return Charge(self.listed, (*self.adjustments, Adjustment(kind, source, label, -amount)))


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """One wish at its price. `unit_price` is the list price of one unit."""

    variant_id: str
    quantity: int
    unit_price: int
    tax_class: str
    rate_bp: int
    charge: Charge


@dataclass(frozen=True, slots=True)
class TaxRow:
    """The amounts of one rate: `net` and `tax` on it. `exemption`: the reason for a rate of 0."""

    rate_bp: int
    net: int
    tax: int
    exemption: str = ""

    def row(self) -> dict[str, Any]:
        """Return it as it is stored and sent."""
        return {
            "rate_bp": self.rate_bp, "net": self.net, "tax": self.tax, "exemption": self.exemption,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a purchase. `subtotal` is of the goods at list price, `discount` what all
    adjustments take off, `tax` the whole tax in `total`, of which `tax_added` is on top of the
    prices."""

    currency: str
    lines: tuple[QuotedLine, ...]
    shipping: Charge
    taxes: tuple[TaxRow, ...]
    in_prices: bool

    @property
    def subtotal(self) -> int:
        return sum(line.charge.listed for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.charge.discount for line in self.lines) + self.shipping.discount

    @property
    def tax(self) -> int:
        return sum(row.tax for row in self.taxes)

    @property
    def tax_added(self) -> int:
        return 0 if self.in_prices else self.tax

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping.listed - self.discount + self.tax_added


def quote(book: PriceBook, wishes: Iterable[Wish], terms: Terms) -> Quote:
    """Return the price of the wishes, in their order, without those that have no price."""
    lines = [_listed(book, wish, terms) for wish in wishes if wish.variant_id in book.prices]
    charges = [line.charge for line in lines]
    shipping = Charge(terms.shipping or 0)
    for offer in terms.offers:
        charges, shipping = _reduced(offer, lines, charges, shipping)
    rates = _shipping_rates(lines, charges) or (
        (book.taxes.rate(terms.country, TaxClass.STANDARD), 1),
    )
    in_prices = book.taxes.in_prices
    if terms.exemption is not None and in_prices:
        charges = [_relieved(one, line.rate_bp) for one, line in zip(charges, lines, strict=True)]
        shipping = _relieved_shipping(shipping, rates)
    lines = [
        QuotedLine(
            line.variant_id, line.quantity, line.unit_price, line.tax_class,
            0 if terms.exemption is not None else line.rate_bp, charge,
        )
        for line, charge in zip(lines, charges, strict=True)
    ]  # fmt: skip
    taxes = _tax_rows(lines, shipping, rates, terms.exemption, in_prices=in_prices)
    return Quote(book.currency, tuple(lines), shipping, taxes, in_prices)


def _listed(book: PriceBook, wish: Wish, terms: Terms) -> QuotedLine:
    price = book.prices[wish.variant_id]
    rate_bp = book.taxes.rate(terms.country, price.tax_class)
    charge = Charge(price.amount * wish.quantity)
    for one in price.fixed:
        charge = charge.less(-one.amount, one.kind, one.source, one.label)
    if price.sale is not None and not price.fixed:
        off = price.sale.off * wish.quantity
        named = AdjustmentKind.PRICE_LIST.value, price.sale.source, price.sale.label
        charge = charge.less(off, *named)
    return QuotedLine(
        wish.variant_id, wish.quantity, price.amount, price.tax_class, rate_bp, charge
    )


def _reduced(
    offer: Offer, lines: Sequence[QuotedLine], charges: list[Charge], shipping: Charge
) -> tuple[list[Charge], Charge]:
    """Apply one offer to what the offers before it have left."""
    named = offer.reason.value, offer.source, offer.label
    if offer.kind is OfferKind.FREE_SHIPPING:
        return charges, shipping.less(shipping.total, *named)
    open_amounts = [
        charge.total if offer.variants is None or line.variant_id in offer.variants else 0
        for line, charge in zip(lines, charges, strict=True)
    ]
    if offer.amounts is not None:
        parts = dict(offer.amounts)
        open_amounts = [
            min(amount, parts.get(line.variant_id, 0))
            for line, amount in zip(lines, open_amounts, strict=True)
        ]
    if offer.kind is OfferKind.PERCENT:
        off = [share_of(amount, min(offer.value, PERCENT_WHOLE_BP)) for amount in open_amounts]
    else:
        off = allocate(min(offer.value, sum(open_amounts)), open_amounts)
    return [one.less(less, *named) for one, less in zip(charges, off, strict=True)], shipping


def _shipping_rates(
    lines: Sequence[QuotedLine], charges: Sequence[Charge]
) -> tuple[tuple[int, int], ...]:
    """Return (rate, weight) by which shipping is taxed: like the goods that it brings, in
    proportion to their value; it shares their treatment as an ancillary supply (Art. 78 b)."""
    weights: dict[int, int] = {}
    for line, charge in zip(lines, charges, strict=True):
        weights[line.rate_bp] = weights.get(line.rate_bp, 0) + charge.total
    return tuple(sorted(weights.items(), reverse=True))


def _parts(shipping: int, rates: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    amounts = allocate(shipping, [weight for _rate, weight in rates])
    return [(rate, amount) for (rate, _weight), amount in zip(rates, amounts, strict=True)]


def _relieved(charge: Charge, rate_bp: int) -> Charge:
    return _without(charge, included_tax(charge.total, rate_bp))


def _relieved_shipping(shipping: Charge, rates: Sequence[tuple[int, int]]) -> Charge:
    parts = _parts(shipping.total, rates)
    return _without(shipping, sum(included_tax(amount, rate) for rate, amount in parts))


def _without(charge: Charge, tax: int) -> Charge:
    return charge.less(tax, AdjustmentKind.TAX_RELIEF.value, "", "")


def _tax_rows(
    lines: Sequence[QuotedLine], shipping: Charge, rates: Sequence[tuple[int, int]],
    exemption: Exemption | None, *, in_prices: bool,
) -> tuple[TaxRow, ...]:  # fmt: skip
    """Return one row for each rate, the highest first. Tax is rounded once for each rate over the
    whole purchase, as EN 16931 (BG-23) adds it up, not once for each line."""
    if exemption is not None:
        net = sum(line.charge.total for line in lines) + shipping.total
        return (TaxRow(0, net, 0, exemption.value),)
    amounts: dict[int, int] = {}
    for line in lines:
        amounts[line.rate_bp] = amounts.get(line.rate_bp, 0) + line.charge.total
    for rate_bp, amount in _parts(shipping.total, rates):
        amounts[rate_bp] = amounts.get(rate_bp, 0) + amount
    return tuple(
        _tax_row(rate_bp, amounts[rate_bp], in_prices=in_prices)
        for rate_bp in sorted(amounts, reverse=True)
    )


def _tax_row(rate_bp: int, amount: int, *, in_prices: bool) -> TaxRow:
    if in_prices:
        tax = included_tax(amount, rate_bp)
        return TaxRow(rate_bp, amount - tax, tax)
    return TaxRow(rate_bp, amount, share_of(amount, rate_bp))
