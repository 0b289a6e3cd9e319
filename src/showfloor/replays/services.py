"""The verbs after the show: clips, files to download, and the trim of the replay.

Each verb is one transaction: lock the show, check, write. Media is never touched here: a clip and a
trim are two moments, and a file is made by the job (`file_job`).
"""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import truncate_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.replays import rules, spoken, trailers
from showfloor.replays.models import Clip, FileKind, FileShape, FileState, ReplayFile
from showfloor.shows.models import Show, ShowState
from showfloor.shows.services.locking import lock


@verb
def make_clip(show: Show, title: str, start_s: float, end_s: float) -> Clip:
    """Make a clip of a range of show time, also while the show runs."""
    clean = rules.check_title(title)
    with write():
        locked = lock(show)
        started_at = _check_recorded(locked)
        starts_at, ends_at = rules.check_range(
            started_at, locked.ended_at or utc_now(), start_s, end_s,
            longest_s=rules.CLIP_MAX_S,
        )  # fmt: skip
        if Clip.objects.for_brand(locked.brand_id).filter(show=locked).count() >= rules.CLIPS_MAX:
            raise Conflict(
                _("A show has at most %(count)d clips: delete one first.")
                % {"count": rules.CLIPS_MAX}
            )
        clip = Clip(
            show=locked, title=clean, starts_at=truncate_ms(starts_at), ends_at=truncate_ms(ends_at)
        )
        clip.save()
        return clip


@verb
def delete_clip(show: Show, clip_id: str) -> None:
    """Delete a clip with its files; NotFound when the show has none of this id."""
    with write():
        clips = Clip.objects.for_brand(show.brand_id).filter(show=show, pk=clip_id)
        if not clips.select_for_update():
            raise NotFound(_("There is no such clip."))
        trailers.withdraw(clips)
        clips.delete()


def count_view(clip: Clip) -> None:
    """Count one look at a clip's page."""
    Clip.objects.for_brand(clip.show.brand_id).filter(pk=clip.pk).update(views=F("views") + 1)


@verb
def order_file(
    show: Show, kind: str, clip_id: str | None = None, *,
    shape: str = FileShape.RECORDED, captions: str = "",
) -> ReplayFile:  # fmt: skip
    """Have a file made of the ended show, or of one of its clips. A file that is there, or on its
    way, is not made a second time. `captions`: the language of those in the picture."""
    wanted = _check_kind(show, kind, shape, captions, of_clip=clip_id is not None)
    with write():
        locked = lock(show)
        _check_recorded(locked)
        if clip_id is None and locked.state != ShowState.ENDED:
            raise Conflict(_("The file of a whole show is made when the show has ended."))
        clip = _clip(locked, clip_id) if clip_id is not None else None
        files = ReplayFile.objects.for_brand(locked.brand_id).filter(show=locked)
        same = files.filter(clip=clip, kind=wanted, shape=shape, captions=captions)
        if (found := same.exclude(state=FileState.FAILED).first()) is not None:
            return found
        same.filter(state=FileState.FAILED).delete()
        if files.count() >= rules.FILES_MAX:
            raise Conflict(
                _("A show has at most %(count)d files: delete one first.")
                % {"count": rules.FILES_MAX}
            )
        file = ReplayFile(show=locked, clip=clip, kind=wanted, shape=shape, captions=captions)
        file.save()
        return file


def _check_kind(show: Show, kind: str, shape: str, captions: str, *, of_clip: bool) -> FileKind:
    """Return the kind of file; Invalid names what does not go together. Only pictures of clips are
    encoded anew: a whole show would take this machine for hours."""
    if kind not in FileKind.values:
        raise Invalid(_("There is no such kind of file."), field="kind")
    if shape not in FileShape.values:
        raise Invalid(_("There is no such shape."), field="shape")
    is_clip = of_clip and kind == FileKind.VIDEO
    if shape != FileShape.RECORDED and not is_clip:
        raise Invalid(_("Only the video of a clip can be portrait."), field="shape")
    if captions and not is_clip:
        raise Invalid(_("Only the video of a clip can have captions in it."), field="captions")
    if captions and captions not in spoken.words().languages(show):
        raise Invalid(_("The show has no captions in this language."), field="captions")
    return FileKind(kind)


@verb
def delete_file(show: Show, file_id: str) -> None:
    """Delete a file; one that is being made is given up. NotFound when there is none of this id."""
    with write():
        deleted, _rows = (
            ReplayFile.objects.for_brand(show.brand_id).filter(show=show, pk=file_id).delete()
        )
        if not deleted:
            raise NotFound(_("There is no such file."))


@verb
def trim(show: Show, start_s: float | None, end_s: float | None) -> Show:
    """Let the replay begin and end elsewhere; None is the show's own start or end. The recording
    stays whole, so that a trim can be undone. Files of the whole show are made anew."""
    with write():
        locked = lock(show)
        started_at = _check_recorded(locked)
        if locked.state != ShowState.ENDED or locked.ended_at is None:
            raise Conflict(_("A replay is trimmed when the show has ended."))
        lasted_s = (locked.ended_at - started_at).total_seconds()
        first, last = start_s or 0.0, lasted_s if end_s is None else end_s
        begin, until = rules.check_range(started_at, locked.ended_at, first, last)
        locked.replay_from = truncate_ms(begin) if start_s else None
        locked.replay_until = truncate_ms(until) if end_s is not None else None
        locked.save(update_fields=["replay_from", "replay_until"])
        ReplayFile.objects.for_brand(locked.brand_id).filter(show=locked, clip=None).delete()
        return locked


def _check_recorded(show: Show) -> datetime:
    if show.started_at is None:
        raise Conflict(_("The show has not started: nothing of it is recorded."))
    if show.recording_deleted_at is not None:
        raise Conflict(_("The recording of this show was deleted."))
    return show.started_at


def _clip(show: Show, clip_id: str) -> Clip:
    clip = Clip.objects.for_brand(show.brand_id).filter(show=show, pk=clip_id).first()
    if clip is None:
        raise NotFound(_("There is no such clip."))
    return clip
