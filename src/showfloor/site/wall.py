"""The wall of shows: what every show of a brand that has a picture, or is live, does now."""

from collections.abc import Iterable
from typing import Final, TypedDict

from showfloor.accounts.models import Brand
from showfloor.kernel.clock import iso_ms
from showfloor.media.diagnostics import latest
from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.shows import queries as shows
from showfloor.shows.models import Show, ShowState
from showfloor.site.stream_words import Warned, warnings
from showfloor.timeline import presence

LOOKED_AT_MAX: Final = 200  # the latest shows that have not ended
TILES_MAX: Final = 48
NOTICED_SILENCE_S: Final = 3.0


class WallTile(TypedDict):
    """`signal`: none (no encoder), good, fair or bad. `behind_s`: the server's delay with encoding.
    `silent_s`: digital silence, 0 while there is sound; null: no sound comes at all."""

    slug: str
    title: str
    state: str
    started_at: str | None
    viewers: int
    signal: str
    behind_s: float
    kbps: int
    fps: float
    silent_s: float | None
    warnings: list[Warned]


def tiles(brand: Brand) -> list[WallTile]:
    """Return the live shows first, then those whose encoder sends already."""
    going = shows.shows_of(brand).exclude(state=ShowState.ENDED)
    rows = going.defer("description", "teleprompter")[:LOOKED_AT_MAX]
    shown = [
        one for one in rows if one.state == ShowState.LIVE or latest.health(one.channel_id)
    ][:TILES_MAX]  # fmt: skip
    return [_tile(show) for show in shown]


def _tile(show: Show) -> WallTile:
    health = latest.health(show.channel_id)
    on_air = next(iter(health.figures), None) if health else None
    silent_s = on_air.silent_s if on_air and health and health.audio_codec else None
    if silent_s is not None and silent_s < NOTICED_SILENCE_S:
        silent_s = 0.0
    return {
        "slug": show.slug,
        "title": show.title,
        "state": show.state,
        "started_at": iso_ms(show.started_at) if show.started_at else None,
        "viewers": presence.read(show.timeline_id).viewers,
        "signal": _signal(health.findings) if health else "none",
        "behind_s": round(health.behind_s, 1) if health else 0.0,
        "kbps": health.bitrate_kbps if health else 0,
        "fps": health.fps if health else 0.0,
        "silent_s": silent_s,
        "warnings": warnings(health.findings) if health else [],
    }


def _signal(findings: Iterable[Finding]) -> str:
    levels = {finding.level for finding in findings}
    if Level.BAD in levels:
        return "bad"
    return "fair" if Level.FAIR in levels else "good"
