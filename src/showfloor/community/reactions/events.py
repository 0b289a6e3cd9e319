"""Reactions, as they stand on the timeline."""

from typing import TypedDict

from showfloor.timeline.kinds import Delivery, EntryKind, Release


class ReactionCounts(TypedDict):
    """All reactions of the show so far, by sort: `heart`, `clap`, `fire`, `laugh`, `wow`."""

    totals: dict[str, int]


KINDS = (
    EntryKind(
        "reaction.counts", Release.PICTURE, True, ReactionCounts,
        "How many reactions there were up to this picture; at most one entry a tick.",
        Delivery.AGGREGATED,
    ),
)  # fmt: skip
