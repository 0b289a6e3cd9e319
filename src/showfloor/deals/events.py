"""Deals, as they stand on the timeline."""

from typing import TypedDict

from showfloor.timeline.kinds import Delivery, EntryKind, Release


class DealGoods(TypedDict):
    """One variant at the deal's price. `prior`: the lowest price of the 30 days before, null where
    none is known."""

    variant_id: str
    product_id: str
    sku: str
    name: str
    image: str
    amount: int
    prior: int | None


class DealCard(TypedDict):
    """A deal as viewers see it. `left`: units that can still be had, null without a limit.
    `window_ms`: by how much later than `ends_at` a tap may come from a viewer who is that far
    behind, and for how long winners are decided after the opening."""

    deal_id: str
    title: str
    goods: list[DealGoods]
    currency: str
    units_max: int | None
    per_person: int | None
    left: int | None
    opens_at: str
    ends_at: str
    window_ms: int


class DealChanged(TypedDict):
    """Units come and go: `left` is what there really is, in deal and stock."""

    deal_id: str
    left: int | None
    ends_at: str


class DealEnded(TypedDict):
    """`ended_at`: the picture from which on the price is over."""

    deal_id: str
    ended_at: str


class DealWithdrawn(TypedDict):
    deal_id: str


KINDS = (
    EntryKind(
        "deal.announced", Release.PICTURE, True, DealCard,
        "A deal begins at the picture of `opens_at`; the countdown runs.",
    ),
    EntryKind(
        "deal.opened", Release.PICTURE, True, DealCard, "The deal's price holds from this picture.",
    ),
    EntryKind(
        "deal.changed", Release.NOW, False, DealChanged, "How many units are left.",
        Delivery.AGGREGATED,
    ),
    EntryKind("deal.ended", Release.PICTURE, True, DealEnded, "The price is over."),
    EntryKind(
        "deal.withdrawn", Release.NOW, True, DealWithdrawn,
        "The deal is taken back as if it had not been.",
    ),
)  # fmt: skip


class DealCounts(TypedDict):
    """How a deal stands, for staff: `asked` units were wished for, `won` are kept or bought."""

    deal_id: str
    asked: int
    pending: int
    won: int
    bought: int
    left: int | None


BACKSTAGE_KINDS = (
    EntryKind(
        "deal.counts", Release.NOW, False, DealCounts, "How a deal stands.",
        Delivery.AGGREGATED,
    ),
)  # fmt: skip


class DealDecided(TypedDict):
    """`state`: won or lost; `reason` of a loss: sold-out, withdrawn or hold-limit."""

    deal_id: str
    state: str
    reason: str
    variant_id: str
    quantity: int
    reservation_id: str


PRIVATE_KINDS = (
    EntryKind(
        "deal.decided", Release.NOW, False, DealDecided, "Whether you got what you asked for.",
    ),
)  # fmt: skip
