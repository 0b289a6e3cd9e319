"""The entries of checkout on a buyer's own stream."""

from typing import TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class OrderNews(TypedDict):
    """News of an order; the states are those of the API."""

    number: str
    state: str
    payment_state: str


PRIVATE_KINDS = (
    EntryKind("order.news", Release.NOW, False, OrderNews, "How your order stands."),
)  # fmt: skip
