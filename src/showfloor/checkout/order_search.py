"""The search for orders, by words of their number, address, name or goods."""

from typing import Any, Final

from django.db.models import QuerySet

from showfloor.accounts.word_index import Searched, having_words
from showfloor.checkout.models import Order, OrderLine

_PLACES: Final = (
    Searched(Order, "order_words"),
    Searched(OrderLine, "order_line_words", key="order_id"),
)


FOUND_MAX: Final = 1_000


def matching(orders: QuerySet[Any], typed: str, *, found_max: int = FOUND_MAX) -> QuerySet[Any]:
    """Return those of the orders in which each typed word, or a word that begins with it, stands,
    the newest `found_max` of them; all orders when nothing was typed."""
    if not typed.strip():
        return orders
    found = having_words(orders, typed, _PLACES).order_by("-placed_at", "-pk")
    # Looked up once: a list is counted and then shown, and each would search again.
    return orders.filter(pk__in=list(found.values_list("pk", flat=True)[:found_max]))
