"""The verbs of captions: say, correct, take away, and a whole language from a file."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.captions import caption_files, queries, rules
from showfloor.captions.caption_files import BadFile, Cue, Fault
from showfloor.captions.models import (
    Caption,
    CaptionSource,
    CaptionTranslation,
    RemovedCaption,
)
from showfloor.kernel.clock import truncate_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound, TooLarge
from showfloor.media.hls.caption_tracks import LASTS_MAX
from showfloor.shows import recorded_time
from showfloor.shows.models import Show, ShowState
from showfloor.shows.recorded_time import RecordedTime
from showfloor.shows.services.locking import lock
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

CAPTIONS_MAX: Final = caption_files.CUES_MAX  # of one show in one language
_ROWS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class CaptionDraft:
    """Words as a captioner sends them. `starts_at` None: at the picture of now; `ends_at` None:
    after the time that people need to read them."""

    cue_id: str
    text: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@timeline.verb
def say(show: Show, language: str, spoken: Sequence[CaptionDraft], actor: str) -> list[Caption]:
    """Write captions of a show that is live or over, each once; return their rows in this order.

    A cue that was sent before is left alone, or corrected where its words are others now; one that
    staff took away is left out, and one that they corrected is left alone. `actor`: the subject of
    the member of staff, empty for the bearer of the show's captioning key.
    """
    tag = rules.clean_language(language)
    if not 1 <= len(spoken) <= rules.AT_ONCE_MAX:
        raise Invalid(
            _("Send 1 to %(count)d captions.") % {"count": rules.AT_ONCE_MAX}, field="captions"
        )
    for one in spoken:
        rules.check_cue_id(one.cue_id)
    with timeline.write():
        locked = lock(show)
        _check_not_translated(locked, tag)
        removed = _removed(locked, tag, [one.cue_id for one in spoken])
        spoken = [one for one in spoken if one.cue_id not in removed]
        known = _known(locked, tag, [one.cue_id for one in spoken])
        said = {one.cue_id: _row(locked, tag, one) for one in spoken if one.cue_id not in known}
        _check_room(locked, tag, len(said))
        _write(locked, list(said.values()), actor)
        note_behind(locked, tag)
        for one in spoken:
            if one.cue_id in known and not known[one.cue_id].by_staff:
                _set_text(locked, known[one.cue_id], rules.clean_text(one.text), actor)
    return [{**known, **said}[one.cue_id] for one in spoken]


@timeline.verb
def correct(show: Show, caption_id: str, text: str, actor: str) -> Caption:
    """Give a caption other words, for everyone, in the replay too."""
    words = rules.clean_text(text)
    with timeline.write():
        locked = lock(show)
        row = _find(locked, caption_id)
        row.by_staff = True
        _set_text(locked, row, words, actor)
        note_behind(locked, row.language)
    return row


@timeline.verb
def remove(show: Show, caption_id: str, actor: str) -> None:
    """Take a caption away for ever, and its translations with it."""
    with timeline.write():
        locked = lock(show)
        row = _find(locked, caption_id)
        place = RemovedCaption(show=locked, language=row.language, cue_id=row.cue_id)
        RemovedCaption.objects.for_brand(locked.brand_id).bulk_create(
            [place], ignore_conflicts=True
        )
        _take_away(locked, Q(original=row) | Q(pk=row.pk), actor)


@timeline.verb
def replace_by_file(show: Show, language: str, text: str, actor: str) -> int:
    """Let a WebVTT or SubRip file be all the captions of an ended show in one language; return how
    many there are. The file counts the seconds of the recording."""
    tag = rules.clean_language(language)
    cues = _read(text)
    clock = _recording(show)
    rows = {row.cue_id: row for row in (_row_of_cue(show, tag, cue, clock) for cue in cues)}
    with timeline.write():
        locked = lock(show)
        _check_not_translated(locked, tag)
        check_languages(locked, tag)
        of_tag = _rows(locked).filter(original__language=tag)
        translated = sorted(of_tag.values_list("language", flat=True).distinct())
        _redact(locked, Q(language=tag) | Q(original__language=tag))
        _rows(locked).filter(language=tag).delete()
        for some in batched(rows.values(), _ROWS_AT_ONCE):
            Caption.objects.for_brand(locked.brand_id).bulk_create(some)
        bodies = [{"language": one} for one in (tag, *translated)]
        entries = [NewEntry("captions.imported", body, None, actor) for body in bodies]
        timeline.append(locked.timeline_id, entries)
        note_behind(locked, tag)
    return len(rows)


@timeline.verb
def say_translation(order: CaptionTranslation, original: Caption, words: str) -> None:
    """Say a caption in another language, at the same pictures. Nothing happens when the order was
    taken back meanwhile, staff took the translation away, or the caption is gone or has other words
    by now."""
    with timeline.write():
        locked = lock(order.show)
        now = _rows(locked).filter(pk=original.pk, text=original.text).first()
        orders = CaptionTranslation.objects.for_brand(locked.brand_id)
        if now is None or not orders.filter(pk=order.pk).exists():
            return
        row = _rows(locked).filter(original=now, language=order.language).first()
        cue_id = rules.cue_of_translation(now.pk)
        if row is None and _removed(locked, order.language, [cue_id]):
            return
        if row is not None:
            row.original_text = now.text
            row.save(update_fields=["original_text"])
            _set_text(locked, row, words, "")
            return
        _check_room(locked, order.language, 1)
        made = Caption(
            show=locked, language=order.language, cue_id=cue_id, text=words,
            starts_at=now.starts_at, ends_at=now.ends_at, source=CaptionSource.MACHINE,
            original=now, original_text=now.text,
        )  # fmt: skip
        _write(locked, [made], "")


def _row(show: Show, language: str, spoken: CaptionDraft) -> Caption:
    words = rules.clean_text(spoken.text)
    begins, ends = rules.times(spoken.starts_at, spoken.ends_at, words, _span(show))
    return Caption(
        show=show, language=language, cue_id=spoken.cue_id, text=words,
        starts_at=begins, ends_at=ends, source=CaptionSource.LIVE,
    )  # fmt: skip


def _span(show: Show) -> tuple[datetime, datetime]:
    """Return the first and the last picture of the show so far."""
    if show.started_at is None:
        raise Conflict(_("The show has not begun."), code="show-not-started")
    return show.started_at, show.ended_at or utc_now()


def _write(show: Show, rows: Sequence[Caption], actor: str) -> None:
    if not rows:
        return
    entries = [NewEntry("caption.shown", _said(row), row.starts_at, actor) for row in rows]
    for row, entry in zip(rows, timeline.append(show.timeline_id, entries), strict=True):
        row.seq = entry.seq
    Caption.objects.for_brand(show.brand_id).bulk_create(rows)


def _said(row: Caption) -> Mapping[str, object]:
    return {**queries.view(row), "language": row.language}


def _set_text(show: Show, row: Caption, words: str, actor: str) -> None:
    if row.text == words:
        return
    if not row.is_cut_off:
        _redact_change(show, row)
    row.text = words
    body = {"caption_id": row.pk, "text": words}
    entries = [NewEntry("caption.changed", body, None, actor)]
    if not row.is_cut_off:
        row.changed_seq = timeline.append(show.timeline_id, entries)[0].seq
        if row.seq is not None:
            timeline.redact(show.timeline_id, row.seq, _said(row))
    row.save(update_fields=["text", "changed_seq", "by_staff"])
    orders = CaptionTranslation.objects.for_brand(show.brand_id).filter(show=show)
    made_anew = orders.filter(source=row.language).values("language")
    _take_away(show, Q(original=row) & ~Q(language__in=made_anew), actor)


def _take_away(show: Show, which: Q, actor: str) -> None:
    gone = _redact(show, which)
    if not gone:
        return
    _rows(show).filter(pk__in=gone).delete()
    bodies = [{"caption_id": pk, "text": None} for pk in gone]
    entries = [NewEntry("caption.changed", body, None, actor) for body in bodies]
    timeline.append(show.timeline_id, entries)


def _redact_change(show: Show, row: Caption) -> None:
    if row.changed_seq is not None:
        timeline.redact(show.timeline_id, row.changed_seq, {"caption_id": "", "text": None})


def redact_by_trim(show: Show, row: Caption) -> None:
    """Take a caption's words from the timeline in the open transaction, or put them back."""
    if row.seq is not None:
        said = {"caption_id": row.pk} if row.is_cut_off else _said(row)
        timeline.redact(show.timeline_id, row.seq, said)
    if row.changed_seq is not None and row.is_cut_off:
        _redact_change(show, row)
    elif row.changed_seq is not None:
        changed = {"caption_id": row.pk, "text": row.text}
        timeline.redact(show.timeline_id, row.changed_seq, changed)


def note_behind(show: Show, source: str) -> None:
    """Let the job look for captions of this language that lack a translation."""
    orders = CaptionTranslation.objects.for_brand(show.brand_id).filter(show=show, source=source)
    orders.filter(is_behind=False).update(is_behind=True)


def _redact(show: Show, which: Q) -> list[str]:
    """Take the words of these captions from the timeline; return the captions' ids."""
    rows = list(_rows(show).filter(which))
    for row in rows:
        if row.seq is not None:
            timeline.redact(show.timeline_id, row.seq, {"caption_id": row.pk})
        _redact_change(show, row)
    return [row.pk for row in rows]


def _rows(show: Show) -> QuerySet[Caption]:
    return Caption.objects.for_brand(show.brand_id).filter(show=show)


def _removed(show: Show, language: str, cue_ids: Sequence[str]) -> set[str]:
    rows = RemovedCaption.objects.for_brand(show.brand_id).filter(show=show, language=language)
    return set(rows.filter(cue_id__in=cue_ids).values_list("cue_id", flat=True))


def _known(show: Show, language: str, cue_ids: Sequence[str]) -> dict[str, Caption]:
    rows = _rows(show).filter(language=language, cue_id__in=cue_ids)
    return {row.cue_id: row for row in rows}


def _find(show: Show, caption_id: str) -> Caption:
    row = _rows(show).filter(pk=caption_id).first()
    if row is None:
        raise NotFound(_("There is no such caption."))
    return row


def _check_room(show: Show, language: str, count: int) -> None:
    """Raise Conflict when the show has all the captions that it can hold."""
    check_languages(show, language)
    there = _rows(show).filter(language=language).count() if count else 0
    if there + count > CAPTIONS_MAX:
        raise Conflict(_("This show has as many captions as it can hold."), code="captions-full")


def _check_not_translated(show: Show, language: str) -> None:
    orders = CaptionTranslation.objects.for_brand(show.brand_id).filter(show=show)
    if orders.filter(language=language).exists():
        raise Conflict(
            _("Captions are translated into this language. Stop that first."),
            code="is-translated", field="language",
        )  # fmt: skip


def check_languages(show: Show, language: str) -> None:
    """Raise Conflict when the show has captions in as many languages as it can hold."""
    if _rows(show).filter(language=language).exists():
        return  # nearly always; the languages cost a look at each caption
    if len(queries.languages(show)) >= rules.LANGUAGES_MAX:
        raise Conflict(_("This show has captions in as many languages as it can hold."))


def _read(text: str) -> list[Cue]:
    if len(text.encode()) > caption_files.FILE_BYTES_MAX:
        raise TooLarge(_("The file is too large."), field="file")
    try:
        return caption_files.parse(text)
    except BadFile as error:
        raise _bad_line(error.line, _words(error.reason)) from None


def _bad_line(line: int, words: str) -> Invalid:
    return Invalid(
        _("Line %(line)d of the file: %(reason)s.") % {"line": line, "reason": words},
        field="file", code="bad-captions-file",
    )  # fmt: skip


def _words(fault: Fault) -> str:
    return {
        Fault.NO_TIMING: _("a caption needs a line of times above it"),
        Fault.BAD_TIMING: _("this is no time like 00:01:02.500 --> 00:01:04.000"),
        Fault.BACKWARDS: _("the caption ends before it begins"),
        Fault.EMPTY: _("there are no captions in it"),
        Fault.TOO_MANY: _("more than %(count)d captions") % {"count": caption_files.CUES_MAX},
    }[fault]


def _recording(show: Show) -> RecordedTime:
    if show.state != ShowState.ENDED:
        raise Conflict(_("A file is for a show that is over."), code="show-not-ended")
    clock = recorded_time.of_show(show, exactly=True)
    if clock is None:
        raise Conflict(_("The show has no recording."), code="no-recording")
    return clock


def _row_of_cue(show: Show, language: str, cue: Cue, clock: RecordedTime) -> Caption:
    begins = clock.moment_at(cue.start_s)
    if begins is None:
        raise _bad_line(cue.line, _("the recording is over before"))
    if len(cue.text) > rules.TEXT_MAX:
        raise _bad_line(cue.line, _("more than %(count)d characters") % {"count": rules.TEXT_MAX})
    words = rules.clean_text(cue.text)
    digest = hashlib.sha256(f"{cue.start_s:.3f}\n{cue.end_s:.3f}\n{words}".encode()).hexdigest()
    ends = begins + min(LASTS_MAX, cue.lasts)
    return Caption(
        show=show, language=language, cue_id=f"file-{digest[:40]}", text=words,
        starts_at=truncate_ms(begins), ends_at=truncate_ms(ends),
        source=CaptionSource.FILE,
    )  # fmt: skip
