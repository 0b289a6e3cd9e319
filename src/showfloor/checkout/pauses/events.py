"""The entries of pauses on a show's timeline."""

from typing import TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class SellingPaused(TypedDict):
    """`reason`: price, technical or other; `words`: the producer's own, empty for the reason's."""

    reason: str
    words: str
    paused_at: str


class SellingResumed(TypedDict):
    """`paused_s`: how long the sale stood still; timers end by as much later."""

    resumed_at: str
    paused_s: float


KINDS = (
    EntryKind(
        "selling.paused", Release.NOW, False, SellingPaused,
        "Nothing of the show can be bought now. Timers stand still.",
    ),
    EntryKind(
        "selling.resumed", Release.NOW, False, SellingResumed,
        "The show sells again: read the cart and the checkout anew for their timers.",
    ),
)  # fmt: skip
