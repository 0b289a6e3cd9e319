"""Money: whole minor units and an ISO 4217 code. Never a float, never two currencies in one sum."""

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
