"""The storyboard of a show: small pictures every ten seconds, for previews while somebody seeks.

They are drawn while the show runs, from the key frames of the smallest rung, a hundred to a sheet.
The index beside the sheets names the moment of each picture (program date time), so that it holds
for the live window, the replay and a trimmed one alike. Nothing of it stands in the database. When
it is complete, and the recording has moved to the store of objects, it goes there, too; a mark in
its place names the beginning of its keys.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Protocol

from django.core.files.base import ContentFile
from PIL import Image

from showfloor.kernel.errors import Unavailable
from showfloor.media.formats import webvtt
from showfloor.media.recording.index import RecordingIndex, RungInfo, SegmentRecord
from showfloor.media.recording.object_store import ObjectStore, ObjectStoreError
from showfloor.replays.models import replay_files
from showfloor.replays.recordings import Archive, archives, store
from showfloor.replays.stored_files import MARK
from showfloor.shows import recorded_time
from showfloor.shows.models import Show, ShowState

log = logging.getLogger(__name__)

PREFIX: Final = "storyboard"
EVERY_S: Final = 10
TILE_HEIGHT: Final = 90  # pixels
COLUMNS: Final = 10
PER_SHEET: Final = 100
AT_ONCE: Final = 100  # pictures of one show in one run
NEW_MIN: Final = 3  # of a running show: a sheet is not written again for each picture
DRAWN_FOR: Final = timedelta(days=1)  # after the end a show's storyboard is as complete as it gets
QUALITY: Final = 70
BLANKED_KEPT: Final = 16  # sheets of trimmed replays, 100 kB each
FETCHED_KEPT: Final = 64  # files out of the store, 300 kB each
FETCHED_BYTES_MAX: Final = 16 << 20
TEMPORARY: Final = ".new"


class KeyFrames(Protocol):
    """A decoder of key frames. Blocking."""

    def decode(self, media: bytes, size: tuple[int, int], count: int) -> Sequence[bytes]:
        """Return the key frames of an MP4 as RGB pixels of this size, at most `count`; OSError
        when they cannot be decoded."""


_key_frames: KeyFrames | None = None


def use(key_frames: KeyFrames | None) -> None:
    """Set the decoder of this process; None draws nothing."""
    global _key_frames
    _key_frames = key_frames


@dataclass(slots=True)
class StoryboardIndex:
    """The index of a show's storyboard. `pictures`: their moments, Unix time in ms, in order."""

    width: int
    pictures: list[int] = field(default_factory=list)

    @property
    def sheets(self) -> int:
        return -(-len(self.pictures) // PER_SHEET)

    def as_json(self) -> dict[str, Any]:
        return {
            "width": self.width, "height": TILE_HEIGHT, "columns": COLUMNS,
            "per_sheet": PER_SHEET, "every_s": EVERY_S, "pictures": self.pictures,
        }  # fmt: skip


def load(show: Show) -> StoryboardIndex | None:
    """Return the index of a show's storyboard; None before its first pictures."""
    data = _read(show, "json")
    if data is None:
        return None
    told: Mapping[str, Any] = json.loads(data)
    return StoryboardIndex(told["width"], list(told["pictures"]))


def sheet(show: Show, number: int) -> bytes | None:
    """Return a sheet as JPEG, with the pictures blank that a trim has cut off; None when there is
    none of this number."""
    board = load(show)
    if board is None or number >= board.sheets:  # the store is asked for nothing that is not there
        return None
    data = _read(show, f"{number}.jpg")
    if data is None or (show.replay_from is None and show.replay_until is None):
        return data
    moments = board.pictures[number * PER_SHEET : (number + 1) * PER_SHEET]
    cut_off = tuple(n for n, at_ms in enumerate(moments) if not _is_shown(show, at_ms))
    return _blanked(data, board.width, cut_off) if cut_off else data


def as_thumbnails(show: Show, board: StoryboardIndex, sheets: Sequence[str]) -> str | None:
    """Return the pictures of an ended show as a WebVTT track of thumbnails, on the clock of its
    recording, which players of others read: the address of a sheet and the place in it. None while
    the recording has no clock. `sheets`: their addresses."""
    clock = recorded_time.of_show(show, exactly=True)
    if clock is None:
        return None
    shown = [(n, at_ms) for n, at_ms in enumerate(board.pictures) if _is_shown(show, at_ms)]
    places = [clock.media_s(datetime.fromtimestamp(at_ms / 1000, UTC)) for _n, at_ms in shown]
    text = ["WEBVTT\n"]
    for (n, _at_ms), begins, ends in zip(shown, places, [*places[1:], clock.length_s], strict=True):
        number, place = divmod(n, PER_SHEET)
        left, top = _corner(board.width, place)
        address = f"{sheets[number]}#xywh={left},{top},{board.width},{TILE_HEIGHT}"
        if begins < ends:
            text.append(webvtt.cue(begins, ends, address))
    return "".join(text)


def store_away(show: Show, objects: ObjectStore, prefix: str) -> bool:
    """Move a storyboard that is complete to the store, below a prefix of keys; return whether there
    was one. OSError: what is there stays. A stop in between is made good by the next time."""
    storage = replay_files()
    board = load(show) if storage.exists(_name(show, "json")) else None
    if board is None:
        return False
    ending_of = ["json", *(f"{number}.jpg" for number in range(board.sheets))]
    mark_stored(show, prefix)  # first: what is there of it is found by the mark, and deleted
    for ending in ending_of:
        objects.put(f"{prefix}{PREFIX}/{ending}", _bytes_of(_name(show, ending)))
    for ending in reversed(ending_of):  # the index last: with it the move begins again
        storage.delete(_name(show, ending))
    return True


def find_again(show: Show, objects: ObjectStore, prefix: str) -> None:
    """Mark a storyboard that is in the store, and not on the disk (any more). OSError."""
    mark = _mark_name(show)
    is_here = is_on_disk(show.pk) or replay_files().exists(mark)
    if not is_here and objects.fetch(f"{prefix}{PREFIX}/json", FETCHED_BYTES_MAX) is not None:
        mark_stored(show, prefix)


def is_on_disk(show_id: str) -> bool:
    return replay_files().exists(f"{show_id}/{PREFIX}-json")


def mark_stored(show: Show, prefix: str) -> None:
    """Say in the storyboard's place that it is in the store, below a prefix of keys."""
    _save(_mark_name(show), f"{prefix}{PREFIX}/".encode())


def _read(show: Show, ending: str) -> bytes | None:
    """Return a file of a storyboard, wherever it is; None where there is none. Unavailable when the
    store that has it does not answer."""
    name = _name(show, ending)
    if replay_files().exists(name):
        return _bytes_of(name)
    mark = _mark_name(show)
    if store() is None or not replay_files().exists(mark):
        return None
    try:
        return _fetched(_bytes_of(mark).decode() + ending)
    except FileNotFoundError:
        return None
    except ObjectStoreError as error:
        raise Unavailable("The object storage does not answer.") from error


@lru_cache(maxsize=FETCHED_KEPT)
def _fetched(key: str) -> bytes:
    objects = store()
    data = objects.fetch(key, FETCHED_BYTES_MAX) if objects is not None else None
    if data is None:
        raise FileNotFoundError(key)
    return data


def _bytes_of(name: str) -> bytes:
    with replay_files().open(name) as file:
        return bytes(file.read())


def _is_shown(show: Show, at_ms: int) -> bool:
    start, end = show.replay_from, show.replay_until
    return (start is None or at_ms >= start.timestamp() * 1000) and (
        end is None or at_ms < end.timestamp() * 1000
    )


@lru_cache(maxsize=BLANKED_KEPT)
def _blanked(data: bytes, width: int, places: tuple[int, ...]) -> bytes:
    """Return a sheet with nothing in these places."""
    with Image.open(BytesIO(data)) as image:
        sheet_image = image.convert("RGB")
    for place in places:
        left, top = _corner(width, place)
        sheet_image.paste((0, 0, 0), (left, top, left + width, top + TILE_HEIGHT))
    return _jpeg(sheet_image)


def draw_due(now: datetime) -> int:
    """Draw the new pictures of shows that run or have just ended; return how many."""
    if _key_frames is None:
        return 0
    shows = Show.objects.all_brands().filter(recording_deleted_at__isnull=True)
    running = shows.filter(state=ShowState.LIVE)
    ended = shows.filter(state=ShowState.ENDED, ended_at__gt=now - DRAWN_FOR)
    drawn = 0
    for show in [*running, *ended]:
        try:
            drawn += _draw(show, _key_frames)
        except (OSError, ValueError, LookupError) as error:  # damage costs its own show's pictures
            log.warning("storyboard_not_drawn show=%s reason=%s", show.slug, error)
    return drawn


def _draw(show: Show, key_frames: KeyFrames) -> int:
    board = load(show)
    if board and show.ended_at and show.ended_at.timestamp() <= board.pictures[-1] / 1000 + EVERY_S:
        return 0  # complete: the recording's index is not read for it any more
    archive = archives().archive(show.channel_id)
    index = archive.peek()
    wanted = _wanted(index, board.pictures[-1] if board else None)[:AT_ONCE]
    if not wanted or (show.state == ShowState.LIVE and len(wanted) < NEW_MIN):
        return 0
    if board is None:
        board = StoryboardIndex(_tile_width(_smallest(index, wanted[0])))
    size = board.width, TILE_HEIGHT
    tiles: list[tuple[SegmentRecord, bytes]] = []
    for run in _runs(wanted):
        frames = key_frames.decode(_media(archive, index, run), size, len(run))
        tiles += zip(run, frames, strict=False)
    if not tiles:
        raise ValueError("no key frame was decoded")
    _paste(show, board, tiles)
    # The index comes last: no picture is named before it stands in its sheet.
    _save(_name(show, "json"), json.dumps(board.as_json()).encode())
    return len(tiles)


def _wanted(index: RecordingIndex, last_ms: int | None) -> list[SegmentRecord]:
    """Return the segments whose first picture is drawn next."""
    found: list[SegmentRecord] = []
    due = None if last_ms is None else last_ms + EVERY_S * 1000
    for segment in index.segments:
        if not segment.public or not segment.sizes:
            continue
        at_ms = _ms(segment)
        if due is None or at_ms >= due:
            found.append(segment)
            due = at_ms + EVERY_S * 1000
    return found


def _ms(segment: SegmentRecord) -> int:
    return round(segment.pdt.timestamp() * 1000)


def _runs(segments: Sequence[SegmentRecord]) -> list[list[SegmentRecord]]:
    """Return the segments by broadcast: each has an init segment of its own."""
    runs: list[list[SegmentRecord]] = []
    for segment in segments:
        if not runs or runs[-1][0].broadcast != segment.broadcast:
            runs.append([])
        runs[-1].append(segment)
    return runs


def _smallest(index: RecordingIndex, segment: SegmentRecord) -> RungInfo:
    return index.broadcasts[segment.broadcast].rungs[-1]


def _tile_width(rung: RungInfo) -> int:
    return max(2, round(rung.width * TILE_HEIGHT / rung.height / 2) * 2)


def _media(archive: Archive, index: RecordingIndex, run: Sequence[SegmentRecord]) -> bytes:
    """Return an MP4 of the first fragment of each segment: it begins with the key frame."""
    rung = _smallest(index, run[0]).name
    parts = [archive.read_init(run[0].broadcast, rung)]
    parts += [_first_fragment(archive.read_segment(one.broadcast, rung, one.msn)) for one in run]
    return b"".join(parts)


def _first_fragment(data: bytes) -> bytes:
    end = 0
    for _box in range(2):  # `moof` and `mdat`
        size = int.from_bytes(data[end : end + 4])
        if size < 8 or end + size > len(data):
            raise ValueError("a segment is damaged")
        end += size
    return data[:end]


def _paste(
    show: Show, board: StoryboardIndex, tiles: Sequence[tuple[SegmentRecord, bytes]]
) -> None:
    """Draw tiles into their sheets; the last sheet of before is gone on with."""
    sheets: dict[int, Image.Image] = {}
    for segment, pixels in tiles:
        number, place = divmod(len(board.pictures), PER_SHEET)
        if number not in sheets:
            sheets[number] = _open_sheet(show, board, number, is_new=place == 0)
        tile = Image.frombytes("RGB", (board.width, TILE_HEIGHT), pixels)
        sheets[number].paste(tile, _corner(board.width, place))
        board.pictures.append(_ms(segment))
    for number, image in sheets.items():
        _save(_name(show, f"{number}.jpg"), _jpeg(image))


def _corner(width: int, place: int) -> tuple[int, int]:
    row, column = divmod(place, COLUMNS)
    return column * width, row * TILE_HEIGHT


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _open_sheet(show: Show, board: StoryboardIndex, number: int, *, is_new: bool) -> Image.Image:
    size = board.width * COLUMNS, TILE_HEIGHT * (PER_SHEET // COLUMNS)
    data = None if is_new else _read(show, f"{number}.jpg")
    if data is None:
        return Image.new("RGB", size)
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB")


def _save(name: str, data: bytes) -> None:
    """Replace a file as a whole: a page that reads it meanwhile has the old one or the new one."""
    storage = replay_files()
    made = storage.save(f"{name}{TEMPORARY}", ContentFile(data))
    Path(storage.path(made)).replace(storage.path(name))


def _mark_name(show: Show) -> str:
    return f"{show.pk}/{PREFIX}{MARK}"


def _name(show: Show, ending: str) -> str:
    return f"{show.pk}/{PREFIX}-{ending}"
