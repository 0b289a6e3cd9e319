"""The sound alone: the same borders, times and numbers as the rungs, and not kept twice."""

from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.edge.hls.endpoint import HlsApp, ShowMedia
from showfloor.kernel.errors import NotFound
from showfloor.media.hls.audio_only import sound_of_init, sound_of_media
from showfloor.media.hls.blocking_reload import Directives
from showfloor.media.hls.origin import LiveStream
from showfloor.media.packaging.fmp4 import (
    AUDIO_TRACK,
    VIDEO_TRACK,
    Sample,
    TrackRun,
    fragment,
    init_segment,
)
from showfloor.media.packaging.segmenter import SILENCE, Part, Segmenter
from tests.media.test_segmenter import feed_all, rungs
from tests.support.media import AAC_RECORD, AVC_RECORD, FixedClock, boxes, ffmpeg, find

VIDEO = TrackRun(VIDEO_TRACK, 2**33, [Sample(b"KEY", 33_333), Sample(b"p", 33_334, is_sync=False)])
AUDIO = TrackRun(AUDIO_TRACK, 4096, [Sample(b"aa", 1024), Sample(b"bbb", 1024)])
INIT = init_segment(avc_record=AVC_RECORD, width=320, height=180, aac_record=AAC_RECORD)
FPS = 30


def test_part_without_its_pictures_is_its_sound() -> None:
    assert sound_of_media(fragment(7, [VIDEO, AUDIO])) == fragment(7, [AUDIO])
    assert sound_of_media(fragment(7, [AUDIO, VIDEO])) == fragment(7, [AUDIO])
    assert sound_of_media(fragment(7, [AUDIO])) == fragment(7, [AUDIO])


def test_segment_keeps_its_parts_one_after_the_other() -> None:
    later = TrackRun(AUDIO_TRACK, 6144, [Sample(b"c", 1024)])
    whole = fragment(7, [VIDEO, AUDIO]) + fragment(8, [VIDEO, later])
    assert sound_of_media(whole) == fragment(7, [AUDIO]) + fragment(8, [later])


def test_part_too_short_for_a_frame_of_sound_has_no_track() -> None:
    data = sound_of_media(fragment(7, [VIDEO]))
    assert [(box.kind, len(box.body)) for box in boxes(data)] == [("moof", 16), ("mdat", 0)]
    assert find(data, "moof", "mfhd") == [bytes(4) + (7).to_bytes(4)]


def test_init_segment_keeps_the_track_of_the_sound() -> None:
    data = sound_of_init(INIT)
    assert [box.kind for box in boxes(data)] == ["ftyp", "moov"]
    assert find(data, "ftyp") == find(INIT, "ftyp")
    assert find(data, "moov", "mvhd") == find(INIT, "moov", "mvhd")
    assert find(data, "moov", "trak") == find(INIT, "moov", "trak")[1:]
    assert find(data, "moov", "mvex", "trex") == find(INIT, "moov", "mvex", "trex")[1:]
    assert sound_of_init(data) == data


@pytest.mark.parametrize("cut", [1, 9, 40, -1, -4])
def test_damaged_file_is_an_error(cut: int) -> None:
    with pytest.raises(ValueError, match=r"box|sound"):
        sound_of_media(fragment(7, [VIDEO, AUDIO])[:cut])


def test_offset_that_points_elsewhere_is_an_error() -> None:
    data = bytearray(fragment(7, [AUDIO]))
    place = data.index(b"trun") + 12
    data[place : place + 4] = (9999).to_bytes(4)
    with pytest.raises(ValueError, match="sound is not where it says"):
        sound_of_media(bytes(data))


def test_decoder_hears_the_same_as_with_the_picture() -> None:
    silence = TrackRun(AUDIO_TRACK, 0, [Sample(SILENCE, 1024)] * 15)
    data = fragment(1, [VIDEO, silence])
    alone = sound_of_init(INIT) + sound_of_media(data)
    _, log = ffmpeg("-v", "info", "-xerror", "-i", "-", "-f", "null", "-", stdin=alone)
    assert "aac (LC) (mp4a / 0x6134706D), 48000 Hz, stereo" in log
    assert "Video:" not in log

    def pcm(source: bytes) -> bytes:
        return ffmpeg("-v", "error", "-i", "-", "-map", "0:a", "-f", "s16le", "-", stdin=source)[0]

    assert pcm(alone) == pcm(INIT + data)


# --- listed, fetched, recorded ---


class Show:
    """A public channel that is fed by a cutter, and the addresses of it."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock()
        self.recording = FileRecording(folder)
        self.channel = LiveStream("c", self.recording, self.recording.load(), clock=self.clock)
        self.channel.set_public(True)
        self.ended = False
        transport = httpx.ASGITransport(HlsApp(self.resolve, self.authorise))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://shop.test")

    async def resolve(self, _slug: str, _pass: str | None) -> ShowMedia:
        return ShowMedia(self.channel, self.ended, public=True)

    async def authorise(self, _token: str, _slug: str) -> bool:
        return False

    async def feed(self, frames: int) -> Sequence[Part]:
        cutter = Segmenter(rungs(FPS), has_audio=True)
        parts = feed_all(cutter, FPS, frames)
        assert cutter.inits is not None
        self.channel.begin_broadcast(rungs(FPS), cutter.inits)
        for part in parts:
            self.channel.add_part(part, self.clock() if part.index == 0 else None)
            self.clock.advance(1 / 3)
        await self.channel.settled()
        return parts

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/hls/spring/{path}")

    async def close(self) -> None:
        await self.client.aclose()
        await self.channel.close()


async def test_live_playlist_of_the_sound_is_exactly_this(tmp_path: Path) -> None:
    show = Show(tmp_path)
    await show.feed(90)
    assert (await show.get("audio.m3u8")).text == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.002,HOLD-BACK=6,"
        "CAN-SKIP-UNTIL=12\n"
        "#EXT-X-PART-INF:PART-TARGET=0.334\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="1/audio/init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:00.000Z\n"
        '#EXT-X-PART:DURATION=0.33333,INDEPENDENT=YES,URI="1/audio/0.0.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/audio/0.1.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/audio/0.2.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/audio/0.3.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/audio/0.4.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/audio/0.5.m4s"\n'
        "#EXTINF:2.00000,\n"
        "1/audio/0.m4s\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:01.999Z\n"
        '#EXT-X-PART:DURATION=0.33333,INDEPENDENT=YES,URI="1/audio/1.0.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/audio/1.1.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/audio/1.2.m4s"\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="1/audio/1.3.m4s"\n'
        '#EXT-X-RENDITION-REPORT:URI="0p.m3u8",LAST-MSN=1,LAST-PART=2\n'
        '#EXT-X-RENDITION-REPORT:URI="1p.m3u8",LAST-MSN=1,LAST-PART=2\n'
    )
    await show.close()


async def test_addresses_of_the_sound_answer_with_the_rungs_sound(tmp_path: Path) -> None:
    show = Show(tmp_path)
    parts = await show.feed(90)
    whole = b"".join(part.payloads[1] for part in parts[:6])
    for path, expected in (
        ("init.mp4", sound_of_init((await show.get("1/1p/init.mp4")).content)),
        ("0.m4s", sound_of_media(whole)),
        ("0.4.m4s", sound_of_media(parts[4].payloads[1])),
        ("1.2.m4s", sound_of_media(parts[8].payloads[1])),
    ):
        answer = await show.get(f"1/audio/{path}")
        assert (answer.status_code, answer.content) == (200, expected)
        assert answer.headers["content-type"] == "audio/mp4"
        assert answer.headers["cache-control"] == "max-age=86400, immutable"
    # The sound of every rung is the same, and each of its frames is in one part only.
    heard = b"".join(b"".join(find(sound_of_media(p.payloads[0]), "mdat")) for p in parts)
    assert heard == b"".join(b"sound%d" % n for n in range(heard.count(b"sound")))
    for path in ("1/audio/1.7.m4s", "1/audio/5.m4s", "2/audio/0.m4s", "2/audio/init.mp4"):
        assert (await show.get(path)).status_code == 404
    await show.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_replay_has_the_sound_without_keeping_it_twice(tmp_path: Path) -> None:
    """The files on disk are those of earlier versions, so their recordings have it as well."""
    show = Show(tmp_path)
    parts = await show.feed(120)
    await show.close()
    assert names(tmp_path / "1") == ["0p", "1p"]
    assert "audio" not in (tmp_path / "index.jsonl").read_text()
    replay = Show(tmp_path)
    replay.ended = True
    listed = (await replay.get("index.m3u8")).text.splitlines()[-2:]
    assert listed == [
        '#EXT-X-STREAM-INF:BANDWIDTH=160000,AVERAGE-BANDWIDTH=140000,CODECS="mp4a.40.2"',
        "audio.m3u8",
    ]
    assert (await replay.get("audio.m3u8")).text.splitlines()[3:] == [
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-DISCONTINUITY-SEQUENCE:0",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="1/audio/init.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:00.000Z",
        "#EXTINF:2.00000,",
        "1/audio/0.m4s",
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:01.999Z",
        "#EXTINF:2.00000,",
        "1/audio/1.m4s",
        "#EXT-X-ENDLIST",
    ]
    init = sound_of_init((tmp_path / "1" / "1p" / "init.mp4").read_bytes())
    assert (await replay.get("1/audio/init.mp4")).content == init
    sound = sound_of_media(b"".join(part.payloads[1] for part in parts[6:]))
    assert (await replay.get("1/audio/1.m4s")).content == sound
    await replay.close()


async def test_damaged_recording_is_not_found(tmp_path: Path) -> None:
    show = Show(tmp_path)
    await show.feed(60)
    await show.close()
    path = tmp_path / "1" / "1p" / "0.m4s"
    path.write_bytes(path.read_bytes()[:-3])
    replay = Show(tmp_path)
    assert (await replay.get("1/audio/0.m4s")).status_code == 404
    await replay.close()


async def test_there_is_no_sound_before_the_first_segment(tmp_path: Path) -> None:
    show = Show(tmp_path)
    await show.feed(50)
    with pytest.raises(NotFound):
        await show.channel.playlist("audio", Directives(), preview=False)
    await show.close()
