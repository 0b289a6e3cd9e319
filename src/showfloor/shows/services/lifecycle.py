"""The verbs that move a show on: a person starts it, and a person ends it."""

from collections.abc import Callable
from functools import partial

from django.db import transaction

from showfloor.accounts.models import User
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.listeners import Listeners
from showfloor.shows import rules
from showfloor.shows.models import Show, ShowState
from showfloor.shows.services.broadcasts import open_broadcasts
from showfloor.shows.services.highlights import close_highlights
from showfloor.shows.services.locking import lock, staff_actor
from showfloor.shows.services.planning import ai_label
from showfloor.shows.services.visibility import check_may_be_public
from showfloor.timeline import presence
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

_ended = Listeners[str]()


@timeline.verb
def start(show: Show, by: User) -> Show:
    """Go live: from now on viewers get the picture. Only a person does this."""
    with timeline.write():
        locked = lock(show)
        rules.check_transition(locked.state, ShowState.LIVE)
        now = utc_now()
        locked.state, locked.started_at = ShowState.LIVE, now
        locked.ai_made_live = locked.ai_made
        check_may_be_public(locked)
        locked.save(update_fields=["state", "started_at", "ai_made_live"])
        entries = [NewEntry("show.started", {"started_at": iso_ms(now)}, actor=staff_actor(by))]
        if not open_broadcasts(locked).exists():
            entries.append(NewEntry("broadcast.lost"))  # no encoder yet: show the curtain
        timeline.append(locked.timeline_id, entries)
    return locked


@timeline.verb
def end(show: Show, by: User | None) -> Show:
    """End a live show and its open highlights. Only a person does this, at once or by a file that
    is played as live; it is final. The replay is labelled with all that artificial intelligence
    made while the show was live. `by`: None when that person has no account any more."""
    with timeline.write():
        locked = lock(show)
        rules.check_transition(locked.state, ShowState.ENDED)
        now = utc_now()
        locked.state, locked.ended_at = ShowState.ENDED, now
        locked.peak_viewers = max(locked.peak_viewers, presence.read(locked.timeline_id).peak)
        has_lost_label = locked.ai_made != locked.ai_made_live
        locked.ai_made = locked.ai_made_live
        locked.save(update_fields=["state", "ended_at", "peak_viewers", "ai_made"])
        actor = staff_actor(by) if by is not None else ""
        entries = close_highlights(locked, now, actor)
        if has_lost_label:
            entries.append(ai_label(locked))
        entries.append(NewEntry("show.ended", {"ended_at": iso_ms(now)}, actor=actor))
        timeline.append(locked.timeline_id, entries)
        transaction.on_commit(partial(tell_ended, locked.timeline_id))
    return locked


def record_peak(timeline_id: str, viewers: int) -> None:
    """Raise the stored peak of viewers, which survives a restart of the server."""
    shows = Show.objects.all_brands().filter(timeline_id=timeline_id, peak_viewers__lt=viewers)
    shows.update(peak_viewers=viewers)


def on_end(listener: Callable[[str], object]) -> Callable[[], None]:
    """Call `listener` with the timeline's id of each show that this process ends.

    The call comes on any thread, after the commit and before the verb returns, so that no cache
    of this process believes the show live any more. Other processes learn of the end from the
    show's timeline. The result unsubscribes.
    """
    return _ended.subscribe(listener)


def tell_ended(timeline_id: str) -> None:
    """Tell the listeners of `on_end` that this show's end is committed."""
    _ended.tell(timeline_id)
