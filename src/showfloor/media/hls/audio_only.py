"""The audio-only rendition, for a line that is too weak for any picture.

It is taken out of a rung's files. Every rung has the same sound, so the sound is neither encoded
nor kept a second time, and recordings of every version have it. Output and input have the same
borders, times and numbers. Clauses are those of ISO/IEC 14496-12. The functions read files that
`fmp4` wrote; they raise ValueError for anything else.
"""

from collections.abc import Iterator
from typing import Final

from showfloor.media.packaging.box_reader import boxes
from showfloor.media.packaging.fmp4 import AUDIO_TRACK, box, full_box

SOUND: Final = "audio"  # stands for a rung in addresses
SOUND_CODECS: Final = "mp4a.40.2"

_TRACK: Final = AUDIO_TRACK.to_bytes(4)
_TRACK_PLACE: Final = {b"trak": 20, b"trex": 4}  # of the track's number: in `tkhd`, in `trex`


def sound_of_init(data: bytes) -> bytes:
    """Return an init segment without the picture's track."""
    kept = []
    for kind, body in boxes(data):
        content = b"".join(_movie_boxes(body)) if kind == b"moov" else body
        kept.append(box(kind, content))
    return b"".join(kept)


def _movie_boxes(movie: bytes) -> Iterator[bytes]:
    for kind, body in boxes(movie):
        if kind == b"mvex":
            extends = (box(k, b) for k, b in boxes(body) if _is_sound(k, b))
            yield box(kind, *extends)
        elif _is_sound(kind, body):
            yield box(kind, body)


def _is_sound(kind: bytes, body: bytes) -> bool:
    """Return False for a box that describes another track."""
    if kind not in _TRACK_PLACE:
        return True
    place = _TRACK_PLACE[kind]  # `tkhd` is the first box of a `trak`
    return body[place : place + 4] == _TRACK


def sound_of_media(data: bytes) -> bytes:
    """Return a part or a whole segment without its pictures."""
    made, fragment = [], b""
    for kind, body in boxes(data):
        if kind == b"moof":
            fragment = body
        elif kind == b"mdat":
            made.append(_sound_of_fragment(fragment, body))
    return b"".join(made)


def _sound_of_fragment(fragment: bytes, data: bytes) -> bytes:
    """Return `moof` and `mdat` with the sound's run only, or with no run when no frame of sound
    begins in so short a part."""
    header = head = run = b""
    for kind, body in boxes(fragment):
        if kind == b"mfhd":
            header = box(kind, body)
        elif kind == b"traf" and (found := dict(boxes(body)))[b"tfhd"][4:8] == _TRACK:
            head, run = box(b"tfhd", found[b"tfhd"]) + box(b"tfdt", found[b"tfdt"]), found[b"trun"]
    if not run:
        return box(b"moof", header) + box(b"mdat")
    # Flags, count, data offset (8.8.8.2), then duration, size and flags of each sample.
    count, table = int.from_bytes(run[4:8]), run[12:]
    size = sum(int.from_bytes(table[n + 4 : n + 8]) for n in range(0, 12 * count, 12))
    start = int.from_bytes(run[8:12]) - (8 + len(fragment)) - 8  # counted from the moof's start
    sound = data[start : start + size]
    if len(table) != 12 * count or start < 0 or len(sound) != size:
        raise ValueError("a fragment's sound is not where it says")
    flags = int.from_bytes(run[1:4])
    size_of_moof = 8 + len(header) + 8 + len(head) + 8 + len(run)
    moved = full_box(b"trun", 0, flags, run[4:8], (size_of_moof + 8).to_bytes(4), table)
    return box(b"moof", header, box(b"traf", head, moved)) + box(b"mdat", sound)
