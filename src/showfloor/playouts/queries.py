"""The files that a brand can play, and those that shows play now."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from showfloor.accounts.models import Brand
from showfloor.media import services as media
from showfloor.media.files.ports import FilePlace
from showfloor.playouts import rules
from showfloor.playouts.models import Playout
from showfloor.replays.models import FileKind, FileState, ReplayFile, replay_files
from showfloor.shows.models import Show, ShowState

SOURCES_MAX: Final = 200  # of each kind
PLACES_MAX: Final = 100
_FOLDER: Final = "as-live"
_FILE, _REPLAY = "file:", "replay:"


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `id`: how a form names it. One that has moved to the store of objects is not
    `is_here`: it can't be played."""

    id: str
    name: str
    path: Path
    is_here: bool = True


def folder(brand: Brand) -> Path:
    """Return the folder into which a brand's files are put, on the server."""
    return Path(settings.SHOWFLOOR.data_dir) / _FOLDER / brand.slug


def sources(brand: Brand) -> Sequence[Source]:
    """Return the brand's files in its folder, by name, and the MP4s of its replays, the newest
    first."""
    return [*_in_folder(brand)[:SOURCES_MAX], *_replays(brand)]


def source(brand: Brand, source_id: str) -> Source | None:
    """Return one of the brand's files, also one beyond those that are offered."""
    kind, _colon, name = source_id.partition(":")
    if kind + ":" == _REPLAY:
        return next(iter(_replays(brand, name)), None)
    path = folder(brand) / name
    is_file = kind + ":" == _FILE and path.name == name and _is_film(path)
    return Source(source_id, name, path) if is_file else None


def needed_files() -> list[str]:
    """Return the ids of the replays' files that shows play, or will play."""
    rows = Playout.objects.all_brands().filter(source__startswith=_REPLAY)
    found = rows.exclude(show__state=ShowState.ENDED).values_list("source", flat=True)
    return [one.removeprefix(_REPLAY) for one in found]


def of_show(show: Show) -> Playout | None:
    return Playout.objects.for_brand(show.brand_id).filter(show=show).first()


def places() -> list[FilePlace]:
    """Return the files that live shows play, as far as they are there."""
    rows = Playout.objects.all_brands().filter(show__state=ShowState.LIVE)
    found = []
    for row in rows.select_related("show__brand", "show__channel").order_by("pk")[:PLACES_MAX]:
        played, key = source(row.show.brand, row.source), media.stream_key(row.show.channel)
        if played is not None and played.is_here and key is not None:
            found.append(
                FilePlace(
                    row.show.channel_id, str(played.path), row.name, row.duration_ms / 1000, key
                )
            )
    return found


def _in_folder(brand: Brand) -> list[Source]:
    try:
        names = sorted(one.name for one in folder(brand).iterdir() if _is_film(one))
    except OSError:  # nobody has made it
        return []
    return [Source(_FILE + name, name, folder(brand) / name) for name in names]


def _is_film(path: Path) -> bool:
    return path.suffix.lower() in rules.ENDINGS and path.is_file()


def _replays(brand: Brand, file_id: str = "") -> list[Source]:
    rows = ReplayFile.objects.for_brand(brand).filter(
        kind=FileKind.VIDEO, state=FileState.READY, clip=None
    )
    if file_id:
        rows = rows.filter(pk=file_id)
    rows = rows.select_related("show").order_by("-created_at", "-pk")[:SOURCES_MAX]
    return [
        Source(
            _REPLAY + one.pk,
            one.show.title,
            Path(replay_files().path(one.name)),
            is_here=not one.is_stored,
        )
        for one in rows
    ]
