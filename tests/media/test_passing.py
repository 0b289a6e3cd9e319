"""Pass-through: the plan, the grid, and several pictures of one source from end to end."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder
from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.media.encoding.broadcast import BroadcastSettings
from showfloor.media.encoding.pass_grid import Misfit, PassGrid
from showfloor.media.encoding.pass_plan import PassPlan, Unfit, plan_all, plan_top
from showfloor.media.flv.packets import PacketReader
from showfloor.media.flv.tags import FlvReader
from showfloor.media.formats.avc import AvcConfig, without_filler
from showfloor.media.hls.blocking_reload import Directives
from showfloor.media.packets import MediaPacket, SourceClaims, SourceItem, VideoTrack, is_further
from showfloor.media.ports import Encoder, Rung, SourceInfo
from showfloor.media.source_role import SourceRole
from tests.media import test_codec_configs as configs
from tests.media.test_broadcast import Listener, Stage, played
from tests.support.media import AVC_RECORD, VIDEO, clip, count_frames, ffmpeg, picture
from tests.support.waiting import await_until

FPS = Fraction(30)
STEPS = ((180, 300), (90, 100))
SOURCE = SourceInfo(320, 180, FPS, has_audio=True)
TOP = Rung("180p", 320, 180, 300, FPS)
VIDEO_CONFIG = AvcConfig.parse(AVC_RECORD)
NTSC = replace(VIDEO_CONFIG.picture, frame_rate=Fraction(30_000, 1001))
SMALL = replace(VIDEO, number=1)


def encoder_like_ours(rung: Rung, *extra: str) -> tuple[str, ...]:
    return (
        "-tune", "zerolatency", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0",
        "-b:v", f"{rung.kbps}k", "-maxrate", f"{rung.kbps}k", "-bufsize", "200k", *extra,
    )  # fmt: skip


# --- the plan ---


def test_picture_of_the_top_rungs_form_is_passed_and_the_rest_is_encoded() -> None:
    rungs = (TOP, Rung("90p", 160, 90, 100, FPS))
    claimed = replace(SOURCE, fps=Fraction(1000, 33))  # of FFmpeg, from two stamps
    assert plan_top(claimed, VIDEO, rungs, 300) == PassPlan(rungs, {0: 0})
    plan = plan_top(SOURCE, VIDEO, rungs, 300)
    assert isinstance(plan, PassPlan)
    assert plan.encoded == [1]


@pytest.mark.parametrize(
    ("source", "track", "kbps", "unfit"),
    [
        (replace(SOURCE, width=640, height=360), VIDEO, None, Unfit.SIZE),
        (SOURCE, VideoTrack(replace(VIDEO_CONFIG, picture=NTSC)), None, Unfit.FRAME_RATE),
        (SOURCE, VIDEO, 400, Unfit.BITRATE),
        (SOURCE, VideoTrack(AvcConfig.parse(configs.FULL_CHROMA)), None, Unfit.PROFILE),
    ],
)
def test_picture_that_breaks_a_rule_is_not_passed(
    source: SourceInfo, track: VideoTrack, kbps: int | None, unfit: Unfit
) -> None:
    assert plan_top(source, track, (TOP,), kbps) is unfit


def test_several_pictures_are_the_ladder_the_best_first_with_names_of_their_own() -> None:
    twin = replace(VIDEO, number=2)
    plan = plan_all(SOURCE, [VIDEO, SMALL, twin], STEPS, {1: 150})
    assert isinstance(plan, PassPlan)
    assert [(rung.name, rung.kbps) for rung in plan.rungs] == [
        ("180p", 300), ("180p-2", 150), ("180p-3", 300)
    ]  # fmt: skip
    assert (plan.places, plan.encoded) == ({0: 0, 1: 1, 2: 2}, [])
    portrait = VideoTrack(AvcConfig.parse(configs.PORTRAIT), 3)
    assert plan_all(SOURCE, [VIDEO, portrait], STEPS, {}) is Unfit.SIZE


# --- the grid ---


def grid() -> PassGrid:
    return PassGrid({0: TOP, 1: replace(TOP, name="90p")})


def frame(number: int, track: VideoTrack = VIDEO, *, key: bool | None = None) -> MediaPacket:
    is_key = number % 60 == 0 if key is None else key
    return picture(round(number * 100 / 3), b"x", is_key=is_key, track=track)


def taken(one: PassGrid, packets: Iterable[MediaPacket]) -> list[MediaPacket]:
    return [ready for packet in packets for ready in one.take(packet)]


def test_pictures_begin_together_in_whatever_order_they_come() -> None:
    pair = [frame(0, SMALL), frame(0), frame(1), frame(1, SMALL)]
    assert taken(grid(), pair) == pair


def test_picture_that_comes_in_later_makes_all_begin_with_the_next_key_frames() -> None:
    late = [frame(0), *(frame(n, track) for n in range(1, 122) for track in (VIDEO, SMALL))]
    ready = taken(grid(), late)
    assert [one.dts_ms for one in ready[:2]] == [2000, 2000]
    assert len(ready) == 124


def test_short_holes_are_passed_and_the_count_goes_on() -> None:
    left_out = {2, 3, 8, 9, 10, 11, 57, 58, 59}
    sent = [
        one for n in range(122)
        for one in (frame(n, SMALL), *([frame(n)] if n not in left_out else []))
    ]  # fmt: skip
    assert taken(grid(), sent) == sent


@pytest.mark.parametrize(
    ("packets", "unfit", "track"),
    [
        ([frame(0)._replace(pts_ms=33)], Unfit.REORDERED, 0),
        ([frame(0), frame(0, SMALL), frame(1), frame(20)], Unfit.GAPS, 0),  # a whole part
        (
            [*(f for n in range(58) for f in (frame(n), frame(n, SMALL))), frame(62)],
            Unfit.GAPS, 0,
        ),
        ([frame(0), *(frame(n) for n in range(1, 60))], Unfit.TRACK, 1),
        (
            [f for n in range(61) for f in (frame(n), frame(n, SMALL, key=n == 0))],
            Unfit.KEY_FRAMES, 1,
        ),
        (
            [f for n in range(300) for f in (frame(n), frame(n, SMALL, key=n % 60 == 30))],
            Unfit.KEY_FRAMES, 1,
        ),
    ],
    ids=["b-frames", "gap", "gap-at-a-key-frame", "one-dies", "no-key-frame", "key-frames-apart"],
)  # fmt: skip
def test_misfit_names_the_rule_and_the_picture(
    packets: list[MediaPacket], unfit: Unfit, track: int
) -> None:
    with pytest.raises(Misfit) as misfit:
        taken(grid(), packets)
    assert (misfit.value.unfit, misfit.value.track) == (unfit, track)


def test_bit_rate_above_the_rungs_is_borne_for_six_seconds_and_then_told() -> None:
    heavy = [
        frame(n, track)._replace(data=bytes(2000))
        for n in range(180) for track in (VIDEO, SMALL)
    ]  # fmt: skip
    taken(grid(), heavy[:-2])
    with pytest.raises(Misfit, match="bitrate") as misfit:
        taken(grid(), heavy)
    assert misfit.value.kbps == {0: 480, 1: 480}


def test_filler_data_is_left_out() -> None:
    unit, filler = b"\0\0\0\2\x65\x88", b"\0\0\0\3\x0c\xff\x80"
    assert without_filler(unit + filler + unit, 4) == unit + unit
    assert without_filler(unit, 4) == unit
    assert without_filler(filler, 4) == filler  # never nothing


# --- from end to end ---


@cache
def several(seconds: int = 4, *, rate: int = 48_000) -> tuple[SourceItem, ...]:
    """Two sizes of one picture, and sound, as OBS sends several tracks."""
    data, _ = ffmpeg(
        "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30",
        "-f", "lavfi", "-i", f"sine=440:sample_rate={rate}", "-t", str(seconds),
        "-filter_complex", "[0:v]split=2[a][b];[b]scale=160:90[c]",
        "-map", "[a]", "-map", "[c]", "-map", "1:a", "-c:v", "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv420p", *encoder_like_ours(TOP), "-c:a", "aac", "-ac", "2",
        "-f", "flv", "-",
    )  # fmt: skip
    reader = PacketReader()
    return tuple(item for tag in FlvReader().feed(data) for item in reader.take(tag))


def no_encoder() -> Encoder:
    raise AssertionError("nothing is encoded here")


async def sent(stage: Stage, items: Iterable[SourceItem]) -> None:
    for item in items:
        stage.session.write(item)
        await stage.session.drain()
    await stage.taken()


@pytest.mark.parametrize(
    ("rate", "new_encoder"), [(48_000, no_encoder), (44_100, lambda: FfmpegEncoder())],
    ids=["nothing-is-encoded", "sound-is-encoded"],
)  # fmt: skip
async def test_every_rung_of_several_pictures_plays(
    tmp_path: Path, rate: int, new_encoder: Callable[[], Encoder]
) -> None:
    stage = Stage(tmp_path, new_encoder)
    await sent(stage, several(rate=rate))
    assert stage.session.health().passed == ("180p", "90p")
    assert [f.code for f in stage.session.health().findings if "passed" in f.code] == []
    await stage.session.close("ended")
    stage.channel.end()
    assert stage.listener.heard == ["picture", "ended"]
    for rung in ("180p", "90p"):
        [whole] = await played(stage, rung)
        frames, audio_s = count_frames(whole)
        assert frames == 120
        assert abs(audio_s - 4) < 0.1
    await stage.channel.close()


async def test_pictures_heavier_than_their_encoder_says_are_passed_with_their_true_weight(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path, no_encoder)
    lies = ((0, 20), (1, 20))  # the playlist would promise viewers a tenth of what comes
    items = [
        replace(item, video_kbps=lies) if isinstance(item, SourceClaims) else item
        for item in several(12)
    ]
    await sent(stage, items)
    assert stage.session.health().passed == ("180p", "90p")
    await stage.session.close("ended")
    stage.channel.end()
    broadcasts = await played(stage, "180p")
    assert len(broadcasts) == 2
    assert sum(count_frames(one)[0] for one in broadcasts) == 359  # all but one of the lie's last
    listed = stage.channel.multivariant(preview=False).body.decode()
    peaks = [int(bps) for bps in re.findall(r"BANDWIDTH=(\d+),A.+RESOLUTION", listed)]
    heavy = [
        max(
            sum(len(one.data) for one in items if isinstance(one, MediaPacket)
                and isinstance(one.track, VideoTrack) and one.track.number == number
                and second * 1000 <= one.dts_ms < second * 1000 + 2000) * 4
            for second in range(0, 12, 2)
        )
        for number in (0, 1)
    ]  # fmt: skip
    assert [peak >= bits > peak / 3 for peak, bits in zip(peaks, heavy, strict=True)] == [True] * 2
    await stage.channel.close()


def lacking(items: Iterable[SourceItem], *, after_ms: int) -> list[SourceItem]:
    """The items without the second picture's from a moment on."""
    return [
        item for item in items
        if not (isinstance(item, MediaPacket) and is_further(item) and item.dts_ms > after_ms)
    ]  # fmt: skip


async def test_picture_that_dies_leaves_the_ladder_and_the_producer_is_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda: FfmpegEncoder("ultrafast"))
    await sent(stage, lacking(several(6), after_ms=1500))
    health = stage.session.health()
    assert Finding("pictures-missing", Level.BAD, 1) in health.findings
    await stage.session.close("ended")
    stage.channel.end()
    assert stage.listener.heard == ["picture", "picture", "ended"]
    assert len(await played(stage, "180p")) == 2
    await stage.channel.close()


async def test_picture_that_died_with_its_source_is_passed_of_the_next_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda: FfmpegEncoder("ultrafast"))
    dying, one = [], grid()
    for item in lacking(several(6), after_ms=1500):
        dying.append(item)
        try:
            if isinstance(item, MediaPacket) and isinstance(item.track, VideoTrack):
                one.take(item)
        except Misfit:
            break
    await sent(stage, dying)
    backup = stage.live.open(Listener(), role=SourceRole.BACKUP)
    first, rest = several(6)[:400], several(6)[400:]
    for item in first:
        backup.write(item)
    await stage.session.close("lost")
    await await_until(lambda: backup.is_on_air)
    for item in rest:
        backup.write(item)
    await stage.taken()
    health = backup.health()
    assert health.passed == ("180p", "90p")
    assert [f.code for f in health.findings if "missing" in f.code] == []
    await backup.close("ended")
    await stage.channel.close()


@pytest.mark.parametrize(
    ("extra", "finding"),
    [
        ((), None),
        (("-bf", "2", "-tune", "film"), "not-passed-b-frames"),
        (("-g", "45"), "not-passed-key-frames"),
    ],
    ids=["fits", "b-frames", "key-frames"],
)
async def test_top_rung_is_passed_beside_encoded_ones_or_encoded_with_the_reason(
    tmp_path: Path, extra: tuple[str, ...], finding: str | None
) -> None:
    settings = BroadcastSettings(STEPS, passes_top_rung=True)
    stage = Stage(tmp_path, lambda: FfmpegEncoder("ultrafast"), settings)
    items = clip(seconds=5, extra=encoder_like_ours(TOP, *extra))
    await sent(stage, items)
    health = stage.session.health()
    assert health.passed == (() if finding else ("180p",))
    assert [f.code for f in health.findings if f.code.startswith("not-")] == (
        [finding] if finding else []
    )
    await stage.session.close("ended")
    stage.channel.end()
    for rung in ("180p", "90p"):
        wholes = await played(stage, rung)
        frames = sum(count_frames(whole)[0] for whole in wholes)
        assert frames == 150 if finding is None else frames >= 60
    if finding is None:
        own = [i.data for i in items if isinstance(i, MediaPacket) and i.track.kind == "video"]
        [whole] = await played(stage, "180p")
        assert all(data in whole for data in own)
    text = (await stage.channel.playlist("180p", Directives(), preview=False)).body.decode()
    assert "#EXTINF:2.00000," in text
    await stage.channel.close()
