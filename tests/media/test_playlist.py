"""Playlists as exact text. Clauses are those of draft-pantos-hls-rfc8216bis."""

import re
from datetime import timedelta
from fractions import Fraction

import pytest

from showfloor.media.hls.caption_tracks import CaptionTrack
from showfloor.media.hls.multivariant import pathways_of, render_multivariant
from showfloor.media.hls.playlist import (
    ListedPart,
    ListedSegment,
    MediaPlaylist,
    RenditionReport,
    render_media,
    skippable,
)
from showfloor.media.recording.index import RungInfo
from tests.support.media import T0

TWO = Fraction(2)
THIRD = Fraction(1, 3)


def segment(msn: int, *, broadcast: int = 1, discontinuity: bool = False) -> ListedSegment:
    base = f"{broadcast}/720p"
    return ListedSegment(
        f"{base}/{msn}.m4s", f"{base}/init.mp4", T0 + timedelta(seconds=2 * msn), TWO, discontinuity
    )


def test_a_multivariant_playlist_begins_with_the_middle_rung_and_ends_with_the_sound() -> None:
    rungs = [
        RungInfo("720p", 1280, 720, 30, 2500, "avc1.64001f,mp4a.40.2"),
        RungInfo("480p", 854, 480, 30, 1200, "avc1.64001f,mp4a.40.2"),
        RungInfo("360p", 640, 360, 30, 700, "avc1.64001e,mp4a.40.2"),
    ]
    assert render_multivariant(rungs) == (
        "#EXTM3U\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=1640000,AVERAGE-BANDWIDTH=1340000,"
        'CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=854x480,FRAME-RATE=30.000\n'
        "480p.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=3265000,AVERAGE-BANDWIDTH=2640000,"
        'CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000\n'
        "720p.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=1015000,AVERAGE-BANDWIDTH=840000,"
        'CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000\n'
        "360p.m3u8\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=160000,AVERAGE-BANDWIDTH=140000,CODECS="mp4a.40.2"\n'
        "audio.m3u8\n"
    )


def test_multivariant_playlist_lists_everything_on_each_pathway() -> None:
    rungs = [RungInfo("240p", 426, 240, 30, 250, "avc1.640015,mp4a.40.2")]
    edges = pathways_of(["https://a.example", "https://b.example:8443"], "/hls/x/")
    text = render_multivariant(rungs, [CaptionTrack("en", "English", ())], edges, "/hls/x/s.json")
    assert text.startswith(
        "#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-CONTENT-STEERING:SERVER-URI="/hls/x/s.json",PATHWAY-ID="edge-1"\n'
    )
    assert re.findall(r'GROUP-ID="([^"]+)".*URI="([^"]+)"', text) == [
        ("captions-edge-1", "https://a.example/hls/x/captions-en.m3u8"),
        ("captions-edge-2", "https://b.example:8443/hls/x/captions-en.m3u8"),
    ]
    assert re.findall(r'SUBTITLES="([^"]+)",PATHWAY-ID="([^"]+)"\n(.+)', text) == [
        ("captions-edge-1", "edge-1", "https://a.example/hls/x/240p.m3u8"),
        ("captions-edge-1", "edge-1", "https://a.example/hls/x/audio.m3u8"),
        ("captions-edge-2", "edge-2", "https://b.example:8443/hls/x/240p.m3u8"),
        ("captions-edge-2", "edge-2", "https://b.example:8443/hls/x/audio.m3u8"),
    ]


def test_a_live_playlist_in_the_middle_of_a_segment_after_a_discontinuity() -> None:
    """4.4.4.9, B.1: DISCONTINUITY, MAP and PROGRAM-DATE-TIME come before the first PART."""
    parts = (
        ListedPart("2/720p/8.0.m4s", THIRD, independent=True),
        ListedPart("2/720p/8.1.m4s", THIRD, independent=False),
    )
    playlist = MediaPlaylist(
        first_msn=7,
        discontinuity_sequence=1,
        segments=[segment(7)],
        open_segment=ListedSegment(
            "", "2/720p/init.mp4", T0 + timedelta(seconds=31.25), Fraction(0), True, parts=parts
        ),
        hint_uri="2/720p/8.2.m4s",
        reports=[RenditionReport("480p.m3u8", 8, 1), RenditionReport("360p.m3u8", 8, 1)],
    )
    assert render_media(playlist) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.002,HOLD-BACK=6,"
        "CAN-SKIP-UNTIL=12\n"
        "#EXT-X-PART-INF:PART-TARGET=0.334\n"
        "#EXT-X-MEDIA-SEQUENCE:7\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:1\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="1/720p/init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:14.000Z\n"
        "#EXTINF:2.00000,\n"
        "1/720p/7.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        '#EXT-X-MAP:URI="2/720p/init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:31.250Z\n"
        '#EXT-X-PART:DURATION=0.33333,INDEPENDENT=YES,URI="2/720p/8.0.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="2/720p/8.1.m4s"\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="2/720p/8.2.m4s"\n'
        '#EXT-X-RENDITION-REPORT:URI="480p.m3u8",LAST-MSN=8,LAST-PART=1\n'
        '#EXT-X-RENDITION-REPORT:URI="360p.m3u8",LAST-MSN=8,LAST-PART=1\n'
    )


def test_an_ended_playlist_has_nothing_of_a_live_one() -> None:
    """4.4.5.3: no PRELOAD-HINT with ENDLIST. A lost segment keeps its number as a gap."""
    lost = ListedSegment("1/720p/1.m4s", "1/720p/init.mp4", T0, TWO, is_gap=True)
    short = ListedSegment(
        "1/720p/2.m4s", "1/720p/init.mp4", T0 + timedelta(seconds=4), Fraction(23, 30)
    )
    playlist = MediaPlaylist(0, 0, [segment(0), lost, short], ended=True)
    assert render_media(playlist, skip=True) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="1/720p/init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:00.000Z\n"
        "#EXTINF:2.00000,\n"
        "1/720p/0.m4s\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:00.000Z\n"
        "#EXT-X-GAP\n"
        "#EXTINF:2.00000,\n"
        "1/720p/1.m4s\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:04.000Z\n"
        "#EXTINF:0.76667,\n"
        "1/720p/2.m4s\n"
        "#EXT-X-ENDLIST\n"
    )


def test_a_delta_update_leaves_out_what_is_before_the_skip_boundary() -> None:
    """4.4.5.2: what is farther than CAN-SKIP-UNTIL (12 s) from the end, with its tags."""
    segments = [segment(n, broadcast=1 if n < 3 else 2, discontinuity=n == 3) for n in range(9)]
    playlist = MediaPlaylist(0, 0, segments, hint_uri="2/720p/9.0.m4s")
    assert skippable(segments, None) == 3
    lines = render_media(playlist, skip=True).splitlines()
    assert lines[5:13] == [
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-DISCONTINUITY-SEQUENCE:0",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-SKIP:SKIPPED-SEGMENTS=3",
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="2/720p/init.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:06.000Z",
        "#EXTINF:2.00000,",
    ]


@pytest.mark.parametrize(("open_parts", "skipped"), [(0, 3), (1, 3), (5, 3), (6, 4), (7, 4)])
def test_segment_across_the_skip_boundary_is_not_skipped(open_parts: int, skipped: int) -> None:
    """The parts of the open segment count towards the distance: 12 s behind nine segments of 2 s
    are the ends of segment 2, and of segment 3 when another 2 s are there."""
    parts = (ListedPart("x", THIRD, independent=True),) * open_parts
    half = ListedSegment("", "1/720p/init.mp4", T0, Fraction(0), parts=parts)
    segments = [segment(n) for n in range(9)]
    assert skippable(segments, half if parts else None) == skipped


def test_a_playlist_too_short_for_a_delta_is_sent_whole() -> None:
    playlist = MediaPlaylist(0, 0, [segment(n) for n in range(6)], hint_uri="1/720p/6.0.m4s")
    assert render_media(playlist, skip=True) == render_media(playlist)
    assert "EXT-X-SKIP" not in render_media(playlist)
