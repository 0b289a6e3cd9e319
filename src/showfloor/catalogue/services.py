"""Verbs of the catalogue."""

from showfloor.catalogue.models import Price, Variant


def set_price(variant: Variant, currency: str, amount: int, compare_at: int | None) -> Price:
    """Set a variant's price in a currency, and the price before; minor units, tax included."""
    assert compare_at is None or compare_at > amount, "a price before that was no higher"
    price, _new = Price.objects.all_brands().update_or_create(
        variant=variant, currency=currency, defaults={"amount": amount, "compare_at": compare_at}
    )
    return price
