"""`showfloor find-recordings`: find the recordings in the object storage after a lost disk."""

from showfloor.adapters.filesystem.archives import FileArchives
from showfloor.kernel.errors import Conflict
from showfloor.kernel.settings import Settings
from showfloor.replays import recordings, restore
from showfloor.roles.object_storage import object_store


def find_recordings(settings: Settings) -> int:
    """Print each show whose recording is in the bucket, and whether it plays again; return 1 when
    one does not. Conflict without a bucket."""
    store = object_store(settings)
    if store is None:
        raise Conflict("SHOWFLOOR_S3_BUCKET: there is no storage to find recordings in")
    recordings.use(FileArchives(settings.media_dir, 0, store))
    recordings.use_store(store)
    lost = 0
    for one in restore.find_all_again(store):
        print(f"{one.show}: {one.failure or 'found'}", flush=True)
        lost += bool(one.failure)
    return min(lost, 1)
