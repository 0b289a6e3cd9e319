"""How a show's picture does at its viewers, from what their players tell: CMCD version 2
(CTA-5004-B) in its event mode.

It is a sample for the producer, in memory, for a minute and a half: nothing is stored, and nothing
says who watches. A session is a number that a page makes up when it is opened.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from showfloor.kernel.errors import Invalid

KEPT_S: Final = 90.0  # a player tells every half a minute
SHOWS_MAX: Final = 200
SESSIONS_MAX: Final = 2_000  # of one show
BODY_MAX: Final = 1_000  # bytes
STALL_MS: Final = 500  # in half a minute; shorter ones are hardly seen
LATENCY_MAX_MS: Final = 86_400_000

_PAIR: Final = re.compile(r'([a-z]{1,8})(?:=(?:"([^"\\,]{0,100})"|([a-z0-9.]{1,20})))?')
_SESSION: Final = re.compile(r"[A-Za-z0-9-]{8,40}")


@dataclass(frozen=True, slots=True)
class PlaybackReport:
    """What one player tells of the last half a minute. `latency_ms`: from the picture to now, null
    for a picture that is not live; `stalled_ms`: how long it stood still; `dropped`: frames that
    were not shown since the page was opened."""

    session: str
    latency_ms: int | None
    stalled_ms: int
    dropped: int


@dataclass(frozen=True, slots=True)
class PlaybackView:
    """`stalling`: the share of viewers whose picture stood still; `latency_ms`: the median."""

    viewers: int
    stalling: float
    latency_ms: int | None


def parse(body: bytes) -> PlaybackReport:
    """Read one line of CMCD; Invalid for anything else."""
    if len(body) > BODY_MAX:
        raise Invalid("The report is too long.", field="body")
    found: dict[str, str] = {}
    for text in body.decode("latin-1").strip().split(","):
        pair = _PAIR.fullmatch(text)
        if pair is None:
            raise Invalid("This is no CMCD.", field="body")
        found[pair[1]] = pair[2] if pair[2] is not None else pair[3] or ""
    if found.get("v") != "2" or not _SESSION.fullmatch(found.get("sid", "")):
        raise Invalid("A report has v=2 and a sid.", field="body")
    latency = _number(found, "ltc", LATENCY_MAX_MS) if "ltc" in found else None
    stalled, dropped = _number(found, "bsd", 60_000), _number(found, "dfa", 10_000_000)
    return PlaybackReport(found["sid"], latency, stalled, dropped)


def _number(found: Mapping[str, str], key: str, most: int) -> int:
    text = found.get(key, "0")
    if not text.isdecimal() or int(text) > most:
        raise Invalid(f"{key} is a whole number up to {most}.", field=key)
    return int(text)


class PlaybackQuality:
    """The newest report of each session, by show. Safe in threads: each step is one of a dict."""

    def __init__(self) -> None:
        self._shows: dict[str, dict[str, tuple[float, PlaybackReport]]] = {}

    def note(self, show_id: str, report: PlaybackReport, now_s: float) -> None:
        """Take a report; one beyond the bounds is left out, for it is a sample."""
        if show_id not in self._shows and len(self._shows) >= SHOWS_MAX:
            self._forget(now_s)
            if len(self._shows) >= SHOWS_MAX:
                return
        sessions = self._shows.setdefault(show_id, {})
        if report.session not in sessions and len(sessions) >= SESSIONS_MAX:
            _drop_old(sessions, now_s)
            if len(sessions) >= SESSIONS_MAX:
                return
        sessions[report.session] = now_s, report

    def summary(self, show_id: str, now_s: float) -> PlaybackView:
        told = list(self._shows.get(show_id, {}).values())
        new = [report for at_s, report in told if now_s - at_s <= KEPT_S]
        latencies = sorted(one.latency_ms for one in new if one.latency_ms is not None)
        stalling = sum(one.stalled_ms >= STALL_MS for one in new)
        return PlaybackView(
            len(new), stalling / len(new) if new else 0.0,
            latencies[len(latencies) // 2] if latencies else None,
        )  # fmt: skip

    def _forget(self, now_s: float) -> None:
        for show_id, sessions in list(self._shows.items()):
            _drop_old(sessions, now_s)
            if not sessions:
                self._shows.pop(show_id, None)


def _drop_old(sessions: dict[str, tuple[float, PlaybackReport]], now_s: float) -> None:
    for session, (at_s, _report) in list(sessions.items()):
        if now_s - at_s > KEPT_S:
            sessions.pop(session, None)
