"""Price lists: which one decides, exactly from when until when, and what a quote says of it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import PriceChange, Variant
from showfloor.catalogue.services import set_price
from showfloor.pricing import queries
from showfloor.pricing.history import Reduction
from showfloor.pricing.lists import ListedPrice, price_of
from showfloor.pricing.models import Market, MarketExclusion, PriceList, PriceListItem
from showfloor.pricing.rules import (
    Adjustment,
    ListPrice,
    PriceBook,
    Sale,
    TaxRates,
    Terms,
    Wish,
    quote,
)
from tests.stock.helpers import make_variant

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWN = ListPrice(5000)


def listed(number: int, *, kind: str = "sale", market: bool = False, amount: int | None = None,
           percent_bp: int | None = None) -> ListedPrice:  # fmt: skip
    """A list that began `number` hours ago."""
    return ListedPrice(
        f"l{number}", f"List {number}", kind, market, NOW - number * HOUR, None, amount, percent_bp
    )


def test_lowest_of_several_sales_wins_and_the_later_of_equal_ones() -> None:
    found = price_of(OWN, [listed(1, percent_bp=1000), listed(2, amount=4000)])
    assert found == ListPrice(5000, sale=Sale(1000, "price-list:l2", "List 2"))
    found = price_of(OWN, [listed(3, amount=4000), listed(2, percent_bp=2000)])
    assert found is not None
    assert found.sale == Sale(1000, "price-list:l2", "List 2")


def test_regular_list_of_the_market_comes_before_one_of_all_markets() -> None:
    lists = [listed(1, kind="regular", amount=6000),
             listed(9, kind="regular", market=True, amount=5500)]  # fmt: skip
    assert price_of(OWN, lists) == ListPrice(5500)
    assert price_of(OWN, lists[:1]) == ListPrice(6000)


def test_later_regular_list_comes_before_an_earlier_one_and_a_sale_takes_off_it() -> None:
    lists = [listed(9, kind="regular", amount=6000), listed(2, kind="regular", amount=8000)]
    assert price_of(OWN, [*lists, listed(1, percent_bp=2500)]) == ListPrice(
        8000, sale=Sale(2000, "price-list:l1", "List 1")
    )


def test_sale_that_is_not_below_the_regular_price_does_nothing() -> None:
    assert price_of(OWN, [listed(1, amount=5000), listed(2, amount=7000)]) == OWN


def test_list_gives_a_price_to_what_has_none_and_a_sale_does_not() -> None:
    assert price_of(None, [listed(1, kind="regular", amount=100)]) == ListPrice(100)
    assert price_of(None, [listed(1, amount=100)]) is None


def test_sale_is_an_adjustment_that_names_its_list() -> None:
    price = ListPrice(5000, sale=Sale(1000, "price-list:x", "Spring"))
    book = PriceBook("EUR", {"serum": price}, TaxRates(1900))
    found = quote(book, [Wish("serum", 3)], Terms())
    assert found.lines[0].charge.adjustments == (
        Adjustment("price-list", "price-list:x", "Spring", -3000),
    )
    assert (found.subtotal, found.discount, found.total) == (15000, 3000, 12000)


_lists = st.lists(
    st.builds(
        listed, st.integers(0, 9), kind=st.sampled_from(["sale", "regular"]),
        market=st.booleans(), amount=st.integers(0, 9000),
    ) | st.builds(listed, st.integers(0, 9), percent_bp=st.integers(1, 10_000)),
    max_size=6,
)  # fmt: skip


@given(_lists)
def test_sale_never_raises_a_price_nor_makes_it_negative(lists: list[ListedPrice]) -> None:
    found = price_of(OWN, lists)
    assert found is not None
    assert 0 <= found.paid <= found.amount


@given(_lists, st.randoms())
def test_order_of_the_rows_does_not_matter(lists: list[ListedPrice], chance: object) -> None:
    alone = {(one.list_id, one.kind): one for one in lists}  # a list says one thing of a variant
    shuffled = list(alone.values())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert price_of(OWN, shuffled) == price_of(OWN, list(alone.values()))


# --- the tables


def make_list(brand: Brand, variant: Variant, *, start: datetime = NOW - HOUR,
              end: datetime | None = None, market: Market | None = None, currency: str = "EUR",
              kind: str = "sale", published: bool = True, **price: int) -> PriceList:  # fmt: skip
    made = PriceList(
        brand=brand, name="Spring", kind=kind, market=market, currency=currency, starts_at=start,
        ends_at=end, published=published,
    )  # fmt: skip
    made.save()
    PriceListItem(price_list=made, variant=variant, since=start - DAY, **price).save()
    return made


def paid(brand: Brand, variant: Variant, at: datetime, market: Market | None = None) -> int | None:
    currency, market_id = (market.currency, market.pk) if market else ("EUR", queries.HOME)
    with connection.cursor() as cursor:
        book = queries.load(cursor, brand.pk, [variant.pk], currency, at, market_id)
    price = book.prices.get(variant.pk)
    return None if price is None else price.paid


@pytest.mark.django_db
def test_list_comes_into_force_and_ends_at_its_moments(brand: Brand) -> None:
    serum = make_variant(brand, "SERUM", 5, price=5000)
    end = NOW + HOUR
    make_list(brand, serum, start=NOW, end=end, amount=4000)
    tick = timedelta(microseconds=1)
    assert [paid(brand, serum, at) for at in (NOW - tick, NOW, end - tick, end)] == [
        5000, 4000, 4000, 5000,
    ]  # fmt: skip


@pytest.mark.django_db
def test_draft_and_lists_of_others_change_no_price(brand: Brand, other_brand: Brand) -> None:
    serum = make_variant(brand, "SERUM", 5, price=5000)
    make_list(brand, serum, amount=1, published=False)
    make_list(brand, serum, amount=1, currency="CHF")
    swiss = Market(brand=brand, name="Switzerland", code="ch", currency="CHF")
    swiss.save()
    make_list(brand, serum, amount=1, market=swiss)
    assert paid(brand, serum, NOW) == 5000


@pytest.mark.django_db
def test_market_has_its_currency_its_prices_and_its_goods(brand: Brand) -> None:
    serum, cream = make_variant(brand, "SERUM", 5, price=5000), make_variant(brand, "CREAM", 5)
    swiss = Market(
        brand=brand, name="Switzerland", code="ch", currency="CHF", prices_include_tax=False
    )
    swiss.save()
    assert paid(brand, serum, NOW, swiss) is None  # no price in its currency
    set_price(serum, "CHF", 5500, None)
    set_price(cream, "CHF", 2500, None)
    assert paid(brand, serum, NOW, swiss) == 5500
    make_list(brand, serum, market=swiss, currency="CHF", kind="regular", amount=5900)
    assert paid(brand, serum, NOW, swiss) == 5900
    MarketExclusion(market=swiss, product=cream.product).save()
    assert paid(brand, cream, NOW, swiss) is None
    assert paid(brand, cream, NOW) is not None
    with connection.cursor() as cursor:
        assert queries.tax_rates(cursor, brand.pk, NOW, swiss.pk).in_prices is False
        assert queries.tax_rates(cursor, brand.pk, NOW).in_prices is True


@pytest.mark.django_db
def test_reduction_of_a_list_says_the_lowest_price_of_its_market(brand: Brand) -> None:
    serum = make_variant(brand, "SERUM", 5, price=5000)
    PriceChange.objects.for_brand(brand).update(at=NOW - 90 * DAY)
    make_list(brand, serum, start=NOW - 20 * DAY, end=NOW - 10 * DAY, amount=4500)
    make_list(brand, serum, start=NOW - DAY, percent_bp=2000)
    with connection.cursor() as cursor:
        book = queries.load(cursor, brand.pk, [serum.pk], "EUR", NOW)
        found = queries.reductions(cursor, book, NOW)
    assert found == {serum.pk: Reduction(5000, 4500, NOW - DAY)}


@pytest.mark.django_db
def test_row_that_was_taken_out_still_counts_for_the_days_it_applied(brand: Brand) -> None:
    serum = make_variant(brand, "SERUM", 5, price=5000)
    PriceChange.objects.for_brand(brand).update(at=NOW - 90 * DAY)
    first = make_list(brand, serum, start=NOW - 20 * DAY, amount=3000)
    PriceListItem.objects.for_brand(brand).filter(price_list=first).update(until=NOW - 19 * DAY)
    make_list(brand, serum, start=NOW - DAY, amount=2900)
    with connection.cursor() as cursor:
        book = queries.load(cursor, brand.pk, [serum.pk], "EUR", NOW)
        assert queries.reductions(cursor, book, NOW)[serum.pk].prior == 3000


@pytest.mark.django_db
def test_every_way_to_write_a_price_keeps_its_history(brand: Brand) -> None:
    serum = make_variant(brand, "SERUM", 5, price=5000)
    set_price(serum, "EUR", 4000, 5000)
    set_price(serum, "EUR", 4000, 5000)  # the same again is no change
    price = serum.prices.get()
    price.amount = 3000
    price.save()
    price.delete()
    rows = PriceChange.objects.for_brand(brand)  # several may be of one millisecond
    assert set(rows.values_list("amount", "compare_at")) == {
        (5000, None), (4000, 5000), (3000, 5000), (None, None),
    }  # fmt: skip
    assert rows.count() == 4
