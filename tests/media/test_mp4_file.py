"""Whole MP4 files out of recorded segments, as FFmpeg reads them."""

import io
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from showfloor.media.packaging.mp4_file import Chapter, SourceSegment, write_mp4
from showfloor.media.packaging.segmenter import Segmenter
from showfloor.media.packets import AudioTrack, MediaPacket
from showfloor.media.ports import AUDIO
from tests.media.test_segmenter import rungs
from tests.support.media import clip, ffmpeg, find

FPS = 30
AS_OURS = ("-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-bf", "0", "-ar", "48000")


@cache
def recorded(seconds: float = 6, extra: tuple[str, ...] = ()) -> tuple[bytes, list[bytes]]:
    """An init segment and the segments of a broadcast, cut by our own segmenter."""
    cutter = Segmenter(rungs(FPS, 1), has_audio=True)
    parts = []
    for item in clip(seconds=seconds, extra=(*AS_OURS, *extra)):
        if isinstance(item, MediaPacket):
            pipe = AUDIO if isinstance(item.track, AudioTrack) else 0
            parts += cutter.feed(pipe, item, 0.0)
    parts += cutter.flush()
    assert cutter.inits is not None
    segments: dict[int, bytes] = {}
    for one in parts:
        segments[one.segment] = segments.get(one.segment, b"") + one.payloads[0]
    return cutter.inits[0].data, list(segments.values())


def sources(
    init: bytes, segments: Sequence[bytes], *, continues: bool = True
) -> list[SourceSegment]:
    return [
        SourceSegment(init, lambda data=data: data, continues=continues or number > 0)  # type: ignore[misc]
        for number, data in enumerate(segments)
    ]


def written(
    segments: Sequence[SourceSegment], start: Fraction, end: Fraction, **more: object
) -> bytes:
    out = io.BytesIO()
    write_mp4(out, segments, start=start, end=end, **more)  # type: ignore[arg-type]
    return out.getvalue()


def frames(data: bytes) -> list[str]:
    """The checksum of each picture that a player shows."""
    text, log = ffmpeg(
        "-v", "error", "-xerror", "-i", "-", "-map", "0:v", "-f", "framemd5", "-", stdin=data
    )
    assert log == "", log
    return [line.split()[-1] for line in text.decode().splitlines() if not line.startswith("#")]


def sound(data: bytes) -> bytes:
    pcm, log = ffmpeg(
        "-v", "error", "-xerror", "-i", "-", "-map", "0:a", "-f", "s16le", "-", stdin=data
    )
    assert log == "", log
    return pcm


def test_range_is_cut_at_the_exact_picture_and_nothing_is_encoded_again() -> None:
    init, segments = recorded()
    assert len(segments) == 3
    whole = frames(init + b"".join(segments))
    data = written(sources(init, segments), Fraction(3, 2), Fraction(9, 2))
    assert frames(data) == whole[45:135]
    assert len(sound(data)) / 4 == pytest.approx(3 * 48_000, abs=1)
    assert (data[4:8], data[36:40]) == (b"ftyp", b"moov")  # the index comes before the media


def test_sound_stays_with_its_picture() -> None:
    init, segments = recorded()
    whole = sound(init + b"".join(segments))
    data = sound(written(sources(init, segments), Fraction(5, 2), Fraction(5)))
    at = 48_000 * 4 * 5 // 2
    # The decoder warms up in its first frame; what follows is the same, sample for sample.
    assert data[16_384:65_536] == whole[at + 16_384 : at + 65_536]


def test_chapters_are_read_by_their_track_and_by_their_box() -> None:
    init, segments = recorded()
    chapters = [Chapter(0.7, "Straße & <Öl>"), Chapter(2.5, "Lip balm"), Chapter(99, "later")]
    data = written(sources(init, segments), Fraction(0), Fraction(5), chapters=chapters)
    _, log = ffmpeg("-i", "-", "-map", "0:v", "-c", "copy", "-f", "null", "-", stdin=data)
    found = re.findall(r"Chapter #0:\d: start ([\d.]+), end ([\d.]+)\n.*\n +title +: (.*)", log)
    assert found[:2] == [
        ("0.000000", "2.500000", "Straße & <Öl>"),
        ("2.500000", "5.000000", "Lip balm"),
    ]
    (names,) = find(data[32 : 32 + int.from_bytes(data[32:36])], "moov", "udta", "chpl")
    assert names[8] == 2
    assert b"Lip balm" in names
    assert frames(data) == frames(init + b"".join(segments))[:150]


def test_sound_alone_is_an_m4a_of_the_same_length() -> None:
    init, segments = recorded()
    data = written(
        sources(init, segments), Fraction(1), Fraction(6), has_picture=False,
        chapters=[Chapter(0, "Hello")],
    )  # fmt: skip
    assert data[8:12] == b"M4A "
    assert len(data) < len(b"".join(segments)) / 4
    assert len(sound(data)) / 4 == pytest.approx(5 * 48_000, abs=1)
    _, log = ffmpeg("-i", "-", "-c", "copy", "-f", "null", "-", stdin=data)
    assert "Video:" not in log
    assert "title           : Hello" in log


def test_two_broadcasts_with_a_loss_between_them_keep_sound_and_picture_together() -> None:
    init, segments = recorded()
    other, more = recorded(4, ("-level", "4.0"))
    assert other != init
    both = [*sources(init, segments[:2]), *sources(other, more, continues=False)]
    data = written(both, Fraction(0), Fraction(8))
    assert frames(data) == [
        *frames(init + b"".join(segments[:2])), *frames(other + b"".join(more))
    ]  # fmt: skip
    # A decoder gives out the whole frame at the seam, and a player drops what is too much of it.
    assert len(sound(data)) / 4 == pytest.approx(8 * 48_000, abs=1024)
    index = data[32 : 32 + int.from_bytes(data[32:36])]
    entries = find(index, "moov", "trak", "mdia", "minf", "stbl", "stsd")[0]
    assert int.from_bytes(entries[4:8]) == 2


def test_file_that_changes_or_an_empty_range_is_refused(tmp_path: Path) -> None:
    init, segments = recorded()
    with pytest.raises(ValueError, match="nothing to write"):
        written(sources(init, segments), Fraction(2), Fraction(2))
    with pytest.raises(ValueError, match="nothing to write"):
        written([], Fraction(0), Fraction(2))
    reads = iter([segments[0], segments[1]])
    with pytest.raises(ValueError, match="has changed"):
        written(
            [SourceSegment(init, lambda: next(reads), continues=False)], Fraction(0), Fraction(1)
        )
    with pytest.raises(ValueError, match="box"):
        written(sources(init, [segments[0][:-1]]), Fraction(0), Fraction(1))


def test_progress_reaches_one_and_may_stop_the_work() -> None:
    init, segments = recorded()
    told: list[float] = []
    written(sources(init, segments), Fraction(0), Fraction(6), on_progress=told.append)
    assert told == sorted(told)
    assert (len(told), told[-1]) == (6, 1.0)

    class Stopped(Exception):
        pass

    def stop(_share: float) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        written(sources(init, segments), Fraction(0), Fraction(6), on_progress=stop)
