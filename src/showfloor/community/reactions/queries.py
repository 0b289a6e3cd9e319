"""Reads of reactions."""

from typing import TypedDict

from showfloor.community.reactions import rules
from showfloor.community.reactions.models import ReactionCount
from showfloor.shows.models import Show


class ReactionSnapshot(TypedDict):
    """The reactions' part of a show's snapshot: totals by sort."""

    reactions: dict[str, int]


def snapshot(show: Show) -> ReactionSnapshot:
    return {"reactions": totals(show)}


def totals(show: Show) -> dict[str, int]:
    """Return all reactions of the show so far, of every sort."""
    rows = ReactionCount.objects.for_brand(show.brand_id).filter(show=show)
    found = dict(rows.values_list("sort", "total"))
    return {sort: found.get(sort, 0) for sort in rules.SORTS}
