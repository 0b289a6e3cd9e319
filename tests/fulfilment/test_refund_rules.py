"""Laws of refunds: what goes back is never more than what was charged, and all of it can."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from showfloor.fulfilment import rules
from showfloor.fulfilment.rules import Plan, RefundTotals, Sale, SoldLine, TaxPart, Wanted
from showfloor.kernel.errors import Invalid
from showfloor.pricing.rules import ListPrice, PriceBook, TaxRates, Terms, Wish, quote

RATES = {("DE", "standard"): 1900, ("DE", "reduced"): 700}


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """An order as `pricing.quote` prices it, with tax inside or on top."""
    prices = {
        f"v{number}": ListPrice(
            draw(st.integers(0, 5000)),
            tax_class=draw(st.sampled_from(["standard", "reduced", "zero"])),
        )
        for number in range(draw(st.integers(1, 4)))
    }
    book = PriceBook("EUR", prices, TaxRates(1900, draw(st.booleans()), RATES))
    wishes = [Wish(name, draw(st.integers(1, 5))) for name in prices]
    found = quote(book, wishes, Terms("DE", draw(st.integers(0, 900))))
    return Sale(
        found.total,
        [
            SoldLine(line.variant_id, line.quantity, line.rate_bp, line.charge.total)
            for line in found.lines
        ],
        found.shipping.total,
        [TaxPart(row.rate_bp, row.net, row.tax, row.exemption) for row in found.taxes],
        on_top=found.tax_added > 0,
    )


def after(
    sale: Sale, gone: RefundTotals, plan: Plan, units: Mapping[str, int]
) -> tuple[Sale, RefundTotals]:
    """The order and its refunds once the plan is carried out, of units that were not sent."""
    lines = [
        SoldLine(
            line.id, line.quantity, line.rate_bp, line.charged,
            dropped=line.dropped + units.get(line.id, 0),
        )
        for line in sale.lines
    ]  # fmt: skip
    return (
        Sale(sale.total, lines, sale.shipping, sale.taxes, sale.on_top),
        RefundTotals(
            gone.amount + plan.amount, gone.shipping + plan.shipping, [*gone.taxes, *plan.taxes]
        ),
    )


def tax_of(parts: object) -> dict[tuple[int, str], tuple[int, int]]:
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for part in parts:  # type: ignore[attr-defined]
        net, tax = sums.get((part.rate_bp, part.exemption), (0, 0))
        if part.gross:
            sums[part.rate_bp, part.exemption] = net + part.net, tax + part.tax
    return sums


@settings(max_examples=150, deadline=None)
@given(sales(), st.data())
def test_refunds_never_exceed_what_was_captured(sale: Sale, data: st.DataObject) -> None:
    gone = RefundTotals()
    for _refund in range(data.draw(st.integers(1, 5))):
        units = {line.id: data.draw(st.integers(0, line.open)) for line in sale.lines}
        shipping = data.draw(st.integers(0, rules.shipping_left(sale, gone)))
        amount = data.draw(st.none() | st.integers(0, sale.total * 2))
        left = sale.total - gone.amount
        try:
            plan = rules.plan_refund(sale, gone, Wanted(units, shipping, amount), left)
        except Invalid:
            continue
        assert plan.amount <= left
        assert sum(part.gross for part in plan.taxes) == plan.amount
        assert all(part.net >= 0 and part.tax >= 0 for part in plan.taxes)
        sale, gone = after(sale, gone, plan, units)
        for row in sale.taxes:
            same = [one for one in gone.taxes if one.rate_bp == row.rate_bp]
            assert sum(one.tax for one in same) <= row.tax
            assert sum(one.gross for one in same) <= row.gross


@settings(max_examples=150, deadline=None)
@given(sales(), st.data())
def test_all_units_and_shipping_give_every_minor_unit_and_tax_row_back(
    sale: Sale, data: st.DataObject
) -> None:
    """In however many refunds, and in whichever order."""
    gone = RefundTotals()
    while any(line.open for line in sale.lines):
        units = {line.id: data.draw(st.integers(0, line.open)) for line in sale.lines}
        if not any(units.values()):
            units = {line.id: line.open for line in sale.lines}
        plan = rules.plan_refund(sale, gone, Wanted(units), sale.total - gone.amount)
        sale, gone = after(sale, gone, plan, units)
    shipping = rules.shipping_left(sale, gone)
    if shipping:
        plan = rules.plan_refund(sale, gone, Wanted({}, shipping), sale.total - gone.amount)
        sale, gone = after(sale, gone, plan, {})
    assert gone.amount == sale.total
    assert tax_of(gone.taxes) == tax_of(sale.taxes)


def test_amount_given_before_is_not_given_again() -> None:
    sale = Sale(1000, [SoldLine("a", 1, 1900, 1000)], 0, [TaxPart(1900, 840, 160)])
    gone = RefundTotals(300, 0, [TaxPart(1900, 252, 48)])
    plan = rules.plan_refund(sale, gone, Wanted({"a": 1}), 700)
    assert (plan.amount, plan.taxes) == (700, (TaxPart(1900, 588, 112),))
