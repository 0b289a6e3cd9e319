"""Amounts as Stripe writes them: ISO 4217's minor units, but for two currencies.

https://docs.stripe.com/currencies#special-cases: the krona of Iceland and the shilling of Uganda
have no minor unit, and Stripe takes them with two digits, both zero.
"""

_TWO_ZEROES = frozenset({"ISK", "UGX"})


def to_stripe(amount: int, currency: str) -> int:
    return amount * 100 if currency in _TWO_ZEROES else amount


def from_stripe(amount: int, currency: str) -> int:
    """Return our amount; one of Stripe's that is no whole number of ours is rounded down, and the
    check against our attempt refuses it."""
    return amount // 100 if currency in _TWO_ZEROES else amount
