"""The jobs that delete: recordings older than the brand keeps them, and files that no row names."""

import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db.models import F

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.media.recording.object_store import ObjectStoreError
from showfloor.replays import moving, stored_files, storyboard, trailers
from showfloor.replays.models import Clip, MoveState, ReplayFile, replay_files
from showfloor.replays.recordings import archives, store
from showfloor.shows.models import Show, ShowState

log = logging.getLogger(__name__)

SHOWS_AT_ONCE: Final = 20  # of one brand in one run
FOLDERS_AT_ONCE: Final = 1000  # looked up with one query


def delete_old_recordings(now: datetime) -> int:
    """Delete the recordings of shows that ended longer ago than their brand keeps them: first the
    rows that lead there, then the media. Return how many."""
    deleted = 0
    for brand in Brand.objects.filter(replay_days__isnull=False):
        assert brand.replay_days is not None
        before = now - timedelta(days=brand.replay_days)
        shows = Show.objects.for_brand(brand).filter(
            state=ShowState.ENDED, ended_at__lt=before, recording_deleted_at__isnull=True
        )
        for show in shows.order_by("ended_at")[:SHOWS_AT_ONCE]:
            _forget_rows(show, now)
            archives().archive(show.channel_id).delete()
            log.info("recording_deleted show=%s", show.slug)
            deleted += 1
    return deleted + _go_on_deleting()


@verb
def _forget_rows(show: Show, now: datetime) -> None:
    with write():
        # The show first, which locks it: a clip that is being made is there before, or refused.
        Show.objects.for_brand(show.brand_id).filter(pk=show.pk).update(recording_deleted_at=now)
        clips = Clip.objects.for_brand(show.brand_id).filter(show=show)
        if clips.select_for_update():
            trailers.withdraw(clips)
            clips.delete()
        ReplayFile.objects.for_brand(show.brand_id).filter(show=show).delete()
        moving.delete_of(show)


def _go_on_deleting() -> int:
    """Finish deletions that a stop of the server has cut off."""
    gone = Show.objects.all_brands().filter(recording_deleted_at__isnull=False)
    gone = gone.filter(recording_deleted_at__gt=utc_now() - timedelta(days=2))
    left = 0
    for channel_id in gone.values_list("channel_id", flat=True).order_by(F("id"))[:1000]:
        archive = archives().archive(channel_id)
        if archive.peek().broadcasts:
            archive.delete()
            left += 1
    return left


def sweep_files() -> int:
    """Delete the files of rows that are gone: of deleted files, clips and shows. Return how many.
    The same queue makes the files, so none is being written now."""
    storage = replay_files()
    if not storage.exists(""):
        return 0
    folders, _files = storage.listdir("")
    places = range(0, len(folders), FOLDERS_AT_ONCE)
    return sum(_sweep(folders[first : first + FOLDERS_AT_ONCE]) for first in places)


def _sweep(folders: Sequence[str]) -> int:
    storage, deleted = replay_files(), 0
    kept = defaultdict[str, set[str]](set)
    rows = ReplayFile.objects.all_brands().filter(show_id__in=folders)
    for show_id, file_id in rows.values_list("show_id", "pk"):
        kept[show_id].add(file_id)
    recorded = Show.objects.all_brands().filter(pk__in=folders, recording_deleted_at=None)
    for show_id in recorded.values_list("pk", flat=True):
        kept[show_id].add(storyboard.PREFIX)
    _store_boards([one for one in folders if storyboard.is_on_disk(one)])
    for folder in folders:
        for name in storage.listdir(folder)[1]:
            is_left = name.endswith(storyboard.TEMPORARY)  # by a stop of the server
            if is_left or re.split("[.-]", name, maxsplit=1)[0] not in kept[folder]:
                deleted += _delete(f"{folder}/{name}")
        if not kept[folder] and not any(storage.listdir(folder)):
            storage.delete(folder)
    return deleted


def _store_boards(folders: Sequence[str]) -> None:
    """Move the storyboards that are complete to where their recordings are."""
    objects = store()
    if objects is None:
        return
    complete = utc_now() - storyboard.DRAWN_FOR
    shows = Show.objects.all_brands().filter(
        pk__in=folders, recording_deleted_at=None, ended_at__lt=complete,
        stored_media__state=MoveState.STORED,
    )  # fmt: skip
    for show in shows:
        try:
            storyboard.store_away(show, objects, moving.prefix_of(show))
        except ObjectStoreError as error:
            log.warning("storyboard_not_stored show=%s reason=%s", show.slug, error)
            return


def _delete(name: str) -> bool:
    """Delete a file, wherever it is; False when the store does not do it now."""
    storage = replay_files()
    try:
        if name.endswith(stored_files.MARK) and not stored_files.delete_marked(
            Path(storage.path(name))
        ):
            return False
    except ObjectStoreError as error:
        log.warning("stored_file_not_deleted name=%s reason=%s", name, error)
        return False
    storage.delete(name)
    return True
