"""Money: whole minor units and an ISO 4217 code. Never a float, never two currencies in one sum."""

from collections.abc import Sequence
from dataclasses import dataclass

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip

RATE_WHOLE_BP = 10_000  # basis points in 100 %


def exponent(currency: str) -> int:
    """Return the number of decimals of the currency's minor unit."""
    return _EXPONENTS.get(currency, 2)


def is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


@dataclass(frozen=True, slots=True, order=False)
class Money:
    amount: int  # minor units
    currency: str

    def __post_init__(self) -> None:
        assert is_currency(self.currency), f"not an ISO 4217 code: {self.currency!r}"

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "sum of two currencies"
        return Money(self.amount + other.amount, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount * quantity, self.currency)

    @property
    def decimal(self) -> str:
        """The amount as a plain decimal number: `12.50`, `1250`."""
        digits = exponent(self.currency)
        sign, amount = ("-" if self.amount < 0 else ""), abs(self.amount)
        if digits == 0:
            return f"{sign}{amount}"
        whole, rest = divmod(amount, 10**digits)
        return f"{sign}{whole}.{rest:0{digits}d}"


def included_tax(gross: int, rate_bp: int) -> int:
    """The tax inside a tax-inclusive amount, rounded half up; `rate_bp`: 1900 is 19 %."""
    assert gross >= 0, "tax of a negative amount"
    assert 0 <= rate_bp < RATE_WHOLE_BP * 10, f"not a tax rate: {rate_bp}"
    divisor = RATE_WHOLE_BP + rate_bp
    return (2 * gross * rate_bp + divisor) // (2 * divisor)


def share_of(amount: int, rate_bp: int) -> int:
    """Return the rate's share of an amount, rounded half up; `rate_bp`: 1900 is 19 %."""
    assert amount >= 0, "a share of a negative amount"
    return (2 * amount * rate_bp + RATE_WHOLE_BP) // (2 * RATE_WHOLE_BP)


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to the weights, so that the parts add up to it.

    The units that rounding down leaves go to the largest remainders, the first of equal ones first.
    Where no weight is above 0, the first part takes it all.
    """
    assert amount >= 0, "a negative amount"
    whole = sum(weights)
    if whole == 0:
        return [amount if index == 0 else 0 for index in range(len(weights))]
    parts = [amount * weight // whole for weight in weights]
    remainders = [amount * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: -remainders[index])
    for index in order[: amount - sum(parts)]:
        parts[index] += 1
    return parts
