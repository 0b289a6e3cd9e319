"""Reading clips and files: for their pages, the console and the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypedDict

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Product
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.errors import NotFound
from showfloor.media.packaging.mp4_file import Chapter
from showfloor.media.recording.cut import Cut
from showfloor.replays import stored_files
from showfloor.replays.models import Clip, FileKind, FileShape, FileState, ReplayFile, replay_files
from showfloor.shows import rules as show_rules
from showfloor.shows.models import Highlight, OpenTo, Show, ShowState

EPISODES_MAX: Final = 300  # of one feed


class ClipView(TypedDict):
    """A clip. Times are show time, s; `playlist` is below the show's media, for `hls_url` of a pass
    or `/hls/<show>/`."""

    clip_id: str
    title: str
    start_s: float
    end_s: float
    views: int
    path: str  # of its page
    playlist: str
    product_ids: list[str]


class FileView(TypedDict):
    """A file that is made of the recording; `clip_id` null: of the whole show."""

    file_id: str
    clip_id: str | None
    kind: str
    shape: str
    captions: str  # the language of those in the picture; empty: none
    state: str
    percent: int
    bytes: int
    failure: str


def clips_of(show: Show) -> list[Clip]:
    rows = Clip.objects.for_brand(show.brand_id).filter(show=show)
    return list(rows.select_related("show"))


def clip_to_show(clip_id: str) -> Clip:
    """Return a clip of a show that everybody may know of, with its show and brand; NotFound. Ask
    `shows.permissions` who may watch it."""
    rows = Clip.objects.all_brands().select_related("show__brand", "show__channel")
    clip = rows.filter(pk=clip_id).first()
    if clip is None or clip.show.recording_deleted_at is not None:
        raise NotFound(_("There is no such clip."))
    return clip


def clip_view(clip: Clip) -> ClipView:
    started_at = clip.show.started_at
    assert started_at is not None, "a show with clips has started"
    return {
        "clip_id": clip.pk,
        "title": clip.title,
        "start_s": show_rules.show_time_s(started_at, clip.starts_at),
        "end_s": show_rules.show_time_s(started_at, clip.ends_at),
        "views": clip.views,
        "path": f"/clips/{clip.pk}",
        "playlist": playlist_of(clip),
        "product_ids": [product.pk for product in products_of(clip)],
    }


def playlist_of(clip: Clip) -> str:
    """Return the way to the clip's playlist from the address of its show's media."""
    start, end = (round(at.timestamp() * 1000) for at in (clip.starts_at, clip.ends_at))
    return f"cut/{start}-{end}/index.m3u8"


def products_of(clip: Clip) -> list[Product]:
    """Return the products on screen during the clip, in the order of their pictures."""
    products: dict[str, Product] = {}
    for one in _highlights(clip.show, clip.starts_at, clip.ends_at):
        products |= {product.pk: product for product in one.products.all()}
    return list(products.values())


def chapters(show: Show, cut: Cut, start: datetime, end: datetime) -> list[Chapter]:
    """Return a chapter for each highlight of a range, at its place in the media."""
    found = [Chapter(0.0, show.title)]
    for one in _highlights(show, start, end):
        names = ", ".join(product.name for product in one.products.all())
        found.append(Chapter(cut.place_of(one.started_at), names))
    return found


def _highlights(show: Show, start: datetime, end: datetime) -> Iterable[Highlight]:
    rows = Highlight.objects.for_brand(show.brand_id).filter(show=show, started_at__lt=end)
    rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=start))
    return rows.order_by("started_at", "pk").prefetch_related("products")


def files_of(show: Show) -> list[ReplayFile]:
    return list(ReplayFile.objects.for_brand(show.brand_id).filter(show=show))


def file_view(file: ReplayFile) -> FileView:
    return {
        "file_id": file.pk,
        "clip_id": file.clip_id,
        "kind": file.kind,
        "shape": file.shape,
        "captions": file.captions,
        "state": file.state,
        "percent": file.percent,
        "bytes": file.bytes,
        "failure": file.failure,
    }


def podcast_files(brand: Brand, at_most: int = EPISODES_MAX) -> list[ReplayFile]:
    """Return the podcast audio of the brand's replays that are open to everyone, with their shows,
    the newest first."""
    rows = _podcast().filter(show__brand=brand).order_by("-show__started_at", "-pk")
    return list(rows[:at_most])


def podcast_file(slug: str, file_id: str) -> ReplayFile:
    """Return one of these; NotFound for any other file, whoever asks."""
    file = _podcast().filter(show__slug=slug, pk=file_id).first()
    if file is None:
        raise NotFound(_("There is no such file."))
    return file


def _podcast() -> QuerySet[ReplayFile]:
    return ReplayFile.objects.all_brands().select_related("show", "clip").filter(
        kind=FileKind.SOUND, clip=None, state=FileState.READY,
        show__state=ShowState.ENDED, show__published=True, show__is_test=False,
        show__rehearses=None, show__open_to=OpenTo.EVERYONE, show__recording_deleted_at=None,
    )  # fmt: skip


def ready_file(show: Show, file_id: str) -> tuple[Any, str]:
    """Return a file and the name under which staff get it: open, or the address in the store of
    objects. NotFound while it is not ready."""
    row = ReplayFile.objects.for_brand(show.brand_id).filter(show=show, pk=file_id)
    file = row.filter(state=FileState.READY).select_related("clip", "show").first()
    if file is None:
        raise NotFound(_("There is no such file."))
    return opened(file)


def opened(file: ReplayFile) -> tuple[Any, str]:
    """Return the same of a file that is ready, known with its show and clip."""
    ending = file.name.rpartition(".")[2]
    title = (
        f"{file.show.slug}-{iso_ms(file.clip.starts_at)[11:19]}" if file.clip else file.show.slug
    )
    variant = "-portrait" if file.shape == FileShape.PORTRAIT else ""
    variant += f"-{file.captions}" if file.captions else ""
    name = f"{title.replace(':', '')}{variant}.{ending}"
    if file.is_stored:
        return stored_files.download_url(file, name), name
    if not replay_files().exists(file.name):
        raise NotFound(_("There is no such file."))
    return replay_files().open(file.name), name
