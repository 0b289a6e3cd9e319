"""What has moved to the store of objects is found again after the disk was lost."""

from collections.abc import Iterator
from dataclasses import dataclass

from showfloor.media.recording.object_store import ObjectStore
from showfloor.replays import stored_files, storyboard
from showfloor.replays.models import MoveState, ReplayFile, StoredMedia
from showfloor.replays.recordings import archives


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """One show's media; `failure` says why its recording does not play, or is empty."""

    show: str
    failure: str = ""


def find_all_again(objects: ObjectStore) -> Iterator[RestoreResult]:
    """Write the indexes of all recordings in the store, and the marks of files and storyboards
    there, where the disk lacks them. It may be stopped at any moment, and done again."""
    rows = StoredMedia.objects.all_brands().filter(state=MoveState.STORED, show__isnull=False)
    for row in rows.select_related("show").iterator(chunk_size=100):
        assert row.show is not None
        try:
            found = archives().archive(row.show.channel_id).find_again(objects, row.prefix)
            storyboard.find_again(row.show, objects, row.prefix)
        except OSError as error:
            yield RestoreResult(row.show.slug, str(error))
            continue
        yield RestoreResult(row.show.slug, "" if found else "the store has no copy of its index")
    files = ReplayFile.objects.all_brands().filter(is_stored=True).select_related("show")
    for file in files.iterator(chunk_size=100):
        stored_files.mark_again(file)
