"""What can be done to a show. Each verb is one transaction: lock the show, check, write rows and
timeline entries; the followers wake when it commits.

Locks are taken in one order everywhere: show, then timeline (by `append`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import IntegrityError
from django.db.models import Max, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from showfloor.accounts import access_changes
from showfloor.accounts.models import Brand, User, What
from showfloor.catalogue.models import Product
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.kernel.ids import new_id
from showfloor.media import services as media
from showfloor.shows import ending, queries, rules
from showfloor.shows.models import Broadcast, Highlight, Host, RundownItem, Show, ShowState
from showfloor.stock.models import Stock
from showfloor.timeline import cache_invalidation, presence
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

_SLUG_CHARS_MAX = 60  # leaves room for a number behind it
_SLUG_ATTEMPTS = 50
_VARIANTS_IN_QUERY = 500  # an import changes thousands: too many for one statement


@dataclass(frozen=True, slots=True)
class ShowDraft:
    """What a new show is made from."""

    title: str
    description: str = ""
    starts_at: datetime | None = None
    published: bool = True
    is_test: bool = False
    host_ids: Sequence[str] = ()
    product_ids: Sequence[str] = ()
    cover: "File[bytes] | None" = None


@dataclass(frozen=True, slots=True)
class ShowChanges:
    """What to change: only the keys that are there. `cover`: a file, or None to take it away."""

    values: Mapping[str, Any] = field(default_factory=dict)

    FIELDS = frozenset(
        {"title", "description", "starts_at", "published", "is_test", "host_ids", "cover"}
    )

    def __post_init__(self) -> None:
        assert self.values.keys() <= self.FIELDS, f"unknown: {self.values.keys() - self.FIELDS}"


@timeline.verb
def create_show(brand: Brand, draft: ShowDraft) -> Show:
    """A show with its timeline and its way in for media. Its address comes from the title."""
    title = _clean_title(draft.title)
    if draft.starts_at is not None:
        rules.check_start(draft.starts_at, utc_now())
    for _try in range(_SLUG_ATTEMPTS):
        try:
            with timeline.write():
                show = Show(
                    brand=brand,
                    slug=_free_slug(title),
                    title=title,
                    description=_clean_description(draft.description),
                    state=rules.planned_state(draft.starts_at),
                    starts_at=draft.starts_at,
                    published=draft.published,
                    is_test=draft.is_test,
                    timeline=timeline.create(brand),
                    backstage=timeline.create(brand),
                    channel=media.create_channel(brand),
                )
                if draft.cover is not None:
                    show.cover.save(_cover_name(show, draft.cover), draft.cover, save=False)
                show.save()
                show.hosts.set(_hosts(brand, draft.host_ids))
                _write_rundown(show, draft.product_ids)
            return show
        except IntegrityError:  # somebody took the address between the look and the insert
            if not Show.objects.all_brands().filter(slug=_slug(title)).exists():
                raise
    raise Conflict(_("There are too many shows of this name. Choose another title."), field="title")


@timeline.verb
def update_show(show: Show, changes: ShowChanges) -> Show:
    """Change what is announced of a show. A show that has begun keeps its time."""
    values = dict(changes.values)
    with timeline.write():
        locked = _lock(show)
        was_public = rules.is_public(locked.state, published=locked.published)
        if "starts_at" in values:
            _plan(locked, values["starts_at"])
        if "title" in values:
            locked.title = _clean_title(values["title"])
        if "description" in values:
            locked.description = _clean_description(values["description"])
        for name in ("published", "is_test"):
            if name in values:
                setattr(locked, name, values[name])
        if "cover" in values:
            _set_cover(locked, values["cover"])
        locked.save()
        if "host_ids" in values:
            locked.hosts.set(_hosts(locked.brand, values["host_ids"]))
        if was_public:
            announce_hidden(locked)
    return locked


def on_hidden(listener: Callable[[str], object]) -> Callable[[], None]:
    """Call `listener`, on any thread, with the timeline's id of a show that the public may no
    longer see, whichever process hid it; the result ends that."""
    return access_changes.on(What.HIDDEN, lambda change: listener(change.subject))


def announce_hidden(show: Show) -> None:
    """After a change, in its transaction: end the public's connections if it may not see the show
    any more."""
    if not rules.is_public(show.state, published=show.published):
        access_changes.record(What.HIDDEN, show.brand_id, show.timeline_id)
        cache_invalidation.note(show.timeline_id, 1)  # nor may caches in front go on showing it


@timeline.verb
def set_rundown(show: Show, product_ids: Sequence[str]) -> None:
    """The show's products, in order. What was shown stays: its card and its moment need it."""
    with timeline.write():
        locked = _lock(show)
        known = set(queries.rundown_ids(locked))
        _write_rundown(locked, product_ids)
        # Who watches learns of a new product by its stock.
        announce_stock(queries.variant_ids(locked.brand, set(product_ids) - known))


def create_host(brand: Brand, name: str, about: str = "") -> Host:
    """A person on camera whom the brand's shows can name."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise Invalid(_("Give the host a name of at most 80 characters."), field="name")
    host = Host(brand=brand, name=name, about=about.strip()[:200])
    host.save()
    return host


@timeline.verb
def start(show: Show, by: User) -> Show:
    """Go live: from here on viewers get the picture. Only a person does this."""
    with timeline.write():
        locked = _lock(show)
        rules.check_transition(locked.state, ShowState.LIVE)
        now = utc_now()
        locked.state, locked.started_at = ShowState.LIVE, now
        locked.save(update_fields=["state", "started_at"])
        entries = [NewEntry("show.started", {"started_at": iso_ms(now)}, actor=_staff(by))]
        if not _open_broadcasts(locked).exists():
            entries.append(NewEntry("broadcast.lost"))  # started before the encoder: the curtain
        timeline.append(locked.timeline_id, entries)
    return locked


@timeline.verb
def end(show: Show, by: User) -> Show:
    """End a live show, and what is on screen with it. Only a person does this; it is final."""
    with timeline.write():
        locked = _lock(show)
        rules.check_transition(locked.state, ShowState.ENDED)
        now = utc_now()
        locked.state, locked.ended_at = ShowState.ENDED, now
        locked.peak_viewers = max(locked.peak_viewers, presence.read(locked.timeline_id).peak)
        locked.save(update_fields=["state", "ended_at", "peak_viewers"])
        actor = _staff(by)
        entries = _close_highlights(locked, now, actor)
        entries.append(NewEntry("show.ended", {"ended_at": iso_ms(now)}, actor=actor))
        timeline.append(locked.timeline_id, entries)
        ending.announce(locked.timeline_id)
    return locked


@timeline.verb
def highlight(
    show: Show, product_ids: Sequence[str], picture_at: datetime | None, by: User
) -> Highlight:
    """Put one to three products of the rundown on screen, in place of those that are there.

    `picture_at` is the picture the producer was looking at (see `rules.picture_time`). Asking for
    what is on screen already changes nothing.
    """
    wanted = list(product_ids)
    rules.check_on_screen(wanted)
    with timeline.write():
        locked = _lock(show)
        _check_live(locked)
        products = _on_rundown(locked, wanted)
        current = list(_open_highlights(locked))
        if len(current) == 1 and queries.product_ids_of(current[0]) == wanted:
            return current[0]
        picture = rules.picture_time(picture_at, utc_now(), _floor(locked))
        entries = _close_highlights(locked, picture, _staff(by))
        new = Highlight(show=locked, started_at=picture)
        new.save()
        _write_products(new, products)
        body = {
            "highlight_id": new.pk,
            "product_ids": wanted,
            "products": queries.shown_products(locked.brand, products),
        }
        entries.append(NewEntry("highlight.started", body, picture, _staff(by)))
        timeline.append(locked.timeline_id, entries)
    return new


@timeline.verb
def take_down(show: Show, highlight_id: str, picture_at: datetime | None, by: User) -> Highlight:
    """Take a highlight off the screen. One that is off already stays as it is; NotFound for none.

    Undo is the opposite verb: what was taken down is highlighted again, and the other way round.
    """
    with timeline.write():
        locked = _lock(show)
        of_brand = Highlight.objects.for_brand(locked.brand_id)
        found = of_brand.filter(show=locked, pk=highlight_id).first()
        if found is None:
            raise NotFound(_("There is no such highlight."))
        if found.ended_at is not None:
            return found
        picture = rules.picture_time(picture_at, utc_now(), found.started_at)
        found.ended_at = picture
        found.save(update_fields=["ended_at"])
        entry = NewEntry("highlight.ended", {"highlight_id": found.pk}, picture, _staff(by))
        timeline.append(locked.timeline_id, [entry])
    return found


@timeline.verb
def broadcast_opened(show_id: str, encoder: str = "", protocol: str = "rtmp") -> Broadcast:
    """Media comes in. On a live show the curtain goes up; before *Start* it is staff's preview."""
    with timeline.write():
        locked = _lock_id(show_id)
        if locked.state == ShowState.ENDED:
            raise Conflict(_("The show has ended."), code="show-ended")
        now = utc_now()
        _open_broadcasts(locked).update(ended_at=now)  # taken over from a publisher gone silent
        last = Broadcast.objects.for_brand(locked.brand_id).filter(show=locked)
        number = (last.aggregate(last=Max("number"))["last"] or 0) + 1
        broadcast = Broadcast(
            show=locked, number=number, protocol=protocol, encoder=encoder[:120], started_at=now
        )
        broadcast.save()
        if locked.state == ShowState.LIVE:
            timeline.append(locked.timeline_id, [NewEntry("broadcast.back")])
    return broadcast


@timeline.verb
def broadcast_lost(show_id: str, broadcast_id: str | None = None) -> None:
    """Media comes in no more: on a live show the curtain falls. Nothing ends by this.

    With `broadcast_id`, only if that one is still open: the loss of a broadcast that was taken over
    is no news.
    """
    with timeline.write():
        locked = _lock_id(show_id)
        lost = _open_broadcasts(locked)
        if broadcast_id is not None:
            lost = lost.filter(pk=broadcast_id)
        if lost.update(ended_at=utc_now()) and locked.state == ShowState.LIVE:
            timeline.append(locked.timeline_id, [NewEntry("broadcast.lost")])


def recover_after_restart() -> int:
    """Mark the broadcasts that a dead server left open as lost; how many shows had one."""
    open_ones = Broadcast.objects.all_brands().filter(ended_at__isnull=True)
    interrupted = list(open_ones.order_by("show").values_list("show", flat=True).distinct())
    for show_id in interrupted:
        broadcast_lost(show_id)
    return len(interrupted)


def record_peak(timeline_id: str, viewers: int) -> None:
    """Keep the most viewers there were, also across a restart of the server."""
    shows = Show.objects.all_brands().filter(timeline_id=timeline_id, peak_viewers__lt=viewers)
    shows.update(peak_viewers=viewers)


@timeline.verb
def announce_stock(variant_ids: Collection[str]) -> None:
    """Tell the live shows that list these variants how many are left; in the caller's transaction.

    Call it after the stock rows were written. The timelines are taken in the order of their ids.
    """
    changed = set(variant_ids)
    items = RundownItem.objects.all_brands().filter(show__state=ShowState.LIVE)
    stocks = Stock.objects.all_brands().select_related("variant").order_by("variant__sku")
    if len(changed) <= _VARIANTS_IN_QUERY:
        items = items.filter(product__variants__in=changed)
        stocks = stocks.filter(variant__in=changed)
    wanted: dict[str, set[str]] = {}
    places = items.order_by("show__timeline").values_list("show__timeline", "product")
    for timeline_id, product_id in places:
        wanted.setdefault(timeline_id, set()).add(product_id)
    if not wanted:
        return
    listed = stocks.filter(variant__product__in=set().union(*wanted.values()))
    levels = [level for level in listed if level.variant_id in changed]
    with timeline.write():
        for timeline_id, product_ids in wanted.items():
            entries = [
                NewEntry("stock.level", _level(level))
                for level in levels
                if level.variant.product_id in product_ids
            ]
            if entries:
                timeline.append(timeline_id, entries)


# --- what the verbs are made of


def _lock(show: Show) -> Show:
    """The show's row as it is now, kept for this transaction; NotFound when it is gone."""
    return _lock_id(show.pk)


def _lock_id(show_id: str) -> Show:
    locked = queries.by_id(show_id, lock=True)
    if locked is None:
        raise NotFound(_("There is no such show."))
    return locked


def _staff(user: User) -> str:
    return f"u:{user.pk}"


def _level(level: Stock) -> dict[str, Any]:
    variant = level.variant
    return {"variant_id": variant.pk, "sku": variant.sku, "available": level.available}


def _plan(show: Show, starts_at: datetime | None) -> None:
    if show.started_at is not None:
        if starts_at != show.starts_at:
            raise Conflict(_("The show has already begun."), code="show-begun", field="starts_at")
        return
    if starts_at is not None and starts_at != show.starts_at:
        rules.check_start(starts_at, utc_now())
    wanted = rules.planned_state(starts_at)
    if wanted != show.state:
        rules.check_transition(show.state, wanted)
    show.state, show.starts_at = wanted, starts_at


def _clean_description(description: str) -> str:
    description = description.strip()
    if len(description) > 4000:
        raise Invalid(_("Keep the description below 4000 characters."), field="description")
    return description


def _clean_title(title: str) -> str:
    title = " ".join(title.split())
    if not 1 <= len(title) <= 120:
        raise Invalid(_("Give the show a title of at most 120 characters."), field="title")
    return title


def _slug(title: str) -> str:
    return slugify(title)[:_SLUG_CHARS_MAX].strip("-") or "show"


def _free_slug(title: str) -> str:
    slug = _slug(title)
    taken = set(
        Show.objects.all_brands().filter(slug__startswith=slug).values_list("slug", flat=True)
    )
    if slug not in taken:
        return slug
    return next(name for n in range(2, len(taken) + 3) if (name := f"{slug}-{n}") not in taken)


def _cover_name(show: Show, cover: "File[bytes]") -> str:
    ending = (cover.name or "").rpartition(".")[2].lower()
    return f"{show.slug}-{new_id()[-6:]}.{ending or 'jpg'}"


def _set_cover(show: Show, cover: "File[bytes] | None") -> None:
    if cover is None:
        show.cover = ""
    else:
        show.cover.save(_cover_name(show, cover), cover, save=False)


def _hosts(brand: Brand, host_ids: Sequence[str]) -> list[Host]:
    if len(host_ids) > rules.HOSTS_MAX:
        raise Invalid(_("At most %(count)s hosts.") % {"count": rules.HOSTS_MAX}, field="host_ids")
    hosts = list(Host.objects.for_brand(brand).filter(pk__in=host_ids))
    if len(hosts) != len(set(host_ids)):
        raise Invalid(_("One of these hosts does not exist."), field="host_ids")
    return hosts


def _write_rundown(show: Show, product_ids: Sequence[str]) -> None:
    wanted = list(product_ids)
    if len(wanted) > rules.RUNDOWN_MAX:
        raise Invalid(
            _("At most %(count)s products in a show.") % {"count": rules.RUNDOWN_MAX},
            field="product_ids",
        )
    if len(set(wanted)) != len(wanted):
        raise Invalid(_("A product can be in the rundown once."), field="product_ids")
    if Product.objects.for_brand(show.brand_id).filter(pk__in=wanted).count() != len(wanted):
        raise Invalid(_("One of these products does not exist."), field="product_ids")
    shown = Product.objects.for_brand(show.brand_id).filter(
        pk__in=Highlight.products.through._default_manager.filter(highlight__show=show).values(
            "product"
        )
    )
    missing = shown.exclude(pk__in=wanted).first()
    if missing is not None:
        raise Conflict(
            _("%(product)s was shown and stays in the rundown.") % {"product": missing.name},
            code="was-shown", field="product_ids",
        )  # fmt: skip
    items = RundownItem.objects.for_brand(show.brand_id)
    items.filter(show=show).delete()
    items.bulk_create(
        RundownItem(show=show, product_id=pk, position=position)
        for position, pk in enumerate(wanted)
    )


def _check_live(show: Show) -> None:
    if show.state != ShowState.LIVE:
        raise Conflict(_("The show is not live."), code="show-not-live")


def _on_rundown(show: Show, product_ids: list[str]) -> list[Product]:
    """These products of the rundown, in the order asked for; Invalid when one is not in it."""
    items = RundownItem.objects.for_brand(show.brand_id).filter(show=show)
    found = {
        item.product_id: item.product
        for item in items.filter(product__in=product_ids).select_related("product")
    }
    if len(found) != len(product_ids):
        raise Invalid(_("This product is not in the rundown."), field="product_ids")
    return [found[pk] for pk in product_ids]


def _open_broadcasts(show: Show) -> QuerySet[Broadcast]:
    return Broadcast.objects.for_brand(show.brand_id).filter(show=show, ended_at__isnull=True)


def _open_highlights(show: Show) -> QuerySet[Highlight]:
    rows = Highlight.objects.for_brand(show.brand_id).filter(show=show, ended_at__isnull=True)
    return rows.order_by("started_at", "pk")


def _close_highlights(show: Show, picture: datetime, actor: str) -> list[NewEntry]:
    entries = []
    for current in _open_highlights(show):
        current.ended_at = max(picture, current.started_at)
        current.save(update_fields=["ended_at"])
        body = {"highlight_id": current.pk}
        entries.append(NewEntry("highlight.ended", body, current.ended_at, actor))
    return entries


def _floor(show: Show) -> datetime:
    """The earliest picture a new highlight may begin at."""
    assert show.started_at is not None, "a live show has started"
    last = (
        Highlight.objects.for_brand(show.brand_id)
        .filter(show=show)
        .aggregate(started=Max("started_at"), ended=Max("ended_at"))
    )
    known: list[datetime] = [moment for moment in last.values() if moment is not None]
    return max([show.started_at, *known])


def _write_products(one: Highlight, products: list[Product]) -> None:
    through = Highlight.products.through
    through._default_manager.bulk_create(
        through(highlight_id=one.pk, product_id=product.pk) for product in products
    )
