"""Decisions about the life of an order, without I/O: units that may be shipped, money that may go
back, and the tax inside it.

The laws, which property tests hold: what goes back is never more than what was charged; when all
units and the shipping have gone back, so has every minor unit and every tax row of the order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.money import allocate

UNDO_FOR = timedelta(seconds=60)  # the mail about a parcel leaves after it
LATE_AFTER = timedelta(days=3)  # since the payment, for an order that is still to be sent
DISPUTE_SOON = timedelta(days=3)  # before the deadline, staff hear of a dispute again


@dataclass(frozen=True, slots=True)
class TaxPart:
    """An amount at one rate of tax: `net`, and `tax` on it."""

    rate_bp: int
    net: int
    tax: int
    exemption: str = ""

    @property
    def gross(self) -> int:
        return self.net + self.tax

    def row(self) -> dict[str, int | str]:
        """Return it as it is stored."""
        return {
            "rate_bp": self.rate_bp, "net": self.net, "tax": self.tax, "exemption": self.exemption,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of an order and what became of its units. `charged`: all of its units after
    adjustments, as prices are shown; `is_goods`: False for the wrapping of a gift; `is_sent`: False
    for a download or a ticket."""

    id: str
    quantity: int
    rate_bp: int
    charged: int
    shipped: int = 0
    dropped: int = 0
    returned: int = 0
    is_goods: bool = True
    is_sent: bool = True

    @property
    def open(self) -> int:
        """The units that are still to be sent."""
        return self.unshipped if self.is_sent else 0

    @property
    def unshipped(self) -> int:
        """The units that count and never left the house: those that are still to be sent, and those
        of which nothing is."""
        return self.quantity - self.shipped - self.dropped

    @property
    def refunded(self) -> int:
        return self.dropped + self.returned


@dataclass(frozen=True, slots=True)
class Sale:
    """An order as it was charged. `shipping`: after adjustments; `on_top`: prices are without
    tax."""

    total: int
    lines: Sequence[SoldLine]
    shipping: int
    taxes: Sequence[TaxPart]
    on_top: bool = False


@dataclass(frozen=True, slots=True)
class RefundTotals:
    """The refunds of an order that were decided so far. `taxes`: their tax rows."""

    amount: int = 0
    shipping: int = 0
    taxes: Sequence[TaxPart] = ()


@dataclass(frozen=True, slots=True)
class Deduction:
    """A part of a line's money that is kept for a loss of value, and why."""

    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish to send money back: for units (line id → units), for shipping, or just an `amount`,
    which takes the place of what units and shipping come to. `deductions`: by line id, from what
    its units come to."""

    units: Mapping[str, int] = field(default_factory=dict)
    shipping: int = 0
    amount: int | None = None
    deductions: Mapping[str, Deduction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A refund. `lines`: the amount of each line's units before a deduction; `taxes` add up to
    `amount`."""

    amount: int
    lines: Mapping[str, int]
    shipping: int
    taxes: Sequence[TaxPart]


# --- units


def check_units(lines: Iterable[SoldLine], units: Mapping[str, int]) -> dict[str, int]:
    """Return the units (line id → units) that are above zero; Invalid names a line that is none of
    this order's or a number that cannot be, and says so when there are none."""
    known = {line.id: line for line in lines}
    for line_id, count in units.items():
        if line_id not in known:
            raise Invalid(_("This line is none of this order's."), field=f"units.{line_id}")
        if count < 0:
            raise Invalid(_("The quantity must not be negative."), field=f"units.{line_id}")
    return {line_id: count for line_id, count in units.items() if count}


def check_shippable(lines: Sequence[SoldLine], units: Mapping[str, int]) -> dict[str, int]:
    """Return the units to ship; Conflict names a line of which fewer are open. A gift's wrapping
    goes along with the first parcel of goods."""
    return _check_at_most({line.id: line.open for line in lines}, lines, units)


def check_cancellable(lines: Sequence[SoldLine], units: Mapping[str, int]) -> dict[str, int]:
    """Return the units to cancel, as `check_shippable`: downloads and tickets are among them."""
    return _check_at_most({line.id: line.unshipped for line in lines}, lines, units)


def _check_at_most(
    most: Mapping[str, int], lines: Sequence[SoldLine], units: Mapping[str, int]
) -> dict[str, int]:
    wanted = check_units(lines, units)
    if any(line.is_goods and line.is_sent and line.id in wanted for line in lines):
        wanted |= {line.id: line.open for line in lines if line.open and not line.is_goods}
    if not wanted:
        raise Invalid(_("Choose what is in the parcel."), field="units")
    for line_id, left in most.items():
        if wanted.get(line_id, 0) > left:
            raise Conflict(
                ngettext(
                    "Only %(count)d of it is still to be sent.",
                    "Only %(count)d of it are still to be sent.",
                    left,
                )
                % {"count": left},
                code="not-open",
                field=f"units.{line_id}",
            )
    return wanted


def split_units(line: SoldLine, count: int, *, returned: bool) -> tuple[int, int]:
    """Return how many of `count` refunded units are dropped and how many come back: those that are
    open first, unless the goods were `returned`; a download or a ticket never comes back by post.
    Conflict when there are not so many."""
    from_open = 0 if returned and line.is_sent else min(count, line.unshipped)
    from_shipped = count - from_open
    left = line.shipped - line.returned
    if from_shipped > left:
        most = left if returned and line.is_sent else line.unshipped + left
        raise Conflict(
            ngettext(
                "Only %(count)d of it can be refunded.",
                "Only %(count)d of it can be refunded.",
                most,
            )
            % {"count": most},
            code="not-refundable",
            field=f"units.{line.id}",
        )
    return from_open, from_shipped


# --- money


def shipping_left(sale: Sale, gone: RefundTotals) -> int:
    """Return the shipping that can still go back, tax included."""
    return max(0, sum(_gross_shipping(sale)) - gone.shipping)


def amount_of_units(sale: Sale, line: SoldLine, count: int) -> int:
    """Return what `count` more units of a line come to, tax included. The amounts of all units add
    up to the line's, however they are split over refunds."""
    gross = _gross_lines(sale)[line.id]
    done = line.refunded
    return gross * (done + count) // line.quantity - gross * done // line.quantity


def plan_refund(sale: Sale, gone: RefundTotals, wanted: Wanted, left: int) -> Plan:
    """Return the refund of these units, shipping or amount. At most `left`, the money that can go
    back at all, goes back: what was given as an amount before is not given again. Invalid names the
    field that asks for too much."""
    units = check_units(sale.lines, wanted.units)
    _check_amounts(sale, gone, wanted, left)
    lines = {
        line.id: amount_of_units(sale, line, units[line.id])
        for line in sale.lines
        if line.id in units
    }
    kept = _less_deductions(lines, wanted.deductions)
    worth = sum(kept.values()) + wanted.shipping
    amount = min(worth, left) if wanted.amount is None else wanted.amount
    if not amount and not units:
        raise Invalid(_("Choose what goes back: units, shipping or an amount."), field="amount")
    return Plan(amount, lines, wanted.shipping, _taxes(sale, gone, kept, wanted.shipping, amount))


def _less_deductions(
    lines: Mapping[str, int], deductions: Mapping[str, Deduction]
) -> dict[str, int]:
    """Return what goes back for each line; Invalid names a deduction that is more than that."""
    for line_id, one in deductions.items():
        if not 0 < one.amount <= lines.get(line_id, 0):
            raise Invalid(
                _("No more can be deducted than goes back for it."), field=f"deduction.{line_id}"
            )
    return {
        line_id: amount - (deductions[line_id].amount if line_id in deductions else 0)
        for line_id, amount in lines.items()
    }


def _check_amounts(sale: Sale, gone: RefundTotals, wanted: Wanted, left: int) -> None:
    if wanted.shipping < 0 or wanted.shipping > shipping_left(sale, gone):
        raise Invalid(_("So much shipping was not paid."), field="shipping")
    if wanted.amount is None:
        return
    if wanted.amount < 0:
        raise Invalid(_("The amount must not be negative."), field="amount")
    if wanted.amount > left:
        raise Invalid(
            _("At most %(amount)d minor units can go back.") % {"amount": left},
            field="amount", more={"left": left},
        )  # fmt: skip


def _row_of(sale: Sale, rate_bp: int) -> int:
    """Return the index of the tax row that goods of this rate stand in."""
    rates = [row.rate_bp for row in sale.taxes]
    return rates.index(rate_bp) if rate_bp in rates else 0


def _charged_by_row(sale: Sale) -> list[tuple[list[SoldLine], int]]:
    """Return the lines and the shipping of each tax row: of its base, the row's lines take their
    part and shipping is the rest."""
    found: list[tuple[list[SoldLine], int]] = []
    rest = sale.shipping
    for index, row in enumerate(sale.taxes):
        lines = [line for line in sale.lines if _row_of(sale, line.rate_bp) == index]
        base = row.net if sale.on_top else row.gross
        part = min(rest, max(0, base - sum(line.charged for line in lines)))
        rest -= part
        found.append((lines, part))
    if found and rest:  # rows that do not add up, of an order from an earlier version
        found[0] = found[0][0], found[0][1] + rest
    return found


def _gross_lines(sale: Sale) -> dict[str, int]:
    if not sale.on_top:
        return {line.id: line.charged for line in sale.lines}
    gross: dict[str, int] = {}
    for (lines, shipping), row in zip(_charged_by_row(sale), sale.taxes, strict=True):
        taxes = allocate(row.tax, [*(line.charged for line in lines), shipping])
        gross |= {line.id: line.charged + tax for line, tax in zip(lines, taxes, strict=False)}
    return gross


def _gross_shipping(sale: Sale) -> list[int]:
    """Return the shipping in each tax row, tax included."""
    if not sale.taxes:
        return [sale.shipping]
    parts = []
    for (lines, shipping), row in zip(_charged_by_row(sale), sale.taxes, strict=True):
        tax = 0
        if sale.on_top:
            tax = allocate(row.tax, [*(line.charged for line in lines), shipping])[-1]
        parts.append(shipping + tax)
    return parts


def _taxes(
    sale: Sale, gone: RefundTotals, lines: Mapping[str, int], shipping: int, amount: int
) -> tuple[TaxPart, ...]:
    """Split an amount over the order's tax rows: as the units and the shipping lie in them, or as
    what is left does. No row gives more than it has; the tax of a row goes back in proportion,
    rounded so that all refunds of it together come to the row."""
    done = _done_by_row(sale, gone)
    room = [row.gross - before for row, before in zip(sale.taxes, done, strict=True)]
    weights = [0] * len(sale.taxes)
    for line in sale.lines:
        if weights and line.id in lines:
            weights[_row_of(sale, line.rate_bp)] += lines[line.id]
    if shipping:
        parts = allocate(shipping, _gross_shipping(sale))
        weights = [weight + part for weight, part in zip(weights, parts, strict=False)]
    shares = _within(allocate(amount, weights if sum(weights) else room), room)
    return tuple(
        _tax_part(row, before, share)
        for row, before, share in zip(sale.taxes, done, shares, strict=True)
        if share
    )


def _done_by_row(sale: Sale, gone: RefundTotals) -> list[int]:
    return [
        sum(
            part.gross
            for part in gone.taxes
            if (part.rate_bp, part.exemption) == (row.rate_bp, row.exemption)
        )
        for row in sale.taxes
    ]


def _within(shares: Sequence[int], room: Sequence[int]) -> list[int]:
    """Move what a row cannot give to the rows that can."""
    kept = [min(share, most) for share, most in zip(shares, room, strict=True)]
    over = sum(shares) - sum(kept)
    for index, most in enumerate(room):
        more = min(over, most - kept[index])
        kept[index] += more
        over -= more
    return kept


def _tax_part(row: TaxPart, before: int, share: int) -> TaxPart:
    tax = _tax_inside(row, before + share) - _tax_inside(row, before)
    return TaxPart(row.rate_bp, share - tax, tax, row.exemption)


def _tax_inside(row: TaxPart, gross: int) -> int:
    """Return the tax in the first `gross` of a row, rounded half up."""
    return (2 * row.tax * gross + row.gross) // (2 * row.gross) if row.gross else 0
