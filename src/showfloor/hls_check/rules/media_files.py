"""Rules for init segments, segments and parts in fragmented MPEG-4."""

from collections.abc import Iterator, Sequence
from typing import Final

from showfloor.hls_check.boxes import Damaged, Media, Run, Track, media_of, tracks_of
from showfloor.hls_check.findings import Finding, error, warning
from showfloor.hls_check.playlist import Part, Segment

BAD_INIT: Final = error("bad-init", "3.1.2", "an init segment holds `ftyp` and `moov` with `mvex`")
BAD_MEDIA: Final = error("bad-media", "3.1.2", "media is whole `moof` and `mdat` boxes")
NO_TIME: Final = error("no-decode-time", "3.1.2", "each track of a fragment has a `tfdt`")
CODEC_UNNAMED: Final = error("codec-unnamed", "4.4.6.2", "CODECS names every format that is inside")
LENGTH: Final = warning("length-differs", "4.4.4.1", "the media is as long as the playlist says")
NOT_SYNC: Final = error(
    "starts-without-key", "4.4.2.1", "independent segments start with a key frame"
)
PART_NOT_SYNC: Final = warning(
    "part-without-key", "4.4.4.9", "an independent part starts with a key frame"
)
TIME_JUMP: Final = error("time-jump", "6.2.1", "decode times go on without a discontinuity")
PARTS_DIFFER: Final = warning(
    "parts-differ", "3.2", "a segment's parts hold the same media as the segment"
)
RULES: Final = (
    BAD_INIT, BAD_MEDIA, NO_TIME, CODEC_UNNAMED, LENGTH, NOT_SYNC, PART_NOT_SYNC, TIME_JUMP,
    PARTS_DIFFER,
)  # fmt: skip

LENGTH_SLACK_S: Final = 0.1
JUMP_SLACK_S: Final = 0.1
# The spelling in CODECS by the sample entry's type, where they are not the same.
_SPELLINGS: Final = {"avc1": ("avc1", "avc3"), "avc3": ("avc3", "avc1"), "hvc1": ("hvc1", "hev1"),
                     "hev1": ("hev1", "hvc1"), "Opus": ("Opus", "opus")}  # fmt: skip


def check_init(url: str, data: bytes, codecs: str) -> Iterator[Finding]:
    """`codecs`: of the variant, empty when it names none."""
    try:
        tracks = tracks_of(data)
    except Damaged as damage:
        yield Finding(BAD_INIT, url, 0, str(damage))
        return
    named = [codec.strip() for codec in codecs.split(",")]
    for track in tracks:
        spellings = _SPELLINGS.get(track.codec, (track.codec,))
        if codecs and not any(codec.startswith(spellings) for codec in named):
            yield Finding(CODEC_UNNAMED, url, 0, track.codec)


def check_segment(
    url: str, data: bytes, segment: Segment, tracks: Sequence[Track], *, independent: bool
) -> Iterator[Finding]:
    """`independent`: the playlist has EXT-X-INDEPENDENT-SEGMENTS."""
    try:
        media = media_of(data)
    except Damaged as damage:
        yield Finding(BAD_MEDIA, url, 0, str(damage))
        return
    yield from _whole(url, media)
    told_s, is_s = segment.duration_s, length_s(media, tracks)
    if told_s is not None and is_s is not None and abs(told_s - is_s) > LENGTH_SLACK_S:
        yield Finding(LENGTH, url, 0, f"{is_s:.3f} s, not {told_s} s")
    if independent and not _starts_with_key(media, tracks):
        yield Finding(NOT_SYNC, url)


def check_part(url: str, data: bytes, part: Part, tracks: Sequence[Track]) -> Iterator[Finding]:
    try:
        media = media_of(data)
    except Damaged as damage:
        yield Finding(BAD_MEDIA, url, 0, str(damage))
        return
    yield from _whole(url, media)
    is_s = length_s(media, tracks)
    if is_s is not None and abs(part.duration_s - is_s) > LENGTH_SLACK_S:
        yield Finding(LENGTH, url, 0, f"{is_s:.3f} s, not {part.duration_s} s")
    if part.independent and not _starts_with_key(media, tracks):
        yield Finding(PART_NOT_SYNC, url)


def check_parts(url: str, segment: bytes, parts: Sequence[bytes]) -> Iterator[Finding]:
    """Compare a segment with all its parts: byte for byte, or by their samples."""
    if segment == b"".join(parts):
        return
    try:
        whole, pieces = media_of(segment), [media_of(part) for part in parts]
    except Damaged:
        return  # said of the file itself
    if _samples(whole.runs) != _samples([run for piece in pieces for run in piece.runs]):
        yield Finding(PARTS_DIFFER, url)


def check_order(
    url: str, before: bytes, after: bytes, tracks: Sequence[Track]
) -> Iterator[Finding]:
    """Compare two neighbours without a discontinuity between them."""
    try:
        earlier, later = media_of(before), media_of(after)
    except Damaged:
        return
    for track in tracks:
        ends = [run for run in earlier.runs if run.track == track.number and run.samples]
        starts = [run for run in later.runs if run.track == track.number and run.samples]
        if not ends or not starts or ends[-1].time is None or starts[0].time is None:
            continue
        off_s = (starts[0].time - ends[-1].time - ends[-1].duration) / (track.timescale or 1)
        if abs(off_s) > JUMP_SLACK_S:
            yield Finding(TIME_JUMP, url, 0, f"{off_s:+.3f} s in track {track.number}")


def _whole(url: str, media: Media) -> Iterator[Finding]:
    if not media.fragments or not media.has_data:
        yield Finding(BAD_MEDIA, url, 0, "no `moof`, or no `mdat`")
    for run in media.runs:
        if run.time is None:
            yield Finding(NO_TIME, url, 0, f"track {run.track}")


def length_s(media: Media, tracks: Sequence[Track]) -> float | None:
    """Return the length of the pictures, or of the sound where there are none."""
    for kind in ("vide", "soun"):
        for track in tracks:
            ticks = sum(run.duration for run in media.runs if run.track == track.number)
            if track.kind == kind and ticks and track.timescale:
                return ticks / track.timescale
    return None


def start_s(media: Media, tracks: Sequence[Track]) -> float | None:
    """Return where the first picture lies on the media timeline; None without one."""
    scales = {track.number: track.timescale for track in tracks if track.kind == "vide"}
    for run in media.runs:
        if scales.get(run.track) and run.time is not None:
            return run.time / scales[run.track]
    return None


def _starts_with_key(media: Media, tracks: Sequence[Track]) -> bool:
    video = {track.number for track in tracks if track.kind == "vide"}
    first = next((run for run in media.runs if run.track in video and run.samples), None)
    return first is None or first.starts_sync


def _samples(runs: Sequence[Run]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for run in runs:
        count, ticks = found.get(run.track, (0, 0))
        found[run.track] = (count + run.samples, ticks + run.duration)
    return found
