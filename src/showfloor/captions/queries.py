"""Reading captions: the list of one language, as a file too, and what a show says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self, TypedDict, override

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.captions import caption_files
from showfloor.captions.caption_files import Cue
from showfloor.captions.models import Caption
from showfloor.kernel.clock import iso_ms, parse_iso
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.replays.spoken import Spoken, SpokenWords
from showfloor.shows import recorded_time
from showfloor.shows.models import Show

PAGE: Final = 1000  # captions: about an hour of talk


class CaptionView(TypedDict):
    """Words from the picture at `starts_at` to the one at `ends_at` (ISO 8601, milliseconds)."""

    caption_id: str
    text: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of a caption in the order of a list."""

    starts_at: datetime
    caption_id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the place that a client gives as `starts_at/caption_id`; Invalid."""
        moment, _slash, caption_id = text.partition("/")
        try:
            return cls(parse_iso(moment), caption_id)
        except ValueError:
            raise Invalid(
                _("Give the last caption of the page before, as starts_at/caption_id."),
                field="after",
            ) from None


class CaptionsSnapshot(TypedDict):
    """The languages (BCP 47) in which a show has captions."""

    caption_languages: list[str]


def snapshot(show: Show) -> CaptionsSnapshot:
    return {"caption_languages": languages(show)}


def languages(show: Show) -> list[str]:
    rows = Caption.objects.for_brand(show.brand_id).filter(show=show)
    return sorted(rows.values_list("language", flat=True).distinct())


def captions(show: Show, language: str, after: Cursor | None = None) -> list[CaptionView]:
    """Return a page of the captions in one language, in the order of their pictures, `after` the
    last one of the page before. The replay of a trimmed show has none of what is cut off."""
    rows = _rows(show, language)
    if after is not None:
        same = Q(starts_at=after.starts_at, pk__gt=after.caption_id)
        rows = rows.filter(Q(starts_at__gt=after.starts_at) | same)
    if show.replay_from is not None:
        rows = rows.filter(ends_at__gt=show.replay_from)
    if show.replay_until is not None:
        rows = rows.filter(starts_at__lt=show.replay_until)
    values = rows.values_list("pk", "text", "starts_at", "ends_at")[:PAGE]
    return [
        {"caption_id": pk, "text": text, "starts_at": iso_ms(first), "ends_at": iso_ms(last)}
        for pk, text, first, last in values.iterator(chunk_size=PAGE)
    ]


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
