"""The multivariant playlist: rungs, sound, captions, and the pathways on which players get them.
Clauses: draft-pantos-hls-rfc8216bis.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from showfloor.media.hls.audio_only import SOUND, SOUND_CODECS
from showfloor.media.hls.caption_tracks import CaptionTrack, group_of, media_lines
from showfloor.media.recording.index import RungInfo

AUDIO_BPS: Final = 128_000
OVERHEAD_BPS: Final = 12_000  # boxes, three times a second
SOUND_PEAK_BPS: Final = 160_000  # authoring guides for players ask for 192 kbit/s at most
PEAK: Final = Fraction(5, 4)  # of 2 s under the encoder's half-second rate buffer
STEERING: Final = "steering.json"  # its address in the show's folder
STEERING_TTL_S: Final = 10


@dataclass(frozen=True, slots=True)
class Pathway:
    """One edge on which players get the media (4.4.6.6). `base`: the address of the playlist's
    folder there, with a slash at its end; empty: where the playlist itself came from."""

    id: str = ""
    base: str = ""


_HERE: Final = (Pathway(),)


def pathways_of(edges: Sequence[str], folder: str) -> tuple[Pathway, ...]:
    """Return a pathway for each edge, in their order. `edges`: addresses like `https://host`;
    `folder`: the path of the playlist's folder."""
    return tuple(
        Pathway(f"edge-{number}", f"{edge}{folder}") for number, edge in enumerate(edges, 1)
    )


def render_multivariant(
    rungs: Sequence[RungInfo], captions: Sequence[CaptionTrack] = (),
    pathways: Sequence[Pathway] = (), steering: str = "",
) -> str:  # fmt: skip
    """Return the list of rungs, on each pathway. The middle one comes first, because players start
    with it. The audio-only rendition comes last (hls.js ignores it where there are pictures).
    `steering`: the address of the steering manifest; pathways need one."""
    ordered = sorted(rungs, key=lambda rung: -rung.kbps)
    middle = ordered.pop(len(ordered) // 2) if len(ordered) > 2 else None
    ordered = [middle, *ordered] if middle else ordered
    lines = ["#EXTM3U", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if pathways:
        first = pathways[0].id
        lines.append(f'#EXT-X-CONTENT-STEERING:SERVER-URI="{steering}",PATHWAY-ID="{first}"')
    for pathway in pathways or _HERE:
        lines += media_lines(captions, pathway.id, pathway.base)
    for pathway in pathways or _HERE:
        lines += _variants(ordered, pathway, has_captions=bool(captions))
    return "\n".join(lines) + "\n"


def _variants(rungs: Sequence[RungInfo], pathway: Pathway, *, has_captions: bool) -> Iterator[str]:
    tail = f',SUBTITLES="{group_of(pathway.id)}"' if has_captions else ""
    tail += f',PATHWAY-ID="{pathway.id}"' if pathway.id else ""
    for rung in rungs:
        extra = AUDIO_BPS + OVERHEAD_BPS
        yield (
            f"#EXT-X-STREAM-INF:BANDWIDTH={int(rung.kbps * 1000 * PEAK) + extra}"
            f",AVERAGE-BANDWIDTH={rung.kbps * 1000 + extra}"
            f',CODECS="{rung.codecs}",RESOLUTION={rung.width}x{rung.height}'
            f",FRAME-RATE={rung.fps:.3f}{tail}"
        )
        yield f"{pathway.base}{rung.name}.m3u8"
    yield (
        f"#EXT-X-STREAM-INF:BANDWIDTH={SOUND_PEAK_BPS}"
        f',AVERAGE-BANDWIDTH={AUDIO_BPS + OVERHEAD_BPS},CODECS="{SOUND_CODECS}"{tail}'
    )
    yield f"{pathway.base}{SOUND}.m3u8"


def steering_manifest(pathways: Sequence[Pathway]) -> bytes:
    """Return the steering manifest (7.1): the edges in the order in which they are to be used."""
    manifest = {
        "VERSION": 1, "TTL": STEERING_TTL_S,
        "PATHWAY-PRIORITY": [pathway.id for pathway in pathways],
    }  # fmt: skip
    return json.dumps(manifest).encode()
