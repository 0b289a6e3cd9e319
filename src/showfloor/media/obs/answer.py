"""The answer to OBS: the ladder that it shall make, and where it sends it. Pure.

OBS shows the words of a status to its user, and reads no answer but 200. So whatever keeps it from
sending is told that way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

from showfloor.media.encoding import ladder
from showfloor.media.encoding.pass_plan import RATES
from showfloor.media.obs import encoders
from showfloor.media.obs.request import ClientRequest
from showfloor.media.ports import Rung, SourceInfo
from showfloor.media.source_role import ladder_key

SCHEMA: Final = "2025-01-25"
TRACKS_MAX: Final = 6  # that OBS makes at once
AUDIO_KBPS: Final = 160
NO_H264: Final = "This OBS has no H.264 encoder."
RATE: Final = (
    "Choose an integer of 24, 25, 30, 50 or 60 as common FPS value under Settings → Video. "
    "The frame rate now is {fps:.5g}."
)
UNKNOWN_KEY: Final = "This stream key is not valid. Copy it from the show's console."
ENDED: Final = "This show has ended. Each show has a stream key of its own."
TOO_NARROW: Final = (
    "The line is set to {kbps} kbit/s at most, but the smallest picture needs {needed} kbit/s."
)


class NotOffered(Exception):
    """There is no configuration for this OBS; the words are for its user."""


def configuration(
    request: ClientRequest, steps: Sequence[tuple[int, int]], max_fps: int, address: str
) -> dict[str, Any]:
    """Return the answer; NotOffered. `steps`: (pixels of the shorter side, kbit/s) of the ladder;
    `address`: of the ingest, without a key."""
    if request.codecs and "h264" not in request.codecs:
        raise NotOffered(NO_H264)
    encoder = encoders.choose(request.encoders, request.vendors)
    source = SourceInfo(request.width, request.height, _rate(request.fps, max_fps), True)
    planned = [replace(rung, fps=source.fps) for rung in ladder.plan(source, steps, max_fps)]
    rungs = _bounded(planned, request, encoders.fits(encoder, request.cores))
    return {
        **_head(request, "success", ""),
        "ingest_endpoints": [
            {
                "protocol": urlsplit(address).scheme.upper(),
                "url_template": f"{address}/{{stream_key}}",
                "authentication": ladder_key(request.key) if len(rungs) > 1 else request.key,
            }
        ],
        "encoder_configurations": [encoder.configuration(rung) for rung in rungs],
        "audio_configurations": {
            "live": [
                {
                    "codec": "ffmpeg_aac", "track_id": 1, "channels": 2,
                    "settings": {"bitrate": AUDIO_KBPS},
                }
            ]
        },
    }  # fmt: skip


def refusal(request: ClientRequest, words: str) -> dict[str, Any]:
    """Return the answer that has OBS show these words and send nothing."""
    return {
        **_head(request, "error", escape(words)),
        "ingest_endpoints": [], "encoder_configurations": [], "audio_configurations": {"live": []},
    }  # fmt: skip


def _head(request: ClientRequest, result: str, html: str) -> Mapping[str, Any]:
    return {
        "meta": {"service": request.service, "schema_version": SCHEMA, "config_id": ""},
        "status": {"result": result, "html_en_us": html},
    }


def _rate(canvas: Fraction, max_fps: int) -> Fraction:
    """Return the highest rate that OBS makes of its canvas by leaving frames out, and that can be
    passed through."""
    for divisor in (1, 2, 3, 4):
        rate = canvas / divisor
        if rate <= max_fps and rate in RATES:
            return rate
    raise NotOffered(RATE.format(fps=float(canvas)))


def _bounded(
    rungs: Sequence[Rung], request: ClientRequest, is_possible: Callable[[Sequence[Rung]], bool]
) -> Sequence[Rung]:
    """Return what fits the host's line, machine and wishes. The best rungs go where the line or
    the machine is too weak, those between where there are too many."""
    kbps_max = request.kbps_max
    while len(rungs) > 1 and not (_is_within(rungs, kbps_max) and is_possible(rungs)):
        rungs = rungs[1:]
    if not _is_within(rungs, kbps_max):
        needed = rungs[0].kbps + AUDIO_KBPS
        raise NotOffered(TOO_NARROW.format(kbps=kbps_max, needed=needed))
    count = min(request.tracks_max or TRACKS_MAX, TRACKS_MAX, len(rungs))
    if count == 1:
        return rungs[:1]
    return [rungs[round(n * (len(rungs) - 1) / (count - 1))] for n in range(count)]


def _is_within(rungs: Sequence[Rung], kbps_max: int | None) -> bool:
    return kbps_max is None or sum(rung.kbps for rung in rungs) + AUDIO_KBPS <= kbps_max
