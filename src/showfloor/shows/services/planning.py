"""The verbs that plan a show: make it, change what is announced of it, name its hosts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import IntegrityError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.ids import new_id
from showfloor.media import services as media
from showfloor.shows import rules
from showfloor.shows.models import AiMade, Host, OpenTo, Show, ShowState
from showfloor.shows.services.locking import lock
from showfloor.shows.services.rundown import write_rundown
from showfloor.shows.services.visibility import (
    announce_hidden,
    check_may_be_public,
    check_tickets_are_sold,
)
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

TITLE_CHARS_MAX = 120
TELEPROMPTER_CHARS_MAX = 20_000  # 25 minutes of speech
_SLUG_CHARS_MAX = 60  # leaves room for a number behind it
_SLUG_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class ShowDraft:
    """The values of a new show."""

    title: str
    description: str = ""
    teleprompter: str = ""
    starts_at: datetime | None = None
    published: bool = True
    open_to: str = OpenTo.EVERYONE
    is_test: bool = False
    has_live_edge: bool = False
    evens_loudness: bool = False
    ai_made: str = AiMade.NOTHING
    host_ids: Sequence[str] = ()
    product_ids: Sequence[str] = ()
    cover: "File[bytes] | None" = None
    rehearses: Show | None = None


@dataclass(frozen=True, slots=True)
class ShowChanges:
    """The fields to change; a field without a key stays. `cover`: a file, or None to remove it."""

    values: Mapping[str, Any] = field(default_factory=dict)

    FIELDS = frozenset(
        {
            "title",
            "description",
            "teleprompter",
            "starts_at",
            "published",
            "open_to",
            "is_test",
            "has_live_edge",
            "evens_loudness",
            "ai_made",
            "host_ids",
            "cover",
        }
    )

    def __post_init__(self) -> None:
        assert self.values.keys() <= self.FIELDS, f"unknown: {self.values.keys() - self.FIELDS}"


@timeline.verb
def create_show(brand: Brand, draft: ShowDraft) -> Show:
    """Make a show with its timelines and its media channel. Its address comes from the title."""
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
                    teleprompter=_clean_teleprompter(draft.teleprompter),
                    state=rules.planned_state(draft.starts_at),
                    starts_at=draft.starts_at,
                    published=draft.published,
                    open_to=_clean_open_to(draft.open_to),
                    is_test=draft.is_test,
                    has_live_edge=draft.has_live_edge,
                    evens_loudness=draft.evens_loudness,
                    ai_made=_clean_ai_made(draft.ai_made),
                    rehearses=draft.rehearses,
                    timeline=timeline.create(brand),
                    backstage=timeline.create(brand),
                    channel=media.create_channel(brand),
                )
                if draft.cover is not None:
                    show.cover.save(_cover_name(show, draft.cover), draft.cover, save=False)
                check_may_be_public(show)
                show.save()
                show.hosts.set(_hosts(brand, draft.host_ids))
                write_rundown(show, draft.product_ids)
            return show
        except IntegrityError:  # another show took the address between the look and the insert
            if not Show.objects.all_brands().filter(slug=_slug(title)).exists():
                raise
    raise Conflict(_("There are too many shows of this name. Choose another title."), field="title")


@timeline.verb
def update_show(show: Show, changes: ShowChanges) -> Show:
    """Change the announcement of a show. A show that has begun keeps its time."""
    values = dict(changes.values)
    with timeline.write():
        locked = lock(show)
        was_public = rules.is_public(locked.state, published=locked.published)
        was_open_to, was_ai_made = locked.open_to, locked.ai_made
        was_announced = was_public and not locked.is_test
        _set_values(locked, values)
        opens_otherwise = locked.open_to != was_open_to
        if not was_announced:
            check_may_be_public(locked)
        elif opens_otherwise:
            check_tickets_are_sold(locked)
        locked.save()
        if locked.ai_made != was_ai_made:
            timeline.append(locked.timeline_id, [ai_label(locked)])
        if "host_ids" in values:
            locked.hosts.set(_hosts(locked.brand, values["host_ids"]))
        is_public = rules.is_public(locked.state, published=locked.published)
        if was_public and (opens_otherwise or not is_public):
            announce_hidden(locked)
    return locked


def ai_label(show: Show) -> NewEntry:
    """Return the entry that tells what artificial intelligence makes in a show."""
    return NewEntry("show.ai_labelled", {"ai_made": show.ai_made})


def _set_values(show: Show, values: Mapping[str, Any]) -> None:
    if "starts_at" in values:
        _plan(show, values["starts_at"])
    if "title" in values:
        show.title = _clean_title(values["title"])
    if "description" in values:
        show.description = _clean_description(values["description"])
    if "teleprompter" in values:
        show.teleprompter = _clean_teleprompter(values["teleprompter"])
    for name in ("published", "is_test", "has_live_edge", "evens_loudness"):
        if name in values:
            setattr(show, name, values[name])
    if "ai_made" in values:
        _label(show, values["ai_made"])
    if "open_to" in values:
        show.open_to = _clean_open_to(values["open_to"])
    if "cover" in values:
        _set_cover(show, values["cover"])


def create_host(brand: Brand, name: str, about: str = "") -> Host:
    """Make a host: a person on camera whom the brand's shows can name."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise Invalid(_("Give the host a name of at most 80 characters."), field="name")
    host = Host(brand=brand, name=name, about=about.strip()[:200])
    host.save()
    return host


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


def _clean_teleprompter(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()  # forms send both characters
    if len(text) > TELEPROMPTER_CHARS_MAX:
        raise Invalid(
            _("Keep the teleprompter's text below %(count)d characters.")
            % {"count": TELEPROMPTER_CHARS_MAX},
            field="teleprompter",
        )
    return text


def _clean_title(title: str) -> str:
    title = " ".join(title.split())
    if not 1 <= len(title) <= TITLE_CHARS_MAX:
        raise Invalid(_("Give the show a title of at most 120 characters."), field="title")
    return title


def _clean_open_to(open_to: str) -> str:
    if open_to not in OpenTo.values:
        raise Invalid(
            _("Choose who may watch: everyone, members, or people with a ticket."), field="open_to"
        )
    return open_to


def _label(show: Show, ai_made: str) -> None:
    show.ai_made = _clean_ai_made(ai_made)
    if show.state == ShowState.LIVE:
        show.ai_made_live = rules.both_ai_made(show.ai_made_live, show.ai_made)


def _clean_ai_made(ai_made: str) -> str:
    if ai_made not in AiMade.values:
        raise Invalid(
            _("Choose what artificial intelligence makes: the host, the voice, both, or nothing."),
            field="ai_made",
        )
    return ai_made


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
