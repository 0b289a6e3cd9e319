"""The words of what a trim has cut off: out of the public timeline, and back when it is undone.

A trim itself only moves two moments. An evening's captions are thousands of entries, so a job takes
the words away in small transactions, which other shows do not wait for.
"""

from typing import Final

from django.db.models import F, Q, QuerySet

from showfloor.captions import services
from showfloor.captions.models import Caption
from showfloor.shows.models import Show, ShowState
from showfloor.shows.services.locking import lock
from showfloor.timeline import services as timeline

EVERY_S: Final = 5.0
_AT_ONCE: Final = 100  # captions of one transaction
_BATCHES_MAX: Final = 50  # of one run

# Captions whose words are on the timeline and should not be, and the other way round.
_OUTSIDE: Final = Q(ends_at__lte=F("show__replay_from")) | Q(starts_at__gte=F("show__replay_until"))
_TO_HIDE: Final = Q(is_cut_off=False) & _OUTSIDE
_IS_INSIDE: Final = (
    (Q(show__replay_from__isnull=True) | Q(ends_at__gt=F("show__replay_from")))
    & (Q(show__replay_until__isnull=True) | Q(starts_at__lt=F("show__replay_until")))
)  # fmt: skip
_TO_SHOW: Final = Q(is_cut_off=True) & _IS_INSIDE


def follow_trims() -> int:
    """Take the words of captions outside of trims from the timelines, and give those inside back;
    return how many. What one run leaves over is done by the next."""
    done = 0
    for _batch in range(_BATCHES_MAX):
        due = _due().select_related("show__brand").first()
        if due is None:
            break
        done += _follow(due.show)
    return done


def _due() -> QuerySet[Caption]:
    """Return all rows that a trim has changed. Trimmed shows are few, and so are hidden rows."""
    trimmed = Show.objects.all_brands().filter(state=ShowState.ENDED)
    trimmed = trimmed.filter(Q(replay_from__isnull=False) | Q(replay_until__isnull=False))
    rows = Caption.objects.all_brands()
    hidden = rows.filter(_TO_SHOW)
    return hidden if hidden.exists() else rows.filter(_TO_HIDE, show__in=trimmed)


@timeline.verb
def _follow(show: Show) -> int:
    with timeline.write():
        locked = lock(show)
        rows = Caption.objects.for_brand(locked.brand_id).filter(show=locked)
        found = list(rows.filter(_TO_HIDE | _TO_SHOW)[:_AT_ONCE])
        for row in found:
            row.is_cut_off = not row.is_cut_off
            services.redact_by_trim(locked, row)
            row.save(update_fields=["is_cut_off"])
        return len(found)
