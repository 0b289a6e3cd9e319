"""The content of invoices and credit notes, without I/O: amounts of an order as EN 16931 adds them.

An order's frozen tax rows are the truth. Their net amounts are spread over the lines, so that the
sums of the document are those of the order to the last minor unit:

    BT-106 sum of lines = Σ BT-131        BT-109 net   = BT-106 - BT-107 + BT-108
    BT-107 allowances   = Σ BT-92         BT-110 tax   = Σ BT-117
    BT-108 charges      = Σ BT-99         BT-112 gross = BT-109 + BT-110
    BT-116 net of a rate = its lines - its allowances + its charges
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from showfloor.kernel.money import RATE_WHOLE_BP, allocate, included_tax
from showfloor.pricing.rules import AdjustmentKind, Exemption


class TaxCategory(StrEnum):
    """Codes of UNTDID 5305 that EN 16931 takes (BT-118)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    EXPORT = "G"
    INTRA_COMMUNITY = "K"


REASON_CODES: Final[Mapping[TaxCategory, str]] = {
    TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE", TaxCategory.EXPORT: "VATEX-EU-G",
    TaxCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
}  # fmt: skip


def category(exemption: str, rate_bp: int, *, small_business: bool) -> TaxCategory:
    """Return the category of a frozen tax row."""
    match exemption:
        case Exemption.REVERSE_CHARGE:
            return TaxCategory.REVERSE_CHARGE
        case Exemption.EXPORT:
            return TaxCategory.EXPORT
        case _none if rate_bp:
            return TaxCategory.STANDARD
        case _none:
            return TaxCategory.EXEMPT if small_business else TaxCategory.ZERO


def added(adjustments: Iterable[Mapping[str, Any]]) -> int:
    """Return what adjustments add to an amount; less than 0 for reductions."""
    return sum(int(one["amount"]) for one in adjustments)


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of an order: amounts in minor units, as the buyer paid them."""

    sku: str
    name: str
    note: str
    quantity: int
    listed: int  # of all units
    adjustments: Sequence[Mapping[str, Any]]
    rate_bp: int

    @property
    def total(self) -> int:
        return self.listed + added(self.adjustments)


@dataclass(frozen=True, slots=True)
class SoldOrder:
    """The amounts of an order. `taxes`: its frozen rows."""

    lines: Sequence[SoldLine]
    shipping: int  # at list price
    shipping_name: str
    shipping_adjustments: Sequence[Mapping[str, Any]]
    taxes: Sequence[Mapping[str, Any]]
    total: int

    @property
    def shipping_total(self) -> int:
        return self.shipping + added(self.shipping_adjustments)


@dataclass(frozen=True, slots=True)
class Change:
    """A reduction of a line (BG-27), or an allowance or a charge of the document (BG-20, BG-21);
    `amount` is net and never negative."""

    label: str
    amount: int
    rate_bp: int = 0
    category: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice line (BG-25). `net` is after the allowances, `listed` before them; `gross` is what
    the buyer paid for it."""

    sku: str
    name: str
    note: str
    quantity: int
    listed: int
    allowances: tuple[Change, ...]
    net: int
    gross: int
    rate_bp: int
    category: str


@dataclass(frozen=True, slots=True)
class TaxSum:
    """The amounts of one rate (BG-23)."""

    rate_bp: int
    category: str
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class Content:
    """The amounts of a document."""

    lines: tuple[Line, ...]
    allowances: tuple[Change, ...]
    charges: tuple[Change, ...]
    taxes: tuple[TaxSum, ...]

    @property
    def line_total(self) -> int:
        return sum(line.net for line in self.lines)

    @property
    def allowance_total(self) -> int:
        return sum(one.amount for one in self.allowances)

    @property
    def charge_total(self) -> int:
        return sum(one.amount for one in self.charges)

    @property
    def net(self) -> int:
        return self.line_total - self.allowance_total + self.charge_total

    @property
    def tax(self) -> int:
        return sum(one.tax for one in self.taxes)

    @property
    def gross(self) -> int:
        return self.net + self.tax


def invoice(order: SoldOrder, *, small_business: bool = False) -> Content:
    """Return the content of an order's invoice; its gross is the order's total."""
    rates = [row["rate_bp"] for row in order.taxes]
    shipping_parts = _shipping_parts(order, rates)
    lines: list[Line | None] = [None] * len(order.lines)
    charges, allowances, taxes = [], [], []
    for row in order.taxes:
        rate_bp = row["rate_bp"]
        named = category(row["exemption"], rate_bp, small_business=small_business).value
        here = [n for n, line in enumerate(order.lines) if _rate_of(line, rates) == rate_bp]
        shipping = shipping_parts.get(rate_bp, 0)
        net = allocate(row["net"], [*(order.lines[n].total for n in here), shipping])
        for n, line_net in zip(here, net, strict=False):
            lines[n] = _line(order.lines[n], line_net, rate_bp, named)
        if not here and not shipping:
            net = [row["net"]]
        if net[-1] or shipping:
            more, less = _shipping(order, net[-1], shipping, rate_bp, named)
            charges += more
            allowances += less
        taxes.append(TaxSum(rate_bp, named, row["net"], row["tax"]))
    kept = tuple(line for line in lines if line is not None)
    return Content(kept, tuple(allowances), tuple(charges), tuple(taxes))


def _rate_of(line: SoldLine, rates: Sequence[int]) -> int:
    """Return the rate of the row that a line belongs to: its own, else the only one there is."""
    return line.rate_bp if line.rate_bp in rates else rates[0]


def _shipping_parts(order: SoldOrder, rates: Sequence[int]) -> dict[int, int]:
    """Return the shipping of each rate: in proportion to the goods, as the quote spreads it."""
    weights: dict[int, int] = {}
    for line in order.lines:
        rate = _rate_of(line, rates)
        weights[rate] = weights.get(rate, 0) + line.total
    if not weights:
        return {rates[0]: order.shipping_total} if rates else {}
    ordered = sorted(weights, reverse=True)
    parts = allocate(order.shipping_total, [weights[rate] for rate in ordered])
    return dict(zip(ordered, parts, strict=True))


def _reductions(adjustments: Iterable[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Return label and amount of what was taken off. Tax that does not apply is no discount: the
    net amounts are without it already."""
    return [
        (str(one["label"]), -one["amount"])
        for one in adjustments
        if one["kind"] != AdjustmentKind.TAX_RELIEF and one["amount"] < 0
    ]


def _net_reductions(
    adjustments: Iterable[Mapping[str, Any]], paid: int, net: int, rate_bp: int, share: int = 1,
    whole: int = 1,
) -> list[tuple[str, int]]:  # fmt: skip
    """Return the reductions as net amounts: at the ratio of what is left, where something is."""
    found = []
    for label, amount in _reductions(adjustments):
        part = amount * share // whole if whole else amount
        if paid:
            found.append((label, (2 * part * net + paid) // (2 * paid)))
        else:
            found.append((label, part - included_tax(part, rate_bp)))
    return [(label, amount) for label, amount in found if amount]


def _line(line: SoldLine, net: int, rate_bp: int, named: str) -> Line:
    off = _net_reductions(line.adjustments, _before_relief(line), net, rate_bp)
    allowances = tuple(Change(label, amount) for label, amount in off)
    return Line(
        line.sku, line.name, line.note, line.quantity,
        net + sum(one.amount for one in allowances), allowances, net, line.total, rate_bp, named,
    )  # fmt: skip


def _before_relief(line: SoldLine) -> int:
    """Return what the line cost before tax that does not apply was taken off."""
    relief = [one for one in line.adjustments if one["kind"] == AdjustmentKind.TAX_RELIEF]
    return line.total - added(relief)


def _shipping(
    order: SoldOrder, net: int, part: int, rate_bp: int, named: str
) -> tuple[list[Change], list[Change]]:
    """Return the charge for one rate's part of the shipping, and the allowances on it."""
    off = _net_reductions(
        order.shipping_adjustments, part, net, rate_bp, part, order.shipping_total or 1
    )
    if not part:
        off = []
    less = [Change(label, amount, rate_bp, named) for label, amount in off]
    listed = net + sum(one.amount for one in less)
    return [Change(order.shipping_name, listed, rate_bp, named)], less


# --- credit notes


@dataclass(frozen=True, slots=True)
class ReturnedGoods:
    """Goods that came back: `gross` is what is given back for them, after `deduction`, which was
    kept for the reason in `deducted_for`."""

    name: str
    quantity: int
    gross: int
    rate_bp: int
    sku: str = ""
    deduction: int = 0
    deducted_for: str = ""


type _Rate = tuple[int, str]  # rate in basis points, category


def credit(
    of: Content, earlier: Sequence[Content], amount: int, label: str,
    returned: Sequence[ReturnedGoods] = (), rows: Sequence[Mapping[str, Any]] = (),
) -> Content:  # fmt: skip
    """Return a credit note over `amount`, gross. `rows`: the tax rows of the refund where it has
    some; a rate of theirs that has not so much left is spread anew.

    All of it in one gives the invoice back line by line. Goods that came back have lines of their
    own, at their own rate; the rest stands in one line for each rate. No rate gives back more than
    the invoice has of it, and the last credit note takes exactly what is left, so that the sums of
    an order that was given back whole are zero.
    """
    net = {(row.rate_bp, row.category): row.net for row in of.taxes}
    tax = {(row.rate_bp, row.category): row.tax for row in of.taxes}
    for row in (row for note in earlier for row in note.taxes):
        net[row.rate_bp, row.category] -= row.net
        tax[row.rate_bp, row.category] -= row.tax
    left = {rate: net[rate] + tax[rate] for rate in net}
    assert 0 < amount <= sum(left.values()), f"{amount} of {sum(left.values())} that are left"
    if not earlier and amount == of.gross:
        return of
    lines: list[Line] = []
    taxes = []
    planned = _planned(of, net, tax, amount, rows)
    weights = {rate: sum(planned[rate]) for rate in planned}
    for rate, items in _given_back(left, amount, label, returned, weights).items():
        gross = sum(one.gross for one in items)
        if not gross:
            continue
        if rate in planned:
            row_tax = planned[rate][1]
        else:
            row_tax = min(max(included_tax(gross, rate[0]), gross - net[rate]), tax[rate])
        taxes.append(TaxSum(*rate, gross - row_tax, row_tax))
        parts = allocate(gross - row_tax, [one.gross for one in items])
        lines += [_credit_line(one, part, rate) for one, part in zip(items, parts, strict=True)]
    return Content(tuple(lines), (), (), tuple(taxes))


def _credit_line(one: ReturnedGoods, net: int, rate: _Rate) -> Line:
    off = one.deduction - included_tax(one.deduction, rate[0])
    kept = (Change(one.deducted_for, off),) if off else ()
    return Line(one.sku, one.name, "", one.quantity, net + off, kept, net, one.gross, *rate)


def _planned(
    of: Content, net: Mapping[_Rate, int], tax: Mapping[_Rate, int], amount: int,
    rows: Sequence[Mapping[str, Any]],
) -> dict[_Rate, tuple[int, int]]:  # fmt: skip
    """Return net and tax of each rate as the refund itself has them; nothing where they do not fit
    the amount or what is left."""
    known = {row.rate_bp: (row.rate_bp, row.category) for row in of.taxes}
    found: dict[_Rate, tuple[int, int]] = {}
    for row in rows:
        rate = known.get(row["rate_bp"])
        if rate is None or rate in found or row["net"] > net[rate] or row["tax"] > tax[rate]:
            return {}
        found[rate] = row["net"], row["tax"]
    return found if sum(sum(one) for one in found.values()) == amount else {}


def _given_back(
    left: Mapping[_Rate, int], amount: int, label: str, returned: Sequence[ReturnedGoods],
    planned: Mapping[_Rate, int],
) -> dict[_Rate, list[ReturnedGoods]]:  # fmt: skip
    """Return by rate what the amount is given back for. `planned`: the amount of each rate, empty
    when it is to be found."""
    found: dict[_Rate, list[ReturnedGoods]] = {rate: [] for rate in left}
    rest = {rate: planned.get(rate, 0) for rate in left} if planned else dict(left)
    for one in returned:
        rate = next((known for known in left if known[0] == one.rate_bp), next(iter(left)))
        gross = min(one.gross, rest[rate], amount)
        if gross > 0:
            found[rate].append(replace(one, gross=gross))
            rest[rate] -= gross
            amount -= gross
    if amount:
        for rate, part in zip(rest, allocate(amount, list(rest.values())), strict=True):
            if part:
                found[rate].append(ReturnedGoods(label, 1, part, rate[0]))
    return found


def surplus(captured: int, total: int) -> int:
    """Return the money that was taken beyond the order's total: two attempts that both came
    through. It goes back without a credit note, since no invoice was ever over it."""
    return max(0, captured - total)


# --- as it is stored


def stored(content: Content) -> dict[str, Any]:
    """Return the content as JSON."""
    return {
        "lines": [
            {
                "sku": line.sku, "name": line.name, "note": line.note, "quantity": line.quantity,
                "listed": line.listed, "net": line.net, "gross": line.gross,
                "rate_bp": line.rate_bp, "category": line.category,
                "allowances": [_change(one) for one in line.allowances],
            }
            for line in content.lines
        ],
        "allowances": [_change(one) for one in content.allowances],
        "charges": [_change(one) for one in content.charges],
        "taxes": [
            {"rate_bp": one.rate_bp, "category": one.category, "net": one.net, "tax": one.tax}
            for one in content.taxes
        ],
    }  # fmt: skip


def read(found: Mapping[str, Any]) -> Content:
    """Return the content that `stored` wrote."""
    return Content(
        lines=tuple(
            Line(**{**one, "allowances": tuple(Change(**less) for less in one["allowances"])})
            for one in found["lines"]
        ),
        allowances=tuple(Change(**one) for one in found["allowances"]),
        charges=tuple(Change(**one) for one in found["charges"]),
        taxes=tuple(TaxSum(**one) for one in found["taxes"]),
    )


def _change(one: Change) -> dict[str, Any]:
    return {
        "label": one.label, "amount": one.amount, "rate_bp": one.rate_bp, "category": one.category,
    }  # fmt: skip


def percent(rate_bp: int) -> str:
    """Return a rate as a plain decimal number: `19`, `5.5`."""
    return f"{rate_bp * 100 / RATE_WHOLE_BP:g}"
