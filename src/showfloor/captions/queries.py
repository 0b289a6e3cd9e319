"""Reading captions: the list of one language, as a file too, and what a show says of itself."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypedDict, override

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.captions import caption_files
from showfloor.captions.caption_files import Cue
from showfloor.captions.models import Caption
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.errors import Conflict
from showfloor.replays.spoken import Spoken, SpokenWords
from showfloor.shows import recorded_time
from showfloor.shows.models import Show


class CaptionView(TypedDict):
    """Words from the picture at `starts_at` to the one at `ends_at` (ISO 8601, milliseconds)."""

    caption_id: str
    text: str
    starts_at: str
    ends_at: str


class CaptionsSnapshot(TypedDict):
    """The languages (BCP 47) in which a show has captions."""

    caption_languages: list[str]


def snapshot(show: Show) -> CaptionsSnapshot:
    return {"caption_languages": languages(show)}


def languages(show: Show) -> list[str]:
    rows = Caption.objects.for_brand(show.brand_id).filter(show=show)
    return sorted(rows.values_list("language", flat=True).distinct())


def captions(show: Show, language: str) -> list[CaptionView]:
    """Return the captions in one language, in the order of their pictures. The replay of a trimmed
    show has none of what is cut off."""
    rows = _rows(show, language)
    if show.replay_from is not None:
        rows = rows.filter(ends_at__gt=show.replay_from)
    if show.replay_until is not None:
        rows = rows.filter(starts_at__lt=show.replay_until)
    return [view(row) for row in rows]


class SpokenCaptions(SpokenWords):
    """What `replays` draws into the pictures of clips."""

    @override
    def languages(self, show: Show) -> list[str]:
        return languages(show)

    @override
    def between(self, show: Show, language: str, start: datetime, end: datetime) -> list[Spoken]:
        rows = _rows(show, language).filter(ends_at__gt=start, starts_at__lt=end)
        return [Spoken(row.starts_at, row.ends_at, row.text) for row in rows]


def found(show: Show, language: str, words: str) -> QuerySet[Caption]:
    """Return the captions in one language in which these words stand, as they are written."""
    rows = _rows(show, language)
    return rows.filter(text__icontains=words) if words else rows


def view(row: Caption) -> CaptionView:
    return {
        "caption_id": row.pk,
        "text": row.text,
        "starts_at": iso_ms(row.starts_at),
        "ends_at": iso_ms(row.ends_at),
    }


def as_file(show: Show, language: str) -> Iterator[str]:
    """Return an ended show's captions as WebVTT on the clock of its recording. Conflict before the
    end: the recording has no length yet."""
    clock = recorded_time.of_show(show, exactly=True)
    if clock is None:
        raise Conflict(_("The recording is not there yet."), code="no-recording")
    seconds = clock.media_s
    return caption_files.write(
        Cue(start_s, end_s, row.text)
        for row in _rows(show, language)
        if (start_s := seconds(row.starts_at)) < (end_s := seconds(row.ends_at))
    )


def _rows(show: Show, language: str) -> QuerySet[Caption]:
    rows = Caption.objects.for_brand(show.brand_id).filter(show=show, language=language)
    return rows.order_by("starts_at", "pk")
