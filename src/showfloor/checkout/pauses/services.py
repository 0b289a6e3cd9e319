"""The verbs of pauses: each writes its row, its entry and the timers in the caller's transaction,
which has locked the show."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from showfloor.checkout.pauses import queries, rules, timers
from showfloor.checkout.pauses.models import SellingPause
from showfloor.checkout.pauses.rules import Pause
from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

# Takes the show, the pause that is over, and how long it was; returns entries for the timeline.
type Resumed = Callable[[Show, Pause, timedelta], list[NewEntry]]
_listeners: Final[list[Resumed]] = []


def on_resumed(listener: Resumed) -> None:
    """Register what else of a show stands still, and ends later by the pause."""
    _listeners.append(listener)


@timeline.verb
def pause(show: Show, reason: str, words: str, now: datetime, actor: str) -> Pause:
    """Pause the sale of a locked show, and tell everyone why; again with another reason only says
    that one. Invalid."""
    clean = rules.clean_words(reason, words)
    with timeline.write():
        before = queries.pause_of_show(show)
        if before is not None and (before.reason, before.words) == (reason, clean):
            return before
        if before is None:
            row = SellingPause(brand_id=show.brand_id, show=show, started_at=now)
        else:
            row = SellingPause.objects.for_brand(show.brand_id).get(pk=before.id)
        row.reason, row.words = reason, clean
        row.save()
        made = Pause(row.pk, show.pk, reason, clean, row.started_at)
        if before is None:
            timers.follow(now)
        _tell(show, "selling.paused", {**queries.view(made)}, actor)
    return made


@timeline.verb
def resume(show: Show, now: datetime, actor: str) -> Pause | None:
    """Let a locked show sell again; return the pause that is over, None where there was none."""
    with timeline.write():
        over = queries.pause_of_show(show)
        if over is None:
            return None
        SellingPause.objects.for_brand(show.brand_id).filter(pk=over.id).update(ended_at=now)
        timers.follow(now)
        length = now - over.started_at
        entries = [entry for listen in _listeners for entry in listen(show, over, length)]
        body = {"resumed_at": iso_ms(now), "paused_s": length.total_seconds()}
        _tell(show, "selling.resumed", body, actor, *entries)
    return over


def _tell(show: Show, kind: str, body: dict[str, Any], actor: str, *more: NewEntry) -> None:
    timeline.append(show.timeline_id, [NewEntry(kind, body, actor=actor), *more])
