"""The curves of sources' health in files, one for each channel, so that a restart loses little.

A file is written over as a whole, at most every half minute; what a killed process had drawn since
then is lost. Folder: `curves` in the data folder. The files of the latest shows are kept, and none
longer than some weeks.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from showfloor.kernel.ids import new_id
from showfloor.media.diagnostics.curves import CHANNELS_MAX, CurveBook, Point
from showfloor.media.diagnostics.source_figures import COLUMNS

log = logging.getLogger(__name__)

FOLDER: Final = "curves"
WRITE_EVERY_S: Final = 30.0
KEPT_S: Final = 30 * 86_400.0
HALF_WRITTEN_S: Final = 60.0  # then its process was killed
FILE_BYTES_MAX: Final = 4 << 20  # two sources of 12 h have less than a third of it
type _Kept = Mapping[str, Mapping[str, Sequence[Point]]]  # by role: fine, coarse


class CurveFiles:
    """A component: reads the curves at the start, and writes those that have grown. `now`: Unix
    time, s."""

    def __init__(
        self, data_dir: Path, book: CurveBook, now: Callable[[], float] = time.time,
        write_every_s: float = WRITE_EVERY_S,
    ) -> None:  # fmt: skip
        self._folder = data_dir / FOLDER
        self._book = book
        self._now = now
        self._write_every_s = write_every_s
        self._writing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        for channel_id, kept in (await asyncio.to_thread(self._read)).items():
            self._book.restore(channel_id, kept)
        self._writing = asyncio.create_task(self._write_on(), name="curves")

    async def stop(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])
        await self._write_changed()

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(self._write_every_s)
            await self._write_changed()

    async def _write_changed(self) -> None:
        changed = self._book.take_changed()
        if changed:
            await asyncio.to_thread(self._write, changed)

    def _write(self, changed: Mapping[str, _Kept]) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for channel_id, kept in changed.items():
                written = self._folder / f"{new_id()}.tmp"  # another process may write, too
                written.write_text(_to_json(kept), "utf-8")
                written.replace(self._folder / f"{channel_id}.json")
            self._latest()
        except OSError as error:  # a full disk: the shows go on
            log.warning("curves_not_written %s", error)

    def _read(self) -> dict[str, _Kept]:
        """Return the curves that are kept, the latest show's last."""
        found: dict[str, _Kept] = {}
        try:
            files = self._latest()
        except OSError as error:
            log.warning("curves_not_read %s", error)
            files = []
        for path in reversed(files):
            try:
                found[path.stem] = _from_json(_text_of(path))
            except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
                log.warning("curves_not_read file=%s %r", path.name, error)
        return found

    def _latest(self) -> list[Path]:
        """Return the files that stay, the latest first; the others are deleted."""
        if not self._folder.is_dir():
            return []
        aged = [(path.stat().st_mtime, path) for path in self._folder.iterdir()]
        oldest, kept = self._now() - KEPT_S, list[Path]()
        for at, path in sorted(aged, reverse=True):
            if path.suffix == ".json" and at >= oldest and len(kept) < CHANNELS_MAX:
                kept.append(path)
            elif path.suffix == ".json" or at < self._now() - HALF_WRITTEN_S:
                with suppress(FileNotFoundError):  # another process was faster
                    path.unlink()
        return kept


def _to_json(kept: _Kept) -> str:
    sources = {
        role: {name: [[one.at_s, *one.values] for one in points] for name, points in lines.items()}
        for role, lines in kept.items()
    }
    return json.dumps({"columns": COLUMNS, "sources": sources}, separators=(",", ":"))


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(FILE_BYTES_MAX + 1)
    if len(raw) > FILE_BYTES_MAX:
        raise ValueError("the file is too large")
    return raw.decode("utf-8")


def _from_json(text: str) -> _Kept:
    """Return the curves of a file, which may have other columns than we; ValueError and the like
    for what is none."""
    told: dict[str, Any] = json.loads(text)
    places = [told["columns"].index(one) + 1 if one in told["columns"] else 0 for one in COLUMNS]
    return {
        str(role): {
            name: [_point(one, places) for one in lines[name]] for name in ("fine", "coarse")
        }
        for role, lines in told["sources"].items()
    }


def _point(told: Sequence[Any], places: Sequence[int]) -> Point:
    values = tuple(told[place] if place else None for place in places)
    if not all(value is None or isinstance(value, int | float) for value in (told[0], *values)):
        raise ValueError("a point has something else than numbers")
    return Point(int(told[0]), values)
