"""Trailers: a clip that is played before a show, in its pauses, and in front of its replay.

Whoever may not watch the clip's own show would have no picture, so it is a clip of a show that is
open to everyone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypedDict

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid
from showfloor.media.hls.playlist import DateRange
from showfloor.replays.events import PlayedTrailer
from showfloor.replays.models import Clip, Trailer
from showfloor.replays.queries import playlist_of
from showfloor.shows import queries as shows
from showfloor.shows.highlight_ranges import Ranges, as_listed, read
from showfloor.shows.models import OpenTo, Show, ShowState
from showfloor.shows.services.locking import lock
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

INTERSTITIAL: Final = "com.apple.hls.interstitial"
SHOWS_MAX: Final = 50  # that are offered to a clip


@dataclass(frozen=True, slots=True)
class TrailerFacts:
    """What is played: `playlist` is an absolute path, `length_s` its length."""

    clip_id: str
    title: str
    playlist: str
    length_s: float


class TrailerSnapshot(TypedDict):
    trailer: PlayedTrailer | None


@timeline.verb
def choose(show: Show, clip_id: str | None) -> TrailerFacts | None:
    """Give a show a clip of its brand as its trailer; None: it has none."""
    with timeline.write():
        locked = lock(show)
        kept = Trailer.objects.for_brand(locked.brand_id).filter(show=locked)
        if clip_id is None:
            if kept.delete()[0]:
                _tell([locked], None)
            return None
        clips = Clip.objects.for_brand(locked.brand_id).select_related("show")
        clip = clips.select_for_update(of=("self",)).filter(pk=clip_id).first()
        if clip is None:
            raise Invalid(_("There is no such clip."), field="clip_id")
        if clip.show_id == locked.pk:
            raise Invalid(_("Choose a clip of another show."), field="clip_id")
        if not _is_open(clip.show):
            raise Invalid(
                _("Choose a clip of a show that is public and open to everyone."), field="clip_id"
            )
        if not kept.filter(clip=clip).exists():
            if not kept.update(clip=clip):
                Trailer(show=locked, clip=clip).save(force_insert=True)
            _tell([locked], _facts(clip))
    return _facts(clip)


def withdraw(clips: QuerySet[Clip]) -> None:
    """Tell the viewers of other shows that these clips, whose rows are locked, are deleted in the
    open transaction."""
    rows = Trailer.objects.all_brands().filter(clip__in=clips).select_related("show")
    _tell([row.show for row in rows.order_by("show__timeline_id")], None)


def _tell(of: Iterable[Show], trailer: TrailerFacts | None) -> None:
    body = {"trailer": None if trailer is None else _played(trailer)}
    for show in of:
        if show.state != ShowState.ENDED:
            timeline.append(show.timeline_id, [NewEntry("trailer.changed", body)])


def snapshot(show: Show) -> TrailerSnapshot:
    """Return what is played behind the curtain of a show that has not ended, by what stands in the
    database now: the row at hand may be older than the snapshot."""
    rows = Trailer.objects.for_brand(show.brand_id).select_related("clip__show")
    found = rows.filter(show=show).exclude(show__state=ShowState.ENDED).first()
    if found is None or not _is_open(found.clip.show):
        return {"trailer": None}
    return {"trailer": _played(_facts(found.clip))}


def _played(trailer: TrailerFacts) -> PlayedTrailer:
    return {"playlist": trailer.playlist, "length_s": trailer.length_s}


def shows_to_come(show: Show) -> list[Show]:
    """Return the shows of the brand that may get a clip of this one as their trailer."""
    rows = Show.objects.for_brand(show.brand_id).exclude(pk=show.pk).filter(rehearses=None)
    waiting = rows.filter(state__in=[ShowState.DRAFT, ShowState.SCHEDULED])
    return list(waiting.order_by("starts_at", "pk")[:SHOWS_MAX])


def look(show_id: str, before: Ranges | None) -> Ranges:
    """Return a show's date ranges after those of before: its trailer's, and its highlights'."""
    return as_listed(ranges(show_id) + read(show_id), before or ())


def ranges(show_id: str) -> tuple[DateRange, ...]:
    """Return the interstitial that players of others play in front of a replay (Appendix D of
    draft-pantos-hls-rfc8216bis). Nothing stands in front of a live picture."""
    rows = Trailer.objects.all_brands().select_related("clip__show", "show")
    trailer = rows.filter(show=show_id, show__state=ShowState.ENDED).first()
    if trailer is None or not _is_open(trailer.clip.show) or trailer.show.started_at is None:
        return ()
    # Another clip is another range: the attributes of a listed one never change (4.4.5.1).
    clip, name = trailer.clip, f"trailer-{trailer.clip_id}"
    begins_at = trailer.show.replay_from or trailer.show.started_at
    address = f"{settings.SHOWFLOOR.site_url}{_facts(clip).playlist}?_HLS_interstitial_id={name}"
    attributes = (
        ("CUE", '"PRE,ONCE"'), ("X-ASSET-URI", f'"{address}"'), ("X-RESUME-OFFSET", "0"),
        ("X-CONTENT-MAY-VARY", '"NO"'),
    )  # fmt: skip
    ends_at = begins_at + (clip.ends_at - clip.starts_at)
    return (DateRange(name, INTERSTITIAL, begins_at, ends_at, rendered=attributes),)


def _is_open(show: Show) -> bool:
    is_kept = show.recording_deleted_at is None
    return is_kept and shows.is_public(show) and show.open_to == OpenTo.EVERYONE


def _facts(clip: Clip) -> TrailerFacts:
    playlist = f"/hls/{clip.show.slug}/{playlist_of(clip)}"
    return TrailerFacts(
        clip.pk, clip.title, playlist, (clip.ends_at - clip.starts_at).total_seconds()
    )
