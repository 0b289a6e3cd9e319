"""MP4 boxes, byte for byte, and as FFmpeg reads them."""

from showfloor.media.packaging.fmp4 import (
    AUDIO_TRACK,
    VIDEO_TRACK,
    Sample,
    TrackRun,
    box,
    fragment,
    full_box,
    init_segment,
)
from tests.support.media import AAC_RECORD, AVC_RECORD, boxes, ffmpeg, find


def test_a_box_begins_with_its_size_and_kind() -> None:
    assert box(b"free", b"ab", b"c") == b"\0\0\0\x0bfreeabc"
    assert full_box(b"tfdt", 1, 2, b"x") == b"\0\0\0\x0dtfdt\x01\0\0\x02x"


def test_a_fragment_has_both_tracks_and_their_bytes_where_the_offsets_say() -> None:
    video = TrackRun(
        VIDEO_TRACK, 2**33, [Sample(b"KEY", 33_333), Sample(b"p", 33_334, is_sync=False)]
    )  # fmt: skip
    audio = TrackRun(AUDIO_TRACK, 4096, [Sample(b"aa", 1024), Sample(b"bbb", 1024)])
    data = fragment(7, [video, audio])
    assert [b.kind for b in boxes(data)] == ["moof", "mdat"]
    assert find(data, "moof", "mfhd") == [bytes(4) + (7).to_bytes(4)]
    assert find(data, "moof", "traf", "tfhd") == [
        bytes.fromhex("00020000 00000001"),
        bytes.fromhex("00020000 00000002"),
    ]
    assert find(data, "moof", "traf", "tfdt") == [
        bytes.fromhex("01000000") + (2**33).to_bytes(8),
        bytes.fromhex("01000000") + (4096).to_bytes(8),
    ]
    runs = find(data, "moof", "traf", "trun")
    start = data.index(b"KEY")
    assert runs[0] == bytes.fromhex("00000701 00000002") + start.to_bytes(4) + bytes.fromhex(
        "00008235 00000003 02000000 00008236 00000001 01010000"
    )
    assert runs[1] == bytes.fromhex("00000701 00000002") + (start + 4).to_bytes(4) + bytes.fromhex(
        "00000400 00000002 02000000 00000400 00000003 02000000"
    )
    assert find(data, "mdat") == [b"KEYpaabbb"]


def test_an_empty_run_is_left_out() -> None:
    data = fragment(1, [TrackRun(VIDEO_TRACK, 0, [Sample(b"x", 1)]), TrackRun(AUDIO_TRACK, 0, [])])
    assert len(find(data, "moof", "traf")) == 1


def test_ffmpeg_reads_the_init_segment() -> None:
    data = init_segment(avc_record=AVC_RECORD, width=320, height=180, aac_record=AAC_RECORD)
    entry = find(data, "moov", "trak", "mdia", "minf", "stbl", "stsd")
    assert AVC_RECORD in entry[0]
    assert entry[1].endswith(bytes.fromhex("0502 1190 060102"))
    empty = fragment(
        1, [TrackRun(AUDIO_TRACK, 0, [Sample(bytes.fromhex("210049900219002380"), 1024)])]
    )
    _, log = ffmpeg("-v", "info", "-i", "-", "-map", "0:a", "-f", "null", "-", stdin=data + empty)
    assert "Video: h264" in log
    assert "320x180" in log
    assert "aac (LC) (mp4a / 0x6134706D), 48000 Hz, stereo" in log
