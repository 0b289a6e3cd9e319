"""Reads and decisions of cues: the rundown's current item, and the one whose time has come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import Cue, Show
from showfloor.shows.plan import PlanRow


class CueView(TypedDict):
    """`item_id`: null when the item has been taken out of the rundown since. `reached_at`: the
    picture. `held`: the next one waits for a person."""

    cue_id: str
    item_id: str | None
    title: str
    reached_at: str
    by_itself: bool
    held: bool


def current(show: Show) -> Cue | None:
    """Return the show's latest cue that nobody took back, None before the first."""
    found = Cue.objects.for_brand(show.brand_id).filter(show=show, taken_back_at=None)
    return found.order_by("-created_at", "-pk").first()


def view(cue: Cue) -> CueView:
    return {
        "cue_id": cue.pk, "item_id": cue.item_id, "title": cue.title,
        "reached_at": iso_ms(cue.reached_at), "by_itself": cue.by_itself, "held": cue.held,
    }  # fmt: skip


def view_of(show: Show) -> CueView | None:
    found = current(show)
    return view(found) if found is not None else None


def due(cue: Cue, plan: Sequence[PlanRow], now: datetime) -> str | None:
    """Return the id of the item whose turn comes by itself now, None for none: the next one of the
    plan, when it is marked so and the current one has had its minutes."""
    at = next((n for n, row in enumerate(plan) if row["item_id"] == cue.item_id), None)
    if cue.held or at is None or at + 1 >= len(plan):
        return None
    minutes, following = plan[at]["minutes"], plan[at + 1]
    if minutes is None or not following["by_itself"]:
        return None
    return following["item_id"] if now >= cue.reached_at + timedelta(minutes=minutes) else None
