from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings as DjangoSettings

from showfloor.accounts.models import Brand
from showfloor.adapters.filesystem.archives import FileArchives
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.catalogue.models import Product
from showfloor.media.recording.index import BroadcastRecord, RungInfo, SegmentRecord
from showfloor.replays import recordings
from showfloor.replays.models import replay_files
from showfloor.shows.models import Highlight, Show, ShowState
from tests.media.test_mp4_file import recorded
from tests.support.media import T0
from tests.support.shows import make_show, product_ids

SEGMENT = Fraction(2)
RUNGS = (
    RungInfo("720p", 1280, 720, 30, 2500, "avc1"), RungInfo("360p", 640, 360, 30, 700, "avc1")
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, settings: DjangoSettings) -> Iterator[Path]:
    """The folder of recordings; files made of them are kept beside it."""
    storage = replay_files()
    before = storage._location  # type: ignore[attr-defined]
    storage._location = str(tmp_path / "replay-files")  # type: ignore[attr-defined]
    for name in ("base_location", "location"):
        storage.__dict__.pop(name, None)
    recordings.use(FileArchives(tmp_path / "media", reserve_bytes=0))
    yield tmp_path / "media"
    recordings.use(None)
    storage._location = before  # type: ignore[attr-defined]
    for name in ("base_location", "location"):
        storage.__dict__.pop(name, None)


@pytest.fixture
def show(brand: Brand, folder: Path) -> Show:
    """An ended show of six seconds from T0, recorded, with one product on screen from 2.5 s on."""
    show = make_show(brand)
    ended_at = T0 + timedelta(seconds=6)
    Show.objects.for_brand(brand).filter(pk=show.pk).update(
        state=ShowState.ENDED, started_at=T0, ended_at=ended_at
    )
    show.refresh_from_db()
    one = Highlight(show=show, started_at=T0 + timedelta(seconds=2.5), ended_at=ended_at)
    one.save()
    one.products.set(Product.objects.for_brand(brand).filter(pk=product_ids(show)[0]))
    record(FileRecording(folder / show.channel_id))
    return show


def record(recording: FileRecording) -> None:
    """Write three segments of 2 s from T0, the same media in both rungs."""
    init, segments = recorded()
    recording.begin(BroadcastRecord(1, RUNGS), {rung.name: init for rung in RUNGS})
    for msn, body in enumerate(segments):
        bodies = {rung.name: body for rung in RUNGS}
        recording.append(
            SegmentRecord(
                msn, 1, False, T0 + timedelta(seconds=2 * msn), SEGMENT, True,
                {rung.name: len(body) for rung in RUNGS},
            ),
            bodies,
        )  # fmt: skip
