"""Clips encoded anew: the portrait part that follows who speaks, and captions in the picture."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import override

import pytest

from showfloor.accounts.models import User
from showfloor.adapters.ffmpeg.clip_encoder import FfmpegClipEncoder, crop_commands
from showfloor.captions.models import Caption, CaptionSource
from showfloor.kernel.errors import Invalid
from showfloor.replays import encoded_clip, encoding, file_job, queries, services
from showfloor.replays.burnt_captions import BurntCue, script
from showfloor.replays.crop_path import CropPosition, Look, crop_path
from showfloor.replays.encoded_clip import ClipSource
from showfloor.replays.encoding import ClipEncoder, Crop, EncodeOrder
from showfloor.replays.models import ReplayFile, replay_files
from showfloor.shows.models import Show
from tests.support.media import T0, ffmpeg
from tests.support.shows import Caller

SHARE = 0.25
CALM = [0.0] * 20


@pytest.fixture(autouse=True)
def encoder() -> Iterator[FfmpegClipEncoder]:
    made = FfmpegClipEncoder()
    encoding.use(made)
    yield made
    encoding.use(None)


def looks_at(*places: int, change: float = 0.0) -> list[Look]:
    return [Look([*CALM[:place], 1.0, *CALM[place + 1 :]], change) for place in places]


def lefts(looks: Sequence[Look]) -> list[float]:
    return [round(point.left, 3) for point in crop_path(looks, SHARE)]


def test_crop_stands_still_while_its_subject_nods() -> None:
    assert lefts(looks_at(10, 10, 10, 10)) == [0.4, 0.4]
    wide = [Look([1.0] * 8 + [0.9] + CALM[9:], 0), Look([0.9] + [1.0] * 8 + CALM[9:], 0)]
    assert len(set(lefts(wide * 4))) == 1


def test_crop_follows_a_subject_that_stays_elsewhere_and_not_one_that_darts() -> None:
    darts = looks_at(4, 4, 15, 15, 4, 4, 4)
    assert set(lefts(darts)) == {0.1}
    goes = lefts(looks_at(4, *[8] * 20))
    assert goes[0] == 0.1
    assert goes[-1] == pytest.approx(0.3, abs=0.03)
    steps = [after - before for before, after in pairwise(goes)]
    assert 0 < max(steps) <= 0.1131  # no faster than it may pan
    assert min(steps) >= 0
    out_of_it = crop_path(looks_at(4, *[15] * 20), SHARE)
    assert [(one.at_s, round(one.left, 2)) for one in out_of_it] == [
        (0.0, 0.1), (0.75, 0.1), (0.75, 0.65), (5.0, 0.65)
    ]  # fmt: skip


def test_crop_jumps_with_a_cut_of_the_camera() -> None:
    path = crop_path([*looks_at(4, 4), *looks_at(15, change=0.5), *looks_at(15)], SHARE)
    assert [(point.at_s, round(point.left, 2)) for point in path] == [
        (0.0, 0.1), (0.5, 0.1), (0.5, 0.65), (0.75, 0.65)
    ]  # fmt: skip
    assert crop_commands(Crop(1000, 250, 400, path)) == (
        "0.000 crop x '100.00';\n0.500 crop x '650.00';\n0.750 crop x '650.00';"
    )
    pan = [CropPosition(0, 0.1), CropPosition(0.25, 0.2)]
    assert crop_commands(Crop(1000, 250, 400, pan)).startswith("0.000 crop x '100.00+(t-0.000)*(4")


def test_crop_of_a_picture_without_anything_is_in_the_middle_and_stays_inside() -> None:
    assert lefts([Look(CALM, 0)] * 3) == [0.375, 0.375]
    assert lefts(looks_at(19)) == [0.75]
    assert lefts(looks_at(0)) == [0.0]


def test_script_takes_no_commands_from_words() -> None:
    text = script([BurntCue(1.0, 62.345, "a {\\b1}\nb"), BurntCue(3, 3.001, "no")], 404, 720)
    (line,) = [one for one in text.splitlines() if one.startswith("Dialogue")]
    assert line == "Dialogue: 0,0:00:01.00,0:01:02.34,Default,,0,0,0,,a \\{\\\u2060b1\\}\\Nb"
    assert "PlayResX: 404\nPlayResY: 720" in text
    assert ",24,24,144,1" in text  # free at the sides and below, where apps have their buttons
    long = script([BurntCue(0, 1, "Die Veranstaltungs-Sonderangebotsverlängerung")], 404, 720)
    assert ",,{\\fs17}Die" in long
    arabic = script([BurntCue(0, 1, "مرحبا")], 404, 720)
    assert "{\\fnNoto Sans Arabic}مرحبا" in arabic


def face(path: Path) -> ClipSource:
    """Write a film of 4 s: a skin-coloured head that trembles, on the left of a grey wall, and from
    1.5 s on at the right."""
    graph = (
        "color=0x707880:s=640x360:r=20:d=4[wall];"
        "color=0xd8a080:s=70x90:r=20:d=4[head];"
        "[wall][head]overlay=x='if(lt(t,1.5),80,470)+3*mod(n,2)':y='120+4*mod(n,3)',format=yuv420p"
    )
    for name in ("best.mp4", "small.mp4"):
        ffmpeg(
            "-v", "error", "-f", "lavfi", "-i", graph, "-f", "lavfi", "-i", "sine=300:d=4",
            "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-y", str(path / name),
        )  # fmt: skip
    return ClipSource(path / "best.mp4", path / "small.mp4", 640, 360, 4.0)


def pixels(path: Path, at_s: float, size: tuple[int, int]) -> list[bytes]:
    """Return the rows of one picture, grey."""
    data, _log = ffmpeg(
        "-v", "error", "-ss", str(at_s), "-i", str(path), "-frames:v", "1", "-f", "rawvideo",
        "-pix_fmt", "gray", "-",
    )  # fmt: skip
    width, height = size
    assert len(data) == width * height
    return [data[n * width : (n + 1) * width] for n in range(height)]


def test_portrait_has_the_head_in_it_and_words_below(tmp_path: Path) -> None:
    told: list[float] = []
    target = tmp_path / "out.mp4"
    cues = [BurntCue(0.0, 2.0, "Nummer fünf!")]
    encoded_clip.encode(face(tmp_path), target, cues, is_portrait=True, on_progress=told.append)
    size = 202, 360
    for at_s in (0.5, 3.5):
        head = pixels(target, at_s, size)[165]
        bright = [n for n, value in enumerate(head) if value > 150]
        assert len(bright) >= 60, at_s  # the whole head
        assert 60 <= sum(bright) / len(bright) <= 142, at_s  # about in the middle
    below = range(230, 320)
    with_words = [max(row) for row in pixels(target, 0.5, size)[below.start : below.stop]]
    without = [max(row) for row in pixels(target, 3.5, size)[below.start : below.stop]]
    assert (max(with_words) > 235, max(without) < 150) == (True, True)
    _, log = ffmpeg("-i", str(target), "-f", "null", "-")
    assert "Audio: aac" in log
    assert (told == sorted(told), told[0], round(told[-1], 1)) == (True, 0.1, 1.0)


def test_upright_picture_is_not_cropped_and_damage_is_an_error(tmp_path: Path) -> None:
    source = ClipSource(tmp_path / "no.mp4", tmp_path / "no.mp4", 404, 720, 1.0)
    with pytest.raises(OSError, match="No such file"):
        encoded_clip.encode(
            source, tmp_path / "x.mp4", [], is_portrait=True, on_progress=lambda _share: None
        )


# --- through the room's door ---


@pytest.fixture
def captioned(show: Show) -> Show:
    """A show that says one sentence, in German, from its second second on."""
    Caption.objects.for_brand(show.brand_id).bulk_create(
        [
            Caption(
                show=show, language="de", cue_id="1", text="Nummer fünf",
                starts_at=T0 + timedelta(seconds=2), ends_at=T0 + timedelta(seconds=3),
                source=CaptionSource.LIVE,
            )
        ]
    )  # fmt: skip
    return show


def test_clip_gets_captions_at_their_picture(captioned: Show) -> None:
    clip = services.make_clip(captioned, "The balm", 1.5, 4.5)
    file = services.order_file(captioned, "video", clip.pk, captions="de")
    plain = services.order_file(captioned, "video", clip.pk)
    assert services.order_file(captioned, "video", clip.pk, captions="de").pk == file.pk
    assert plain.pk != file.pk
    orders: list[EncodeOrder] = []
    encoding.use(Fake(orders.append))
    assert file_job.make_next()
    file.refresh_from_db()
    assert (file.state, file.failure) == ("ready", "")
    (order,) = orders
    assert "Dialogue: 0,0:00:00.50,0:00:01.50,Default,,0,0,0,,Nummer fünf" in order.script
    assert (order.crop, order.lasts_s) == (None, 3.0)
    folder = Path(replay_files().path(file.name)).parent
    assert [path.name for path in folder.iterdir()] == [f"{file.pk}.mp4"]
    opened, name = queries.ready_file(captioned, file.pk)
    opened.close()
    assert name == f"{captioned.slug}-183001-de.mp4"


def test_clip_deleted_while_it_is_encoded_is_given_up(captioned: Show) -> None:
    clip = services.make_clip(captioned, "x", 0, 2)
    services.order_file(captioned, "video", clip.pk, shape="portrait")
    encoding.use(Fake(lambda _order: services.delete_clip(captioned, clip.pk), for_ever=True))
    assert file_job.make_next()
    assert not ReplayFile.objects.for_brand(captioned.brand_id).exists()
    assert list(Path(replay_files().location).rglob("*.mp4")) == []


@pytest.mark.parametrize(
    ("kind", "of_clip", "more", "field"),
    [
        ("sound", True, {"shape": "portrait"}, "shape"),
        ("video", False, {"shape": "portrait"}, "shape"),
        ("video", True, {"shape": "round"}, "shape"),
        ("video", False, {"captions": "de"}, "captions"),
        ("video", True, {"captions": "fr"}, "captions"),
    ],
)
def test_file_that_cannot_be_is_refused_by_its_field(
    captioned: Show, kind: str, of_clip: bool, more: dict[str, str], field: str
) -> None:
    clip_id = services.make_clip(captioned, "x", 0, 2).pk if of_clip else None
    with pytest.raises(Invalid) as refused:
        services.order_file(captioned, kind, clip_id, **more)
    assert refused.value.field == field
    assert not ReplayFile.objects.for_brand(captioned.brand_id).exists()


def test_api_takes_shape_and_captions(captioned: Show, producer: User) -> None:
    clip = services.make_clip(captioned, "x", 0, 2)
    body = {"kind": "video", "clip_id": clip.pk, "shape": "portrait", "captions": "de"}
    path = f"/shows/{captioned.slug}/replay-files"
    status, made = Caller(user=producer).call("POST", path, body)
    assert (status, made["shape"], made["captions"]) == (202, "portrait", "de")


class Fake(ClipEncoder):
    """An encoder that writes nothing of use; `for_ever`: until it is told to stop."""

    def __init__(self, on_order: Callable[[EncodeOrder], object], for_ever: bool = False) -> None:
        self._on_order, self._for_ever = on_order, for_ever

    @contextmanager
    @override
    def pictures(
        self, source: Path, size: tuple[int, int], per_s: int
    ) -> Iterator[Iterator[bytes]]:
        yield iter([bytes(size[0] * size[1] * 3)])

    @override
    def encode(self, order: EncodeOrder, on_progress: Callable[[float], None]) -> None:
        self._on_order(order)
        order.target.write_bytes(order.source.read_bytes())
        while self._for_ever:
            on_progress(0.5)
