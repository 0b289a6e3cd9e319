"""Recordings that moved to the store of objects before it got copies of their indexes get them.

Without a copy the media of a recording cannot be found again after the disk was lost.
"""

import logging
from datetime import timedelta
from typing import Final

from showfloor.kernel.clock import utc_now
from showfloor.media.recording.object_store import ObjectStore, ObjectStoreError
from showfloor.replays.models import MoveState, StoredMedia
from showfloor.replays.recordings import archives, store

log = logging.getLogger(__name__)

AT_ONCE: Final = 20  # recordings in one run
TRIED_AGAIN: Final = timedelta(days=1)  # where the index is not on the disk, or damaged


def copy_missing() -> int:
    """Copy the indexes of the oldest recordings that have no copy; return how many are copied. A
    store that does not answer ends the run."""
    objects, now = store(), utc_now()
    if objects is None:
        return 0
    rows = StoredMedia.objects.all_brands().filter(
        state=MoveState.STORED, has_index_copy=False, try_at__lte=now, show__isnull=False
    )
    copied = 0
    for row in rows.order_by("try_at", "pk").select_related("show")[:AT_ONCE]:
        try:
            is_copied = _copy(row, objects)
        except ObjectStoreError as error:
            log.warning("recording_index_not_copied prefix=%s reason=%s", row.prefix, error)
            break
        # The queue that deletes runs this, too, so the row is still there.
        StoredMedia.objects.all_brands().filter(pk=row.pk).update(
            has_index_copy=is_copied, try_at=row.try_at if is_copied else now + TRIED_AGAIN
        )
        copied += is_copied
    return copied


def _copy(row: StoredMedia, objects: ObjectStore) -> bool:
    assert row.show is not None
    try:
        is_copied = archives().archive(row.show.channel_id).copy_index(objects, row.prefix)
    except ObjectStoreError:
        raise
    except OSError as error:  # of the disk
        log.warning("recording_index_not_copied show=%s reason=%s", row.show.slug, error)
        return False
    if not is_copied:
        log.warning("recording_index_not_copied show=%s reason=it is not here", row.show.slug)
    return is_copied
