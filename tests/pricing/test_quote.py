"""Quotes: exact amounts, and the laws that hold for every purchase."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from showfloor.kernel.money import allocate
from showfloor.pricing.promotions.rules import BundleRule, bundle_offers, bundle_sets
from showfloor.pricing.rules import (
    Adjustment,
    Exemption,
    ListPrice,
    Offer,
    OfferKind,
    PriceBook,
    Quote,
    TaxRates,
    TaxRow,
    Terms,
    Wish,
    quote,
)

GERMAN = TaxRates(1900, rows={("DE", "reduced"): 700, ("AT", "standard"): 2000})
BOOK = PriceBook(
    "EUR", {"serum": ListPrice(3900), "book": ListPrice(1990, tax_class="reduced")}, GERMAN
)
SERUM, BOTH = [Wish("serum", 1)], [Wish("serum", 2), Wish("book", 1)]


def test_line_costs_its_list_price_with_tax_inside() -> None:
    found = quote(BOOK, [Wish("serum", 2)], Terms(country="DE", shipping=490))
    assert (found.subtotal, found.discount, found.total) == (7800, 0, 8290)
    assert found.taxes == (TaxRow(1900, 6966, 1324),)


def test_each_rate_of_the_country_has_its_row_and_shipping_is_split_between_them() -> None:
    found = quote(BOOK, BOTH, Terms(country="DE", shipping=490))
    # 490 by 7800 : 1990 is 390 and 100.
    assert found.taxes == (TaxRow(1900, 8190 - 1308, 1308), TaxRow(700, 2090 - 137, 137))
    assert found.total == 7800 + 1990 + 490


def test_country_without_a_reduced_rate_takes_its_standard_rate() -> None:
    found = quote(BOOK, BOTH, Terms(country="AT"))
    assert [row.rate_bp for row in found.taxes] == [2000]


def test_country_without_a_row_takes_the_rate_of_the_brand() -> None:
    assert quote(BOOK, SERUM, Terms(country="FR")).taxes == (TaxRow(1900, 3277, 623),)


def test_percent_offer_leaves_a_row_on_each_line_that_it_is_for() -> None:
    offer = Offer(OfferKind.PERCENT, "voucher:1", "GLOW", 1000, frozenset({"serum"}))
    found = quote(BOOK, BOTH, Terms(country="DE", offers=[offer]))
    assert [line.charge.adjustments for line in found.lines] == [
        (Adjustment("voucher", "voucher:1", "GLOW", -780),), ()
    ]  # fmt: skip
    assert (found.discount, found.total) == (780, 7020 + 1990)


def test_amount_offer_is_spread_over_the_lines_to_the_last_unit() -> None:
    offer = Offer(OfferKind.AMOUNT, "voucher:2", "TEN", 1000)
    found = quote(BOOK, BOTH, Terms(offers=[offer]))
    assert [line.charge.discount for line in found.lines] == [797, 203]


def test_amount_offer_above_the_goods_makes_them_free_and_not_the_shipping() -> None:
    offer = Offer(OfferKind.AMOUNT, "voucher:3", "ALL", 10**6)
    found = quote(BOOK, BOTH, Terms(shipping=490, offers=[offer]))
    assert (found.discount, found.total) == (9790, 490)


def test_free_shipping_is_a_row_on_the_shipping() -> None:
    offer = Offer(OfferKind.FREE_SHIPPING, "voucher:4", "SEND")
    found = quote(BOOK, SERUM, Terms(shipping=490, offers=[offer]))
    assert found.shipping.adjustments == (Adjustment("voucher", "voucher:4", "SEND", -490),)
    assert found.total == 3900


def test_exempt_buyer_pays_without_the_tax_and_a_row_says_why() -> None:
    found = quote(BOOK, SERUM, Terms(country="DE", exemption=Exemption.REVERSE_CHARGE))
    assert found.lines[0].charge.adjustments == (Adjustment("tax-relief", "", "", -623),)
    assert found.taxes == (TaxRow(0, 3277, 0, "reverse-charge"),)


def test_prices_without_tax_get_it_on_top() -> None:
    book = PriceBook("USD", {"serum": ListPrice(3900)}, TaxRates(825, in_prices=False))
    found = quote(book, SERUM, Terms(shipping=500))
    assert (found.tax_added, found.total) == (363, 4763)  # 8.25 % of 44.00


def test_variant_without_a_price_is_left_out() -> None:
    assert [line.variant_id for line in quote(BOOK, [*SERUM, Wish("x", 1)], Terms()).lines] == [
        "serum"
    ]


_amounts = st.integers(0, 10**9)
_rates = st.integers(0, 3000)
_offers = st.builds(
    Offer, st.sampled_from(OfferKind), st.just("v"), st.just("V"), st.integers(0, 20_000),
    st.none() | st.frozensets(st.sampled_from("abcd")),
    amounts=st.none() | st.tuples(st.tuples(st.sampled_from("abcd"), st.integers(0, 10**9))),
)  # fmt: skip
_books = st.builds(
    PriceBook,
    st.just("EUR"),
    st.dictionaries(
        st.sampled_from("abcd"),
        st.builds(ListPrice, _amounts, tax_class=st.sampled_from(["standard", "reduced", "zero"])),
        min_size=1,
    ),
    st.builds(TaxRates, _rates, st.booleans(), st.fixed_dictionaries({("DE", "reduced"): _rates})),
)
_wishes = st.lists(st.builds(Wish, st.sampled_from("abcd"), st.integers(1, 20)), max_size=6)
_terms = st.builds(
    Terms, st.sampled_from(["", "DE", "FR"]), st.none() | _amounts, st.lists(_offers, max_size=3),
    st.none() | st.sampled_from(Exemption),
)  # fmt: skip


@given(_books, _wishes, _terms)
def test_total_is_the_sum_of_its_rows(book: PriceBook, wishes: list[Wish], terms: Terms) -> None:
    found = quote(book, wishes, terms)
    rows = sum(line.charge.total for line in found.lines) + found.shipping.total
    assert found.total == rows + found.tax_added
    assert found.total == sum(row.net + row.tax for row in found.taxes)


@given(_books, _wishes, _terms)
def test_no_adjustment_makes_an_amount_negative(
    book: PriceBook, wishes: list[Wish], terms: Terms
) -> None:
    found = quote(book, wishes, terms)
    charges = [*(line.charge for line in found.lines), found.shipping]
    assert all(0 <= charge.total <= charge.listed for charge in charges)
    assert all(row.net >= 0 and row.tax >= 0 for row in found.taxes)


@given(_books, _wishes, _terms)
def test_offers_never_raise_the_total(book: PriceBook, wishes: list[Wish], terms: Terms) -> None:
    def total(offers: object) -> Quote:
        return quote(book, wishes, Terms(terms.country, terms.shipping, offers, terms.exemption))  # type: ignore[arg-type]

    assert total(terms.offers).total <= total(()).total


@st.composite
def _bundled(draw: st.DrawFn) -> tuple[PriceBook, list[Wish], list[BundleRule]]:
    book = draw(_books)
    sets = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 3), min_size=1)
    rules = [
        BundleRule(str(number), "Set", None, "EUR", None, None, price, tuple(items.items()))
        for number, (items, price) in enumerate(draw(st.lists(st.tuples(sets, _amounts))))
    ]
    units = draw(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 20)))
    return book, [Wish(variant, count) for variant, count in units.items()], rules


@given(_bundled())
def test_bundles_take_off_exactly_what_their_sets_save_and_no_unit_is_in_two(
    made: tuple[PriceBook, list[Wish], list[BundleRule]],
) -> None:
    book, wishes, rules = made
    units = {wish.variant_id: wish.quantity for wish in wishes}
    found = bundle_sets(rules, book.prices, units)
    used = Counter[str]()
    for one in found:
        used.update({variant: count * one.times for variant, count in one.rule.items})
    assert all(count <= units.get(variant, 0) for variant, count in used.items())
    quoted = quote(book, wishes, Terms(offers=bundle_offers(found, book.prices)))
    assert quoted.discount == sum(one.off for one in found)
    plain = quote(book, wishes, Terms())
    assert quoted.total <= plain.total


def test_bundle_is_spread_over_its_units_and_counts_as_often_as_it_is_complete() -> None:
    rule = BundleRule("b", "Set", None, "EUR", None, None, 5000, (("serum", 1), ("book", 1)))
    wishes = [Wish("serum", 3), Wish("book", 2)]
    found = bundle_sets([rule], BOOK.prices, {"serum": 3, "book": 2})
    quoted = quote(BOOK, wishes, Terms(offers=bundle_offers(found, BOOK.prices)))
    # 5,890 becomes 5,000, twice: 1,780 by 7,800 : 3,980.
    assert [line.charge.adjustments for line in quoted.lines] == [
        (Adjustment("bundle", "b", "Set", -1179),), (Adjustment("bundle", "b", "Set", -601),)
    ]  # fmt: skip
    assert quoted.total == 2 * 5000 + 3900


@given(_amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_parts_of_an_amount_add_up_to_it(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    if 0 < sum(weights) >= amount:
        assert all(part <= weight for part, weight in zip(parts, weights, strict=True))
