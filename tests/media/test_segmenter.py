"""The cutter: exact parts over all rungs, whatever the pipes' timing."""

from fractions import Fraction

import pytest

from showfloor.media.packaging.fmp4 import AUDIO_TRACK, Sample, TrackRun, fragment, init_segment
from showfloor.media.packaging.segmenter import (
    PART_TARGET_S,
    SILENCE,
    SOUND_TRAILS,
    Part,
    Segmenter,
    SegmenterError,
)
from showfloor.media.packets import MediaPacket
from showfloor.media.ports import AUDIO, Rung
from tests.support import media
from tests.support.media import AAC_RECORD, AVC_RECORD, ffmpeg, find

START_MS = 1000


def rungs(fps: int, count: int = 2) -> tuple[Rung, ...]:
    return tuple(Rung(f"{n}p", 320, 180, 500, Fraction(fps)) for n in range(count))


def frame(number: int, fps: int, *, key: bool | None = None) -> MediaPacket:
    is_key = number % (2 * fps) == 0 if key is None else key
    at_ms = START_MS + round(number * 1000 / fps)
    return media.picture(at_ms, b"frame%d" % number, is_key=is_key)


def sound(number: int, *, from_ms: float = START_MS) -> MediaPacket:
    return media.sound(round(from_ms + number * 1024 / 48), b"sound%d" % number)


def feed_all(cutter: Segmenter, fps: int, frames: int, *, audio: bool = True) -> list[Part]:
    """All rungs frame by frame, sound as it falls due."""
    count = len(rungs(fps))
    parts: list[Part] = []
    sent = 0
    for number in range(frames):
        for rung in range(count):
            parts += cutter.feed(rung, frame(number, fps), number / fps)
        while audio and sent * 1024 * fps <= (number + 1) * 48_000:
            parts += cutter.feed(AUDIO, sound(sent), number / fps)
            sent += 1
    return parts


@pytest.mark.parametrize(
    ("fps", "frames_in_parts"),
    [
        (24, [8] * 6),
        (25, [8] * 6 + [2]),
        (30, [10] * 6),
        (50, [16] * 6 + [4]),
        (60, [20] * 6),
        (15, [5] * 6),
    ],
)
def test_a_segment_is_exactly_two_seconds_of_parts(fps: int, frames_in_parts: list[int]) -> None:
    parts = feed_all(Segmenter(rungs(fps), has_audio=True), fps, 4 * fps)
    assert len(parts) == 2 * len(frames_in_parts)
    assert [p.duration for p in parts] == [Fraction(n, fps) for n in frames_in_parts * 2]
    assert [p.segment for p in parts] == [0] * len(frames_in_parts) + [1] * len(frames_in_parts)
    assert [p.index for p in parts] == [*range(len(frames_in_parts))] * 2
    assert [p.independent for p in parts] == [p.index == 0 for p in parts]
    assert [p.ends_segment for p in parts] == [p.index == len(frames_in_parts) - 1 for p in parts]
    assert sum(p.duration for p in parts) == 4
    for p in parts:
        # 4.4.4.9: never above the part target; at least 85 % of it but for the segment's last.
        assert p.duration <= PART_TARGET_S
        assert p.ends_segment or p.duration >= PART_TARGET_S * Fraction(85, 100)


def test_decode_times_follow_frames_and_samples_exactly() -> None:
    parts = feed_all(Segmenter(rungs(25), has_audio=True), 25, 100)
    times = [find(p.payloads[0], "moof", "traf", "tfdt") for p in parts]
    video = [int.from_bytes(t[0][4:]) for t in times]
    audio = [int.from_bytes(t[1][4:]) for t in times]
    assert video == [p.start * 1_000_000 for p in parts]
    counts = [int.from_bytes(find(p.payloads[0], "moof", "traf", "trun")[1][4:8]) for p in parts]
    assert audio == [1024 * sum(counts[:n]) for n in range(len(parts))]
    # A part's sound begins within one audio frame of its picture where a segment does, and trails
    # by a few frames elsewhere.
    for a, p in zip(audio, parts, strict=True):
        assert (-SOUND_TRAILS if p.index else 0) <= a - p.start * 48_000 < 1024


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_every_frame_ends_where_the_next_begins(fps: int) -> None:
    """In whole microseconds, as a browser counts: see VIDEO_TIMESCALE."""
    parts = feed_all(Segmenter(rungs(fps), has_audio=True), fps, 4 * fps)
    at = 0
    for p in parts:
        [time, _] = find(p.payloads[0], "moof", "traf", "tfdt")
        assert int.from_bytes(time[4:]) == at
        run = find(p.payloads[0], "moof", "traf", "trun")[0]
        durations = [int.from_bytes(run[n : n + 4]) for n in range(12, len(run), 12)]
        assert all(abs(d - 1_000_000 / fps) < 1 for d in durations)
        at += sum(durations)
        if p.ends_segment:
            assert at == (p.segment + 1) * 2_000_000


def test_a_part_waits_for_the_slowest_rung() -> None:
    cutter = Segmenter(rungs(30), has_audio=False)
    parts = []
    for number in range(10):
        parts += cutter.feed(0, frame(number, 30), number / 30)
    for number in range(9):
        parts += cutter.feed(1, frame(number, 30), number / 30)
    assert parts == []
    [only] = cutter.feed(1, frame(9, 30), 9 / 30)
    assert [find(body, "mdat")[0].count(b"frame") for body in only.payloads] == [10, 10]


def test_a_source_without_sound_gets_silence_at_once() -> None:
    parts = feed_all(Segmenter(rungs(30), has_audio=False), 30, 10, audio=False)
    assert len(parts) == 1
    assert find(parts[0].payloads[0], "mdat")[0].count(SILENCE) == 16  # ⌈16000 / 1024⌉


def test_sound_that_stays_away_is_waited_for_150_ms() -> None:
    cutter = Segmenter(rungs(30), has_audio=True)
    assert feed_all(cutter, 30, 14, audio=False) == []
    more = [p for rung in (0, 1) for p in cutter.feed(rung, frame(14, 30), 14 / 30)]
    assert [p.index for p in more] == [0]
    assert cutter.take_lost_sound() == 0


def test_sound_that_never_comes_holds_no_part_back_for_longer() -> None:
    parts = feed_all(Segmenter(rungs(30), has_audio=True), 30, 125, audio=False)
    assert [p.index for p in parts] == [*range(6)] * 2
    data = [find(p.payloads[0], "mdat")[0] for p in parts]
    assert sum(body.count(SILENCE) for body in data) == 188  # ⌈4 s * 48000 / 1024⌉


def feed_late(cutter: Segmenter, frames: int, late_by: int) -> list[Part]:
    """One rung of 30 frames/s; each frame's sound `late_by` frames behind it."""
    parts: list[Part] = []
    sent = 0
    for number in range(frames):
        now = number / 30
        parts += cutter.feed(0, frame(number, 30), now)
        while sent * 1024 * 30 <= (number - late_by) * 48_000:
            loud = media.sound(sound(sent).dts_ms, b"a frame with sound in it")
            parts += cutter.feed(AUDIO, loud, now)
            sent += 1
    return parts


def test_late_sound_that_is_waited_for_is_complete() -> None:
    cutter = Segmenter(rungs(30, 1), has_audio=True)
    cutter.wait_for_sound(Fraction(9, 10))
    parts = feed_late(cutter, 145, 24)
    assert [p.segment for p in parts] == [0] * 6 + [1] * 6
    data = b"".join(find(p.payloads[0], "mdat")[0] for p in parts)
    assert data.count(b"a frame with sound in it") == 188
    assert SILENCE not in data
    assert cutter.take_lost_sound() == 0


def test_late_sound_that_is_not_waited_for_is_counted_as_lost() -> None:
    cutter = Segmenter(rungs(30, 1), has_audio=True)
    feed_late(cutter, 84, 24)
    assert cutter.take_lost_sound() == Fraction(93 * 1024, 48_000)  # of 60 frames: all that came
    assert cutter.take_lost_sound() == 0


def test_late_silence_is_not_counted_as_lost() -> None:
    cutter = Segmenter(rungs(30, 1), has_audio=True)
    feed_late(cutter, 20, 30)
    cutter.feed(AUDIO, media.sound(START_MS, SILENCE), 0.7)
    assert cutter.take_lost_sound() == 0


def test_after_a_stall_sound_is_not_late_because_pictures_are_read_first() -> None:
    cutter = Segmenter(rungs(30), has_audio=True)
    for rung in (0, 1):
        assert [cutter.feed(rung, frame(number, 30), 5.0) for number in range(60)] == [[]] * 60
    parts = [p for n in range(100) for p in cutter.feed(AUDIO, sound(n), 5.01)]
    assert len(parts) == 6
    assert not any(SILENCE in p.payloads[0] for p in parts)


def test_sound_that_begins_late_lands_where_it_belongs() -> None:
    cutter = Segmenter(rungs(30), has_audio=True)
    for rung in (0, 1):
        for number in range(10):
            cutter.feed(rung, frame(number, 30), number / 30)
    parts = [
        p for n in range(9) for p in cutter.feed(AUDIO, sound(n, from_ms=START_MS + 200), 0.35)
    ]
    [first] = parts
    data = find(first.payloads[0], "mdat")[0]
    assert data.count(SILENCE) == 9  # 200 ms are 9 frames and a phase of 8 ms
    assert int.from_bytes(find(first.payloads[0], "moof", "traf", "tfdt")[1][4:]) == 384
    assert data.count(b"sound") == 3  # the rest of its 16 frames comes with the next part


def test_part_goes_out_before_its_last_sound_and_a_segment_has_all_of_its_sound() -> None:
    cutter = Segmenter(rungs(30, 1), has_audio=True)
    for number in range(10):
        cutter.feed(0, frame(number, 30), 0.35)
    early = [cutter.feed(AUDIO, sound(n), 0.35) for n in range(12)]  # 16 are the whole part
    assert [len(parts) for parts in early] == [0] * 11 + [1]
    parts = early[-1]
    for number in range(10, 60):
        parts += cutter.feed(0, frame(number, 30), 0.35)
    for n in range(12, 93):
        parts += cutter.feed(AUDIO, sound(n), 0.35)
    assert [p.index for p in parts] == [0, 1, 2, 3, 4]
    parts += cutter.feed(AUDIO, sound(93), 0.35)  # ⌈96000 / 1024⌉ frames are the whole segment
    assert [p.index for p in parts] == [0, 1, 2, 3, 4, 5]
    data = b"".join(find(p.payloads[0], "mdat")[0] for p in parts)
    assert data.count(b"sound") == 94
    assert SILENCE not in data


def test_the_priming_frame_and_sound_before_the_picture_are_left_out() -> None:
    cutter = Segmenter(rungs(30, 1), has_audio=True)
    early = [cutter.feed(AUDIO, sound(n, from_ms=START_MS - 1024 / 48), 0.0) for n in range(20)]
    assert early == [[]] * 20
    parts = [p for n in range(10) for p in cutter.feed(0, frame(n, 30), n / 30)]
    data = find(parts[0].payloads[0], "mdat")[0]
    assert b"sound0" not in data
    assert b"sound1" in data


def test_flush_closes_the_half_segment_with_its_real_duration() -> None:
    cutter = Segmenter(rungs(30), has_audio=True)
    parts = feed_all(cutter, 30, 83)
    assert [p.segment for p in parts] == [0] * 6 + [1] * 2
    [third] = cutter.flush()
    assert (third.segment, third.index, third.duration) == (1, 2, Fraction(3, 30))
    assert third.ends_segment
    assert not third.independent
    assert cutter.flush() == []


@pytest.mark.parametrize("waited_for", [84, 125, 180])
def test_flush_over_the_end_of_a_segment_closes_that_segment(waited_for: int) -> None:
    """Sound that is waited for holds back parts of more than one segment."""
    cutter = Segmenter(rungs(30), has_audio=True)
    cutter.wait_for_sound(Fraction(10))
    assert feed_all(cutter, 30, waited_for, audio=False) == []
    parts = cutter.flush()
    whole, rest = divmod(waited_for, 60)
    lengths = [2] * whole + ([Fraction(rest, 30)] if rest else [])
    assert [
        sum(p.duration for p in parts if p.segment == n) for n in range(len(lengths))
    ] == lengths
    last = [p for p, after in zip(parts, [*parts[1:], None], strict=True)
            if after is None or after.index == 0]  # fmt: skip
    assert [p for p in parts if p.ends_segment] == last


def test_a_key_frame_off_the_grid_is_a_fault_that_costs_no_frame_before_it() -> None:
    cutter = Segmenter(rungs(30, 1), has_audio=True)
    parts = [p for n in range(60) for p in cutter.feed(0, frame(n, 30, key=n == 0), n / 30)]
    with pytest.raises(SegmenterError, match="frame 60 of 0p should be a key frame"):
        cutter.feed(0, frame(60, 30, key=False), 60 / 30)
    assert sum(p.duration for p in [*parts, *cutter.flush()]) == 2


def test_short_hole_is_filled_by_its_neighbours_and_parts_stay_exact() -> None:
    """The decode times go on, so no discontinuity is due (RFC 8216bis, 4.4.4.3)."""
    cutter, left_out = Segmenter(rungs(30, 1), has_audio=False), {2, 3, 8, 9, 10, 11, 57, 58, 59}
    sent = [n for n in range(121) if n not in left_out]
    parts = [p for n in sent for p in cutter.feed(0, frame(n, 30), n / 30)]
    assert [p.duration for p in parts] == [Fraction(1, 3)] * 12
    tables = [find(p.payloads[0], "moof", "traf", "trun")[0] for p in parts]
    lasts = [[int.from_bytes(run[at : at + 4]) for at in range(12, len(run), 12)] for run in tables]
    starts = [int.from_bytes(find(p.payloads[0], "moof", "traf", "tfdt")[0][4:12]) for p in parts]
    assert [start + sum(last) for start, last in zip(starts, lasts, strict=True)][:-1] == starts[1:]
    assert [round(last * 30 / 1_000_000) for last in lasts[0]] == [1, 3, 1, 1, 1, 3]
    assert [round(last * 30 / 1_000_000) for last in lasts[1]][:2] == [3, 1]  # the next one, early
    assert [round(last * 30 / 1_000_000) for last in lasts[5]][-2:] == [1, 4]
    assert [p.independent for p in parts] == [p.index == 0 for p in parts]


@pytest.mark.parametrize(("before", "after"), [(1, 20), (4, 25), (57, 62), (40, 61)])
def test_hole_as_long_as_a_part_or_in_a_key_frames_place_is_a_fault(
    before: int, after: int
) -> None:
    cutter = Segmenter(rungs(30, 1), has_audio=False)
    for number in range(before + 1):
        cutter.feed(0, frame(number, 30), number / 30)
    with pytest.raises(SegmenterError, match=f"came as {before + 1}"):
        cutter.feed(0, frame(after, 30), after / 30)


def test_a_rung_that_stops_is_a_fault() -> None:
    cutter = Segmenter(rungs(30), has_audio=False)
    for number in range(300):
        cutter.feed(0, frame(number, 30), number / 30)
    with pytest.raises(SegmenterError, match="one rung has stopped"):
        cutter.feed(0, frame(300, 30), 300 / 30)


def test_silence_decodes_to_nothing_but_zeros() -> None:
    head = init_segment(avc_record=AVC_RECORD, width=320, height=180, aac_record=AAC_RECORD)
    body = fragment(1, [TrackRun(AUDIO_TRACK, 0, [Sample(SILENCE, 1024)] * 100)])
    pcm, log = ffmpeg("-v", "error", "-xerror", "-i", "-", "-map", "0:a", "-f", "s16le", "-",
                      stdin=head + body)  # fmt: skip
    assert log == ""
    assert pcm == bytes(100 * 1024 * 4)
