"""Recordings and files in a store of objects: the move, its interruptions, reads, deletion."""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, override
from urllib.request import urlopen

import pytest

from showfloor.adapters.filesystem.archives import FileArchives
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.adapters.s3.object_store import S3ObjectStore, S3Place
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Unavailable
from showfloor.kernel.settings import SettingError, load
from showfloor.media.hls import store_reads
from showfloor.media.recording.object_store import ObjectSource, ObjectStoreError
from showfloor.replays import (
    file_job,
    keeping,
    moving,
    queries,
    recordings,
    restore,
    services,
    stored_files,
    stored_index,
    storyboard,
)
from showfloor.replays.models import ReplayFile, StoredMedia, replay_files
from showfloor.replays.restore import RestoreResult
from showfloor.roles import doctor
from showfloor.roles.object_storage import object_store
from showfloor.shows.models import Show
from tests.media.test_mp4_file import frames, recorded
from tests.support.s3_server import S3Server, s3_server

MEBI = 1 << 20


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as one:
        yield one


@pytest.fixture
def place(server: S3Server) -> S3Place:
    return server.bucket("our/shop")


@pytest.fixture
def store(place: S3Place, folder: Path) -> Iterator[S3ObjectStore]:
    """The store, set for the recordings in `folder`."""
    made = S3ObjectStore(place, part_bytes=5 * MEBI)
    use(folder, made)
    yield made
    recordings.use_store(None)


def use(folder: Path, store: S3ObjectStore) -> None:
    recordings.use(FileArchives(folder, 0, store))
    recordings.use_store(store)


def move_all() -> None:
    moving.order(utc_now())
    while moving.run_next():
        pass


def media_files(folder: Path) -> list[Path]:
    return list(folder.rglob("*.m4s")) + list(folder.rglob("*.mp4"))


class Bytes(ObjectSource):
    """An object of our own making; `cut_off_at`: the byte at which a reader is stopped once."""

    def __init__(self, size: int, cut_off_at: int | None = None) -> None:
        self.data = bytes(range(256)) * (size // 256)
        self.reads: list[int] = []
        self._cut_off_at = cut_off_at

    @property
    @override
    def size(self) -> int:
        return len(self.data)

    @override
    def read(self, start: int, length: int) -> bytes:
        if self._cut_off_at is not None and start >= self._cut_off_at:
            self._cut_off_at = None
            raise KeyboardInterrupt
        self.reads.append(start)
        return self.data[start : start + length]


def nothing(_sent: int) -> None:
    pass


def test_moved_recording_plays_and_makes_files_as_before(
    show: Show, folder: Path, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    init, segments = recorded()
    move_all()
    assert media_files(folder) == []
    prefix = f"our/shop/brands/{show.brand_id}/shows/{show.pk}/recording"
    names = ("1-360p.mp4", "1-720p.mp4", "index.jsonl", "stored.json")
    assert sorted(server.versions(place)) == [f"{prefix}/{name}" for name in names]
    whole = server.client.get_object(Bucket=place.bucket, Key=f"{prefix}/1-720p.mp4")
    assert whole["Body"].read() == init + b"".join(segments)
    archive = recordings.archives().archive(show.channel_id)
    index = archive.peek()
    assert (archive.is_remote, [one.msn for one in index.segments]) == (True, [0, 1, 2])
    assert archive.read_init(1, "360p") == init
    assert [archive.read_segment(1, "360p", msn) for msn in range(3)] == segments
    assert all(archive.keeps(one) for one in index.segments)
    with pytest.raises(FileNotFoundError):
        archive.read_segment(1, "360p", 3)
    services.order_file(show, "video")
    assert file_job.make_next()
    made = ReplayFile.objects.for_brand(show.brand_id).get()
    assert frames(Path(replay_files().path(made.name)).read_bytes()) == frames(
        init + b"".join(segments)
    )
    row = moving.stored_media(show)
    assert row is not None
    size = 2 * len(init + b"".join(segments))
    assert (row.state, row.percent, row.bytes, row.failure) == ("stored", 100, size, "")
    assert moving.order(utc_now()) == 0


def test_show_that_has_just_ended_stays_on_the_disk(show: Show, store: S3ObjectStore) -> None:
    Show.objects.for_brand(show.brand_id).update(ended_at=utc_now() - timedelta(minutes=9))
    assert moving.order(utc_now()) == 0
    Show.objects.for_brand(show.brand_id).update(ended_at=utc_now() - timedelta(minutes=11))
    assert moving.order_due() == 0  # 24 hours by the setting
    assert moving.order(utc_now()) == 1


def test_upload_that_was_cut_off_sends_only_what_is_missing(
    store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    source = Bytes(12 * MEBI, cut_off_at=5 * MEBI)
    with pytest.raises(KeyboardInterrupt):
        store.upload("a/b", source, nothing)
    assert (source.reads, server.versions(place)) == ([0], [])
    sent: list[int] = []
    store.upload("a/b", source, sent.append)
    assert source.reads == [0, 5 * MEBI, 10 * MEBI]
    assert sent == [5 * MEBI, 10 * MEBI, 12 * MEBI]
    assert store.read("a/b", 5 * MEBI - 3, 6) == source.data[5 * MEBI - 3 : 5 * MEBI + 3]
    store.upload("a/b", source, nothing)
    assert server.versions(place) == ["our/shop/a/b"]  # what is there is not sent again
    with pytest.raises(ObjectStoreError):
        store.read("a/b", 12 * MEBI - 1, 2)


def test_deletion_takes_all_versions_and_uploads_of_its_prefix_alone(
    store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    for size in (256, 512):  # two versions
        store.upload("shows/1/a", Bytes(size), nothing)
    store.upload("shows/12/a", Bytes(256), nothing)
    server.client.delete_object(Bucket=place.bucket, Key="our/shop/shows/1/a")  # a marker
    with pytest.raises(KeyboardInterrupt):
        store.upload("shows/1/b", Bytes(12 * MEBI, cut_off_at=5 * MEBI), nothing)
    assert store.delete_below("shows/1/") == 3
    assert (server.versions(place), server.uploads(place)) == (["our/shop/shows/12/a"], 0)


def test_store_that_is_down_costs_nothing_and_is_caught_up(
    show: Show, folder: Path, store: S3ObjectStore, place: S3Place
) -> None:
    before = len(media_files(folder))
    down = S3Place(place.bucket, "", "http://127.0.0.1:1", "us-east-1", "key", "secret")
    use(folder, S3ObjectStore(down))
    move_all()
    row = moving.stored_media(show)
    assert row is not None
    assert (row.state, row.failure[:25]) == ("moving", "the store does not answer")
    assert moving.report() == {"ok": False, "failure": row.failure, "waiting": 1}
    assert len(media_files(folder)) == before
    assert recordings.archives().archive(show.channel_id).read_segment(1, "720p", 0)
    use(folder, store)
    assert not moving.run_next()  # a minute's rest
    StoredMedia.objects.for_brand(show.brand_id).update(try_at=utc_now())
    assert moving.run_next()
    assert moving.report() == {"ok": True, "failure": "", "waiting": 0}
    assert (media_files(folder), moving.progress().stored) == ([], 1)


def test_stop_between_the_upload_and_the_deletion_is_made_good(
    show: Show, folder: Path, store: S3ObjectStore, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "before")
    move_all()
    shutil.copytree(tmp_path / "before", folder, dirs_exist_ok=True)
    StoredMedia.objects.for_brand(show.brand_id).update(state="moving")
    assert len(media_files(folder)) == 8
    assert moving.run_next()
    assert media_files(folder) == []
    assert recordings.archives().archive(show.channel_id).read_segment(1, "720p", 2)


def test_damaged_recording_stays_where_it_is(
    show: Show, folder: Path, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    (folder / show.channel_id / "1" / "720p" / "1.m4s").write_bytes(b"short")
    move_all()
    row = moving.stored_media(show)
    assert row is not None
    assert (row.state, row.failure[:20]) == ("moving", "1.m4s has 5 bytes, a")
    assert len(media_files(folder)) == 8
    assert moving.report() == {"ok": True, "failure": "", "waiting": 1}


def test_file_is_downloaded_from_the_store_and_deleted_there(
    show: Show, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    file = services.order_file(show, "sound")
    assert file_job.make_next()
    file.refresh_from_db()
    path = Path(replay_files().path(file.name))
    data = path.read_bytes()
    assert stored_files.store_next()
    assert not stored_files.store_next()
    assert not path.exists()
    url, name = queries.ready_file(show, file.pk)
    assert name == f"{show.slug}.m4a"
    with urlopen(url, timeout=10) as answer:
        assert answer.read() == data
        assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert keeping.sweep_files() == 0
    services.delete_file(show, file.pk)
    recordings.use_store(None)
    assert keeping.sweep_files() == 0  # its mark waits for the store
    recordings.use_store(store)
    assert keeping.sweep_files() == 1
    assert (server.versions(place), list(path.parent.iterdir())) == ([], [])


def test_retention_deletes_in_the_store_for_real(
    show: Show, folder: Path, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    move_all()
    brand = show.brand
    brand.replay_days = 1
    brand.save()
    assert keeping.delete_old_recordings(utc_now()) == 1
    assert not (folder / show.channel_id).exists()
    assert len(server.versions(place)) == 4
    move_all()
    assert server.versions(place) == []
    assert not StoredMedia.objects.for_brand(brand).exists()


def test_media_of_a_show_that_is_gone_is_deleted(
    show: Show, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    move_all()
    StoredMedia.objects.for_brand(show.brand_id).update(show=None)
    assert moving.run_next()
    assert server.versions(place) == []


async def test_reads_that_hang_hold_up_no_others() -> None:
    let_go = threading.Event()
    store_reads._waiting = store_reads.WAITING_MAX - 1
    try:
        hanging = asyncio.ensure_future(store_reads.run(lambda: bytes(let_go.wait(10))))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await store_reads.run(lambda: b"")
        assert await asyncio.to_thread(lambda: b"live") == b"live"
        let_go.set()
        assert await hanging == b"\0"
    finally:
        store_reads._waiting = 0


def test_settings_and_doctor_say_what_is_wrong(place: S3Place) -> None:
    environ = {
        "SHOWFLOOR_S3_BUCKET": place.bucket, "SHOWFLOOR_S3_ENDPOINT": place.endpoint,
        "SHOWFLOOR_S3_ACCESS_KEY": "key", "SHOWFLOOR_S3_SECRET_KEY": "secret",
    }  # fmt: skip
    (found,) = doctor._object_storage(load(environ))
    assert (found.ok, found.name) == (True, f"object storage {place.bucket}")
    (found,) = doctor._object_storage(load({**environ, "SHOWFLOOR_S3_BUCKET": "other"}))
    assert (found.ok, found.detail) == (False, "the store refuses (404 404)")
    with pytest.raises(SettingError, match="SHOWFLOOR_S3_ACCESS_KEY"):
        object_store(load({**environ, "SHOWFLOOR_S3_SECRET_KEY": ""}))
    assert object_store(load({})) is None
    without = (
        "import sys; sys.modules['boto3'] = None; from showfloor.roles.object_storage import *; "
        "from showfloor.kernel.settings import load; "
        "object_store(load({'SHOWFLOOR_S3_BUCKET': 'x'}))"
    )
    failed = subprocess.run([sys.executable, "-c", without], capture_output=True, timeout=30)
    assert b"SettingError: SHOWFLOOR_S3_BUCKET: the client of S3 is not installed" in failed.stderr


def test_recordings_are_found_again_after_the_disk_was_lost(
    show: Show, folder: Path, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    Show.objects.for_brand(show.brand_id).update(ended_at=utc_now() - timedelta(hours=1))
    storyboard._save(storyboard._name(show, "json"), b'{"width": 160, "pictures": [1]}')
    storyboard._save(storyboard._name(show, "0.jpg"), b"a sheet")
    services.order_file(show, "sound")
    assert file_job.make_next()
    assert stored_files.store_next()
    move_all()
    _init, segments = recorded()
    assert keeping.sweep_files() == 0
    assert storyboard.is_on_disk(show.pk)  # it may still grow
    Show.objects.for_brand(show.brand_id).update(ended_at=utc_now() - timedelta(days=2))
    assert keeping.sweep_files() == 0
    assert not storyboard.is_on_disk(show.pk)
    assert storyboard.sheet(show, 0) == b"a sheet"
    asked = storyboard._fetched.cache_info().misses
    assert storyboard.sheet(show, 1) is None
    assert storyboard._fetched.cache_info().misses == asked  # nobody makes the store be asked

    shutil.rmtree(folder)
    shutil.rmtree(replay_files().location)
    lost = recordings.archives().archive(show.channel_id)
    assert (lost.peek().segments, storyboard.load(show)) == ((), None)
    assert list(restore.find_all_again(store)) == [RestoreResult(show.slug)]
    found = recordings.archives().archive(show.channel_id)
    assert [one.msn for one in found.peek().segments] == [0, 1, 2]
    assert found.read_segment(1, "360p", 2) == segments[2]
    assert storyboard.sheet(show, 0) == b"a sheet"
    store.delete_below(f"{moving.prefix_of(show)}recording/")
    shutil.rmtree(folder)
    [gone] = restore.find_all_again(store)
    assert gone.failure == "the store has no copy of its index"
    services.delete_file(show, ReplayFile.objects.for_brand(show.brand_id).get().pk)
    Show.objects.for_brand(show.brand_id).update(recording_deleted_at=utc_now())
    assert keeping.sweep_files() == 2  # its marks tell where file and storyboard are
    assert server.versions(place) == []


def test_recording_that_moved_without_a_copy_of_its_index_gets_one(
    show: Show, folder: Path, store: S3ObjectStore
) -> None:
    move_all()
    rows, prefix = StoredMedia.objects.for_brand(show.brand_id), moving.prefix_of(show)
    assert rows.get().has_index_copy
    assert stored_index.copy_missing() == 0
    copies = [f"{prefix}recording/{name}" for name in ("index.jsonl", "stored.json")]
    before = [store.fetch(key, 1 << 20) for key in copies]
    store.delete_below(f"{prefix}recording/")
    rows.update(has_index_copy=False)
    assert stored_index.copy_missing() == 1
    assert [store.fetch(key, 1 << 20) for key in copies] == before
    assert rows.get().has_index_copy

    rows.update(has_index_copy=False)
    shutil.rmtree(folder)
    assert stored_index.copy_missing() == 0
    assert rows.get().try_at > utc_now() + timedelta(hours=23)  # and not with each run
    assert [store.fetch(key, 1 << 20) for key in copies] == before


def test_deletions_that_wait_for_a_store_that_is_gone_are_told_and_end(
    show: Show, store: S3ObjectStore
) -> None:
    move_all()
    moving.delete_of(show)
    recordings.use_store(None)
    moving._report.looked_at = -moving.LOOKED_AT_EVERY_S
    assert not moving.run_next()
    assert moving.report() == {"ok": False, "failure": moving.NO_STORE, "waiting": 1}
    (found,) = doctor._object_storage(load({}))
    assert (found.ok, found.detail) == (False, f"1 deletions wait: {moving.NO_STORE}")
    StoredMedia.objects.for_brand(show.brand_id).update(try_at=utc_now() - timedelta(days=31))
    moving._report.looked_at = -moving.LOOKED_AT_EVERY_S
    assert not moving.run_next()
    assert not StoredMedia.objects.for_brand(show.brand_id).exists()
    assert (moving.report(), list(doctor._object_storage(load({})))) == (None, [])


def test_recording_that_is_not_moved_is_as_before(show: Show, folder: Path) -> None:
    archive = recordings.archives().archive(show.channel_id)
    assert not archive.is_remote
    here = FileRecording(folder / show.channel_id)
    assert archive.read_segment(1, "720p", 1) == here.read_segment(1, "720p", 1)


def test_show_that_was_never_recorded_has_nothing_left_to_move(
    show: Show, folder: Path, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    shutil.rmtree(folder)
    move_all()
    assert (moving.progress().left, moving.report()) == (
        0, {"ok": True, "failure": "", "waiting": 0},
    )  # fmt: skip
    assert server.versions(place) == []


def test_file_that_is_deleted_while_it_is_uploaded_is_gone_from_the_store_too(
    show: Show, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    file = services.order_file(show, "sound")
    assert file_job.make_next()

    class StoppedStore(S3ObjectStore):
        """The process is gone as soon as the file is stored, and somebody deletes it."""

        @override
        def upload(self, *args: Any) -> None:
            super().upload(*args)
            services.delete_file(show, file.pk)
            raise KeyboardInterrupt

    recordings.use_store(StoppedStore(place))
    with pytest.raises(KeyboardInterrupt):
        stored_files.store_next()
    assert len(server.versions(place)) == 1
    keeping.sweep_files()
    assert server.versions(place) == []
    assert not list(Path(replay_files().path("")).rglob("*.*"))


def test_upload_of_a_file_that_is_deleted_meanwhile_leaves_nothing_in_the_store(
    show: Show, store: S3ObjectStore, server: S3Server, place: S3Place
) -> None:
    file = services.order_file(show, "sound")
    assert file_job.make_next()

    class SweptStore(S3ObjectStore):
        """Somebody deletes the file, and the sweep comes, just before it is uploaded."""

        @override
        def upload(self, *args: Any) -> None:
            services.delete_file(show, file.pk)
            keeping.sweep_files()
            super().upload(*args)

    recordings.use_store(SweptStore(place))
    with pytest.raises(ObjectStoreError):
        stored_files.store_next()
    assert server.uploads(place) == 1
    keeping.sweep_files()
    assert (server.versions(place), server.uploads(place)) == ([], 0)
