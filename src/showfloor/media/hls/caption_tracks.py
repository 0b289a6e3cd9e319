"""Captions as WebVTT renditions, for players that do not follow the timeline.

Their segments and parts have the numbers and borders of the picture's. A segment is written when it
is asked for, so it has every correction up to then. There are two addresses for one stretch: in the
live window a caption that arrived after its pictures begins when it arrived, because no player asks
for an older segment again; everywhere else it stands at its pictures. Clauses are those of
draft-pantos-hls-rfc8216bis.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from showfloor.media.formats import webvtt

NAME: Final = "captions-"  # begins the playlist's name; the language follows
LIVE: Final = "live-"  # before the name, in addresses of the live window's media
LASTS_MAX: Final = timedelta(seconds=30)  # of one caption

# 3.1.4: cue times count from the start of the broadcast's media timeline, in every segment.
_HEAD: Final = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"


@dataclass(frozen=True, slots=True)
class TimedCue:
    """Words at their pictures. `arrived_at`: when they came, if that was seen."""

    id: str
    text: str
    starts_at: datetime
    ends_at: datetime
    arrived_at: datetime | None = None

    def live(self) -> "TimedCue":
        """Return the cue as the live window shows it: not before it arrived, and for as long."""
        if self.arrived_at is None or self.arrived_at <= self.starts_at:
            return self
        ends_at = self.arrived_at + (self.ends_at - self.starts_at)
        return TimedCue(self.id, self.text, self.arrived_at, ends_at)


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """A show's captions in one language (BCP 47). `name`: as its speakers call it; `cues`: in the
    order of their beginnings."""

    language: str
    name: str
    cues: Sequence[TimedCue]
    live_cues: Sequence[TimedCue] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        live = sorted((cue.live() for cue in self.cues), key=lambda cue: cue.starts_at)
        object.__setattr__(self, "live_cues", live)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment or a part: `media_s` is its start on the broadcast's media timeline, `starts_at`
    the moment of its first picture; `duration` in s."""

    media_s: Fraction
    starts_at: datetime
    duration: Fraction


def name_of(language: str) -> str:
    return NAME + language


def is_captions(rung: str) -> bool:
    """Return whether a name in an address is that of captions, in one of their two forms."""
    return rung.removeprefix(LIVE).startswith(NAME)


def is_live_name(rung: str) -> bool:
    return rung.startswith(LIVE)


def language_of(rung: str) -> str:
    return rung.removeprefix(LIVE).removeprefix(NAME)


def file_ending(rung: str) -> str:
    return "vtt" if is_captions(rung) else "m4s"


def render_stretch(
    track: CaptionTrack, stretch: Stretch, *, is_live: bool,
    bounds: tuple[datetime | None, datetime | None] = (None, None),
) -> bytes:  # fmt: skip
    """Return the WebVTT of a stretch: every cue that is shown during it, with its whole times
    (3.1.4). `bounds`: nothing that ends before the first or begins after the second."""
    cues = track.live_cues if is_live else track.cues
    ends_at = stretch.starts_at + timedelta(seconds=float(stretch.duration))
    first = bisect_left(cues, stretch.starts_at - LASTS_MAX, key=lambda cue: cue.starts_at)
    last = bisect_left(cues, ends_at, key=lambda cue: cue.starts_at)
    text = [_HEAD]
    for cue in cues[first:last]:
        if cue.ends_at > stretch.starts_at and _is_within(cue, bounds):
            begins = _media_s(stretch, cue.starts_at)
            text.append(webvtt.cue(begins, _media_s(stretch, cue.ends_at), cue.text))
    # FFmpeg reads segments as one file: without a blank line the next head would be a cue's words.
    return ("".join(text) + "\n").encode()


def _is_within(cue: TimedCue, bounds: tuple[datetime | None, datetime | None]) -> bool:
    start, end = bounds
    return (start is None or cue.ends_at > start) and (end is None or cue.starts_at < end)


def _media_s(stretch: Stretch, moment: datetime) -> float:
    return float(stretch.media_s) + (moment - stretch.starts_at).total_seconds()


def group_of(pathway: str) -> str:
    """Return the group of the tracks on a pathway: each has addresses of its own."""
    return f"captions-{pathway}" if pathway else "captions"


def media_lines(tracks: Sequence[CaptionTrack], pathway: str, base: str) -> list[str]:
    """Return the multivariant playlist's lines of the tracks (4.4.6.1) on a pathway."""
    return [
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="{group_of(pathway)}",NAME="{track.name}"'
        f',LANGUAGE="{track.language}",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO'
        ',CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog"'
        f',URI="{base}{name_of(track.language)}.m3u8"'
        for track in tracks
    ]
