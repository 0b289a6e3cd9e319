"""The entries of checkout on a buyer's own stream."""

from typing import TypedDict

from showfloor.checkout.reservations import events as reservations
from showfloor.timeline.kinds import EntryKind, Release


class OrderNews(TypedDict):
    """News of an order; the states are those of the API."""

    number: str
    state: str
    payment_state: str


class CartChanged(TypedDict):
    """The cart's version after the change."""

    version: int


class ProductSold(TypedDict):
    """Units that were bought of a product in the show so far; cancelled orders are out of it."""

    product_id: str
    units: int


KINDS = (
    EntryKind(
        "product.sold", Release.NOW, False, ProductSold,
        "So many of a product were bought in the show, where the brand tells it.",
    ),
)  # fmt: skip
PRIVATE_KINDS = (
    *reservations.PRIVATE_KINDS,
    EntryKind(
        "cart.changed", Release.NOW, False, CartChanged,
        "Your cart was changed, perhaps on another device; only members are told.",
    ),
    EntryKind("order.news", Release.NOW, False, OrderNews, "How your order stands."),
)  # fmt: skip
