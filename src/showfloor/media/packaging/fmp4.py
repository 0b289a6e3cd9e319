"""Fragmented MP4: init segments and `moof` + `mdat` pairs, written exactly.

Two tracks, H.264 video (1) and AAC audio (2), in every file. Samples go in as they come out of
FLV: length-prefixed NAL units and raw AAC frames are already MP4's sample format.
Clauses are those of ISO/IEC 14496-12 (boxes) and 14496-15 (`avc1`).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

VIDEO_TRACK: Final = 1
AUDIO_TRACK: Final = 2
# Microseconds, because browsers count in them: a frame of 1/30 s in another timescale ends a
# microsecond before the next begins, and hls.js (1.7.4) then loads a buffered segment again.
VIDEO_TIMESCALE: Final = 1_000_000
AUDIO_RATE: Final = 48_000  # samples/s; the audio track's timescale
AUDIO_FRAME: Final = 1024  # samples in one AAC frame

SYNC_SAMPLE: Final = 0x02000000  # sample_depends_on = 2: on no other (8.8.3.1)
_OTHER_SAMPLE: Final = 0x01010000  # depends on others, is not a sync sample
_NTP_TO_UNIX_S: Final = 2_208_988_800  # from 1900 to 1970
MATRIX: Final = b"".join(n.to_bytes(4) for n in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))


class Sample(NamedTuple):
    """One frame. `is_sync`: decoding can start here. `duration` in the track's timescale."""

    data: bytes
    duration: int
    is_sync: bool = True


class TrackRun(NamedTuple):
    """Consecutive samples of one track. `time`, in the track's timescale, is counted from the start
    of the broadcast."""

    track: int
    time: int
    samples: Sequence[Sample]


def box(kind: bytes, *content: bytes) -> bytes:
    size = 8 + sum(map(len, content))
    return b"".join((size.to_bytes(4), kind, *content))


def full_box(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return box(kind, (version << 24 | flags).to_bytes(4), *content)


def fragment(sequence: int, runs: Sequence[TrackRun]) -> bytes:
    """Return one `moof` with a track fragment for each run that has samples, and its `mdat`."""
    runs = [run for run in runs if run.samples]
    assert runs, "a fragment holds at least one sample"
    header = full_box(b"mfhd", 0, 0, sequence.to_bytes(4))
    # Data offsets count from the start of the moof (default-base-is-moof), whose size does not
    # depend on their values.
    size = 8 + len(header) + sum(len(_track_fragment(run, 0)) for run in runs)
    offset = size + 8
    fragments, data = [], []
    for run in runs:
        fragments.append(_track_fragment(run, offset))
        bodies = [sample.data for sample in run.samples]
        offset += sum(map(len, bodies))
        data += bodies
    return box(b"moof", header, *fragments) + box(b"mdat", *data)


def producer_time(track: int, at_ms: int, media_time: int) -> bytes:
    """Return a `prft` (8.16.5): the frame at `media_time` is the picture of `at_ms`, ms since 1970.
    Flag 8: the two clocks are related by the source, and always in the same way."""
    whole_s, ms = divmod(at_ms, 1000)
    ntp = (whole_s + _NTP_TO_UNIX_S) << 32 | (ms << 32) // 1000
    return full_box(b"prft", 1, 8, track.to_bytes(4), ntp.to_bytes(8), media_time.to_bytes(8))


def _track_fragment(run: TrackRun, data_offset: int) -> bytes:
    """Return a `traf` (8.8.6) with a 64-bit decode time and one `trun`."""
    # default-base-is-moof; without defaults for samples, whose values are all in the `trun`
    head = full_box(b"tfhd", 0, 0x020000, run.track.to_bytes(4))
    time = full_box(b"tfdt", 1, 0, run.time.to_bytes(8))
    table = [len(run.samples).to_bytes(4), data_offset.to_bytes(4)]
    for sample in run.samples:
        flags = SYNC_SAMPLE if sample.is_sync else _OTHER_SAMPLE
        table.append(sample.duration.to_bytes(4) + len(sample.data).to_bytes(4) + flags.to_bytes(4))
    # data-offset 0x01, sample-duration 0x0100, sample-size 0x0200, sample-flags 0x0400
    return box(b"traf", head, time, full_box(b"trun", 0, 0x0701, *table))


def init_segment(*, avc_record: bytes, width: int, height: int, aac_record: bytes) -> bytes:
    """Return `ftyp` + `moov` for one rung. `avc_record`: AVCDecoderConfigurationRecord;
    `aac_record`: AudioSpecificConfig of 48 kHz stereo."""
    video = _track(
        VIDEO_TRACK, VIDEO_TIMESCALE, width, height,
        box(b"hdlr", bytes(8), b"vide", bytes(12), b"video\0"),
        full_box(b"vmhd", 0, 1, bytes(8)),
        _avc1(avc_record, width, height),
    )  # fmt: skip
    audio = _track(
        AUDIO_TRACK, AUDIO_RATE, 0, 0,
        box(b"hdlr", bytes(8), b"soun", bytes(12), b"audio\0"),
        full_box(b"smhd", 0, 0, bytes(4)),
        _mp4a(aac_record),
    )  # fmt: skip
    movie_header = full_box(
        b"mvhd", 0, 0,
        bytes(8), (1000).to_bytes(4), bytes(4),  # times, timescale, duration: none
        (0x10000).to_bytes(4), (0x100).to_bytes(2), bytes(10), MATRIX, bytes(24),
        (AUDIO_TRACK + 1).to_bytes(4),
    )  # fmt: skip
    extends = [
        # default sample description 1; duration, size and flags come in each fragment
        full_box(b"trex", 0, 0, track.to_bytes(4), (1).to_bytes(4), bytes(12))
        for track in (VIDEO_TRACK, AUDIO_TRACK)
    ]
    brands = b"iso6" + bytes(4) + b"iso6cmfcmp41"
    return box(b"ftyp", brands) + box(b"moov", movie_header, video, audio, box(b"mvex", *extends))


def _track(
    track: int, timescale: int, width: int, height: int, handler: bytes, header: bytes, entry: bytes
) -> bytes:
    track_header = full_box(
        b"tkhd", 0, 7,  # enabled, in movie, in preview
        bytes(8), track.to_bytes(4), bytes(8), bytes(8),
        bytes(4), (0 if width else 0x100).to_bytes(2), bytes(2),  # layer, group, volume
        MATRIX, (width << 16).to_bytes(4), (height << 16).to_bytes(4),
    )  # fmt: skip
    undetermined = (0x55C4).to_bytes(2)  # language "und"
    media_header = full_box(
        b"mdhd", 0, 0, bytes(8), timescale.to_bytes(4), bytes(4), undetermined, bytes(2)
    )
    here = full_box(b"dref", 0, 0, (1).to_bytes(4), full_box(b"url ", 0, 1))
    table = box(
        b"stbl",
        full_box(b"stsd", 0, 0, (1).to_bytes(4), entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    information = box(b"minf", header, box(b"dinf", here), table)
    return box(b"trak", track_header, box(b"mdia", media_header, handler, information))


def _avc1(record: bytes, width: int, height: int) -> bytes:
    return box(
        b"avc1",
        bytes(6), (1).to_bytes(2), bytes(16),
        width.to_bytes(2), height.to_bytes(2),
        (0x480000).to_bytes(4) * 2, bytes(4), (1).to_bytes(2), bytes(32),  # 72 dpi, one frame
        (24).to_bytes(2), b"\xff\xff",
        box(b"avcC", record),
    )  # fmt: skip


def _mp4a(record: bytes) -> bytes:
    specific = _descriptor(5, record)
    # 0x40: MPEG-4 audio; 0x15: audio stream; buffer and bit rates are not promised
    decoder = _descriptor(4, b"\x40\x15", bytes(11), specific)
    elementary = _descriptor(3, bytes(3), decoder, _descriptor(6, b"\x02"))
    return box(
        b"mp4a",
        bytes(6), (1).to_bytes(2), bytes(8),
        (2).to_bytes(2), (16).to_bytes(2), bytes(4), (AUDIO_RATE << 16).to_bytes(4),
        full_box(b"esds", 0, 0, elementary),
    )  # fmt: skip


def _descriptor(tag: int, *content: bytes) -> bytes:
    """Return an MPEG-4 descriptor (ISO/IEC 14496-1, 8.3) with its size in one byte."""
    size = sum(map(len, content))
    assert size < 128
    return b"".join((bytes([tag, size]), *content))
