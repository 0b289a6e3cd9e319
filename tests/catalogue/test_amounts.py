"""Amounts as people and files write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.catalogue.amounts import (
    DecimalSign,
    NotAnAmount,
    TooManyDecimals,
    TwoReadings,
    decimal_sign,
    read_money,
    written,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("24.90", "EUR", 2490),
        ("24,9", "EUR", 2490),
        ("24", "EUR", 2400),
        ("1.234,50 €", "EUR", 123450),
        ("1,234.50", "EUR", 123450),
        ("€ 1.234,50", "EUR", 123450),
        ("EUR1234.50", "EUR", 123450),
        ("1 234,50", "EUR", 123450),
        ("1\u202f234,50", "EUR", 123450),
        ("1’234.50", "CHF", 123450),
        ("12.– CHF", "CHF", 1200),
        ("1.234.567", "EUR", 123456700),
        ("1,00,000.00", "INR", 10000000),
        ("1000.00 JPY", "JPY", 1000),
        ("¥1,234,567", "JPY", 1234567),
        ("$5", "CAD", 500),
        ("0.500", "EUR", 50),
        ("1234.500", "EUR", 123450),
        ("1234,567", "KWD", 1234567),
        ("٢٤٫٩٠".replace("٫", "."), "EUR", 2490),
        ("-5", "EUR", -500),
    ],
)
@pytest.mark.parametrize("sign", [".", ",", None])
def test_amount_with_one_reading_is_read_whoever_wrote_it(
    text: str, currency: str, minor: int, sign: DecimalSign | None
) -> None:
    assert read_money(text, currency, sign).amount == minor


@pytest.mark.parametrize(
    ("text", "currency", "sign", "minor"),
    [
        ("1,500", "EUR", ".", 150000),
        ("1.500", "EUR", ",", 150000),
        ("1,000 JPY", "JPY", ".", 1000),
        ("1.000", "JPY", ",", 1000),
        ("1.500", "KWD", ".", 1500),
        ("1,500", "KWD", ".", 1500000),
    ],
)
def test_writers_decimal_sign_decides(
    text: str, currency: str, sign: DecimalSign, minor: int
) -> None:
    assert read_money(text, currency, sign).amount == minor


@pytest.mark.parametrize(
    ("text", "currency", "sign"),
    [
        ("1,500", "EUR", None),
        ("1.500", "EUR", None),
        ("1,000 JPY", "JPY", None),
        ("9.999", "EUR", None),
        ("1.500", "EUR", "."),  # a price has no three decimals: someone of another language
        ("1,500", "EUR", ","),
        ("1.500", "KWD", None),
    ],
)
def test_amount_with_two_readings_is_refused(
    text: str, currency: str, sign: DecimalSign | None
) -> None:
    with pytest.raises(TwoReadings):
        read_money(text, currency, sign)


def test_refusal_names_both_readings() -> None:
    with pytest.raises(TwoReadings) as refused:
        read_money("1,500", "EUR", None)
    assert (refused.value.larger, refused.value.smaller) == ("1500", "1.5")


@pytest.mark.parametrize(
    "text",
    ["", "cheap", "1..5", "1,2,3", "1.23.456", "12 50", "1.234,567.89", "5 USD", "€5€", "1e3",
     "--1", "5 5", ".", "5%", "1'23", "0x10", "9" * 61],
)  # fmt: skip
def test_text_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        read_money(text, "EUR", ".")


@pytest.mark.parametrize(("text", "currency"), [("9.9999", "EUR"), ("5.5", "JPY")])
def test_smaller_unit_than_the_currency_has_is_refused(text: str, currency: str) -> None:
    with pytest.raises(TooManyDecimals):
        read_money(text, currency, ".")


@pytest.mark.parametrize(
    ("language", "sign"),
    [("en", "."), ("de", ","), ("de-ch", "."), ("fr", ","), ("xx", "."), ("", ".")],
)
def test_language_has_its_decimal_sign(language: str, sign: str) -> None:
    assert decimal_sign(language) == sign


@given(
    amount=st.integers(0, 10**14),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    sign=st.sampled_from([".", ","]),
)
def test_written_amount_is_read_again(amount: int, currency: str, sign: DecimalSign) -> None:
    assert read_money(written(amount, currency, sign), currency, sign).amount == amount


@given(st.text(alphabet="0123456789.,' -€EUR\u00a0", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    signs: tuple[DecimalSign | None, ...] = (".", ",", None)
    for sign in signs:
        try:
            read_money(text, "EUR", sign)
        except NotAnAmount:
            continue
