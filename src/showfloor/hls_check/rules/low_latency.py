"""Rules for parts, their control and their hints."""

from collections.abc import Iterator
from typing import Final

from showfloor.hls_check.findings import Finding, error, hint, warning
from showfloor.hls_check.playlist import Playlist, Segment, Tag

NO_PART_INF: Final = error("no-part-inf", "4.4.3.7", "parts come with EXT-X-PART-INF")
PART_LONG: Final = error("part-too-long", "4.4.4.9", "a part is at most the part target long")
PART_SHORT: Final = error("part-too-short", "4.4.4.9", "a part is at least 85 % of the part target")
PART_URI: Final = error("part-uri", "4.4.4.9", "a part has an address and a duration")
LATE_TAG: Final = error("tag-behind-part", "4.4.4.9", "a segment's tags stand before its parts")
PARTS_SUM: Final = error("parts-sum", "3.2", "a segment's parts are as long as it is")
OLD_PARTS: Final = warning("old-parts", "6.2.2", "parts leave after three target durations")
NO_HOLD_BACK: Final = error("no-part-hold-back", "4.4.3.8", "parts come with PART-HOLD-BACK")
PART_HOLD_BACK: Final = error(
    "part-hold-back-min", "4.4.3.8", "PART-HOLD-BACK is at least twice the part target"
)
PART_HOLD_BACK_3: Final = warning(
    "part-hold-back-low", "4.4.3.8", "PART-HOLD-BACK is three times the part target"
)
HOLD_BACK: Final = error("hold-back-min", "4.4.3.8", "HOLD-BACK is at least three target durations")
SKIP_UNTIL: Final = error(
    "skip-until-min", "4.4.3.8", "CAN-SKIP-UNTIL is at least six target durations"
)
SKIP_DATES: Final = error(
    "skip-dateranges", "4.4.3.8", "CAN-SKIP-DATERANGES comes with CAN-SKIP-UNTIL"
)
NO_SKIP: Final = hint("no-skip", "6.2.5.1", "a window of over two minutes offers delta updates")
NO_BLOCK: Final = warning("no-block-reload", "B.1", "parts come with CAN-BLOCK-RELOAD")
NO_HINT: Final = error("no-preload-hint", "B.1", "a live playlist with parts hints the next one")
HINT_TWICE: Final = error("hint-twice", "4.4.5.3", "there is one hint of each type")
HINT_ENDED: Final = error("hint-after-end", "4.4.5.3", "an ended playlist hints nothing")
HINT_LISTED: Final = error("hint-listed", "6.2.6", "the hinted part is not listed yet")
NO_DATES: Final = error("no-dates", "B.1", "low-latency playlists have program date times")
RULES: Final = (
    NO_PART_INF, PART_LONG, PART_SHORT, PART_URI, LATE_TAG, PARTS_SUM, OLD_PARTS, NO_HOLD_BACK,
    PART_HOLD_BACK, PART_HOLD_BACK_3, HOLD_BACK, SKIP_UNTIL, SKIP_DATES, NO_SKIP, NO_BLOCK, NO_HINT,
    HINT_TWICE, HINT_ENDED, HINT_LISTED, NO_DATES,
)  # fmt: skip

ROUNDING_S: Final = 0.0005  # durations are written with three decimals at least
SUM_ROUNDING_S: Final = 0.02
LONG_WINDOW_S: Final = 120


def check(playlist: Playlist) -> Iterator[Finding]:
    if playlist.control is not None:
        yield from _control(playlist, playlist.control)
    yield from _hints(playlist)
    if playlist.has_parts:
        yield from _parts(playlist)
    is_long = playlist.duration_s > LONG_WINDOW_S and not playlist.skipped
    control = playlist.control
    if not playlist.is_ended and is_long and not (control and control.number("CAN-SKIP-UNTIL")):
        yield Finding(NO_SKIP, playlist.url, control.line if control else 0)


def _control(playlist: Playlist, tag: Tag) -> Iterator[Finding]:
    target, part_target = playlist.target_s or 0, playlist.part_target_s
    if part_target:
        back = tag.number("PART-HOLD-BACK")
        if back is None:
            yield Finding(NO_HOLD_BACK, playlist.url, tag.line)
        elif back < 2 * part_target - ROUNDING_S:
            yield Finding(PART_HOLD_BACK, playlist.url, tag.line, f"{back} s")
        elif back < 3 * part_target - ROUNDING_S:
            yield Finding(PART_HOLD_BACK_3, playlist.url, tag.line, f"{back} s")
    back = tag.number("HOLD-BACK")
    if back is not None and back < 3 * target:
        yield Finding(HOLD_BACK, playlist.url, tag.line, f"{back} s")
    until = tag.number("CAN-SKIP-UNTIL")
    if until is not None and until < 6 * target:
        yield Finding(SKIP_UNTIL, playlist.url, tag.line, f"{until} s")
    if "CAN-SKIP-DATERANGES" in tag.attributes and until is None:
        yield Finding(SKIP_DATES, playlist.url, tag.line)


def _hints(playlist: Playlist) -> Iterator[Finding]:
    hints = playlist.all("EXT-X-PRELOAD-HINT")
    listed = {part.uri for segment in playlist.segments for part in segment.parts}
    types: set[str] = set()
    for tag in hints:
        if playlist.is_ended:
            yield Finding(HINT_ENDED, playlist.url, tag.line)
        if tag.text("TYPE") in types:
            yield Finding(HINT_TWICE, playlist.url, tag.line)
        types.add(tag.text("TYPE"))
        if tag.text("URI") in listed and "BYTERANGE-START" not in tag.attributes:
            yield Finding(HINT_LISTED, playlist.url, tag.line, tag.text("URI"))
    if playlist.has_parts and not playlist.is_ended and "PART" not in types:
        yield Finding(NO_HINT, playlist.url)


def _parts(playlist: Playlist) -> Iterator[Finding]:
    if playlist.part_target_s is None:
        yield Finding(NO_PART_INF, playlist.url)
    if not playlist.is_ended and not playlist.can_block:
        yield Finding(NO_BLOCK, playlist.url)
    if playlist.first("EXT-X-PROGRAM-DATE-TIME") is None:
        yield Finding(NO_DATES, playlist.url)
    behind_s = 0.0
    for segment in reversed(playlist.segments):
        behind_s += segment.length_s
        if not segment.parts:
            continue
        # A part may stay until it *is* farther from the end than that; a little is rounding.
        start_s = behind_s - segment.parts[0].duration_s
        if playlist.target_s and start_s > 3 * playlist.target_s + SUM_ROUNDING_S:
            yield Finding(OLD_PARTS, playlist.url, segment.line, f"{start_s:.1f} s from the end")
        yield from _parts_of(playlist, segment)


def _parts_of(playlist: Playlist, segment: Segment) -> Iterator[Finding]:
    url, target = playlist.url, playlist.part_target_s
    for tag in segment.late_tags:
        yield Finding(LATE_TAG, url, tag.line, tag.name)
    for index, part in enumerate(segment.parts):
        if not part.uri or part.duration_s <= 0:
            yield Finding(PART_URI, url, part.line)
        if target and part.duration_s > target + ROUNDING_S:
            yield Finding(PART_LONG, url, part.line, f"{part.duration_s} s")
        is_last = bool(segment.uri) and index == len(segment.parts) - 1
        is_open_end = not segment.uri and index == len(segment.parts) - 1
        before_gap = index + 1 < len(segment.parts) and segment.parts[index + 1].is_gap
        is_exempt = part.independent or part.is_gap or before_gap or is_last or is_open_end
        if target and not is_exempt and part.duration_s < 0.85 * target - ROUNDING_S:
            yield Finding(PART_SHORT, url, part.line, f"{part.duration_s} s")
    total_s = sum(part.duration_s for part in segment.parts)
    if segment.duration_s is not None and abs(total_s - segment.duration_s) > SUM_ROUNDING_S:
        yield Finding(PARTS_SUM, url, segment.line, f"{total_s:.3f} s, not {segment.duration_s} s")
