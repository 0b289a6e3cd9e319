"""Contents of invoices and credit notes: the sums of EN 16931, to the last minor unit."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.fulfilment.documents import rules
from showfloor.fulfilment.documents.rules import Change, Content, ReturnedGoods
from showfloor.pricing.rules import Exemption, Offer, OfferKind
from tests.fulfilment.documents.examples import quoted, sold

_GOODS = st.lists(
    st.tuples(
        st.integers(0, 50_000), st.integers(1, 20), st.sampled_from(["standard", "reduced", "zero"])
    ),
    min_size=1,
    max_size=6,
)
_OFFERS = st.lists(
    st.sampled_from(
        [
            Offer(OfferKind.PERCENT, "p", "Welcome", 1000),
            Offer(OfferKind.AMOUNT, "a", "Five", 500),
            Offer(OfferKind.FREE_SHIPPING, "f", "Free shipping"),
            Offer(OfferKind.AMOUNT, "all", "All", 10**9),
        ]
    ),
    max_size=3,
)


def assert_adds_up(content: Content) -> None:
    """Hold the sum rules BR-CO-10 to BR-CO-15 and the rules of each rate (BR-S-08 and its kin)."""
    for row in content.taxes:
        here = (row.rate_bp, row.category)
        lines = sum(line.net for line in content.lines if (line.rate_bp, line.category) == here)
        less = sum(one.amount for one in content.allowances if (one.rate_bp, one.category) == here)
        more = sum(one.amount for one in content.charges if (one.rate_bp, one.category) == here)
        assert row.net == lines - less + more
    for line in content.lines:
        assert line.net == line.listed - sum(one.amount for one in line.allowances)
        assert line.net >= 0
    assert content.net == sum(row.net for row in content.taxes)
    assert all(one.amount > 0 for one in (*content.allowances, *content.charges))


@given(_GOODS, _OFFERS, st.integers(0, 2000), st.sampled_from([None, *Exemption]), st.booleans())
def test_invoice_of_any_quote_adds_up_to_its_total(
    goods: Sequence[tuple[int, int, str]], offers: Sequence[Offer], shipping: int,
    exemption: Exemption | None, in_prices: bool,
) -> None:  # fmt: skip
    quote = quoted(
        goods, shipping=shipping, offers=offers, exemption=exemption, in_prices=in_prices
    )
    content = rules.invoice(sold(quote))
    assert_adds_up(content)
    assert (content.gross, content.tax) == (quote.total, quote.tax)
    assert rules.read(rules.stored(content)) == content


@given(_GOODS, _OFFERS, st.lists(st.integers(1, 5000), max_size=8))
def test_credit_notes_give_back_an_invoice_exactly(
    goods: Sequence[tuple[int, int, str]], offers: Sequence[Offer], parts: Sequence[int]
) -> None:
    of = rules.invoice(sold(quoted(goods, offers=offers)))
    notes: list[Content] = []
    for part in [*parts, of.gross]:
        amount = min(part, of.gross - sum(note.gross for note in notes))
        if amount:
            notes.append(rules.credit(of, notes, amount, "R-1"))
            assert_adds_up(notes[-1])
            assert notes[-1].gross == amount
    for row in of.taxes:
        back = [one for note in notes for one in note.taxes if one.rate_bp == row.rate_bp]
        assert (sum(one.net for one in back), sum(one.tax for one in back)) == (row.net, row.tax)


def test_discount_stands_on_the_line_that_it_lowers() -> None:
    voucher = Offer(OfferKind.PERCENT, "v", "Welcome 10 %", 1000)
    quote = quoted([(11900, 1, "standard")], shipping=0, offers=[voucher])
    (line,) = rules.invoice(sold(quote)).lines
    assert (line.listed, line.net, line.allowances) == (
        10000, 9000, (Change("Welcome 10 %", 1000),),
    )  # fmt: skip


def test_shipping_is_a_charge_of_each_rate_that_it_brings() -> None:
    content = rules.invoice(sold(quoted([(1000, 1, "standard"), (1000, 1, "reduced")])))
    assert content.charges == (
        Change("Standard", 206, 1900, "S"), Change("Standard", 229, 700, "S"),
    )  # fmt: skip


def test_goods_that_came_back_are_credited_at_their_own_rate() -> None:
    of = rules.invoice(sold(quoted([(11900, 1, "standard"), (1070, 2, "reduced")], shipping=0)))
    note = rules.credit(of, [], 1070, "R-1", [ReturnedGoods("Soap", 1, 1070, 700)])
    assert [(one.rate_bp, one.net, one.tax) for one in note.taxes] == [(700, 1000, 70)]
    assert [(line.name, line.quantity, line.net) for line in note.lines] == [("Soap", 1, 1000)]


@pytest.mark.parametrize(
    ("exemption", "rate_bp", "small", "expected"),
    [
        ("", 1900, False, "S"), ("", 0, False, "Z"), ("", 0, True, "E"),
        ("reverse-charge", 0, False, "AE"), ("export", 0, False, "G"),
    ],
)  # fmt: skip
def test_category_of_a_tax_row(exemption: str, rate_bp: int, small: bool, expected: str) -> None:
    assert rules.category(exemption, rate_bp, small_business=small) == expected


def test_money_beyond_the_total_is_surplus() -> None:
    assert (rules.surplus(5000, 2500), rules.surplus(2500, 2500), rules.surplus(0, 1)) == (
        2500, 0, 0,
    )  # fmt: skip
