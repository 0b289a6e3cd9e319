"""The verbs of cues: the rundown runs along with the show, one item's turn after the other.

A product's turn puts it on screen in place of the others; a segment's takes products off; other
kinds say what theirs does (`ItemKind.begin`). A cue can be taken back for some seconds, and what
was on screen before it comes back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound, ShowfloorError
from showfloor.shows import cues, queries, rules, rundown_kinds
from showfloor.shows.models import PRODUCT_ITEM, Cue, Highlight, RundownItem, Show, ShowState
from showfloor.shows.plan import plan_rows
from showfloor.shows.services.highlights import (
    close_highlights,
    earliest_picture,
    highlight,
    open_highlights,
    take_down,
)
from showfloor.shows.services.locking import lock, staff_actor
from showfloor.shows.services.plan import find_item
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

TAKE_BACK: Final = timedelta(seconds=30)
DUE_MAX: Final = 200  # shows in one run of the job


@timeline.verb
def reach(
    show: Show, item_id: str, after: str | None, picture_at: datetime | None, by: User,
    *, by_itself: bool = False,
) -> Cue:  # fmt: skip
    """Give the cue of an item, from the picture that the producer saw on. `after`: the id of the
    cue that she saw as the current one (None: none yet); Conflict `cue-moved` when somebody was
    faster, so that two people who press *Next* move on once."""
    with timeline.write():
        locked = lock(show)
        if locked.state != ShowState.LIVE:
            raise Conflict(_("The show is not live."), code="show-not-live")
        current = cues.current(locked)
        if (current.pk if current else None) != after:
            raise Conflict(
                _("The rundown has moved on meanwhile."), code="cue-moved", field="after"
            )
        item = find_item(locked, item_id)
        now = utc_now()
        picture = rules.picture_time(picture_at, now, earliest_picture(locked))
        before = [pk for one in open_highlights(locked) for pk in queries.product_ids_of(one)]
        made = Cue(
            show=locked, item=item, title=_title(locked, item), reached_at=picture, by=by,
            by_itself=by_itself, before=before, created_at=now,
            highlight=_begin(locked, item, picture, by),
        )  # fmt: skip
        made.save(force_insert=True)
        _tell(locked, "cue.given", {**cues.view(made)}, picture, by)
    return made


@timeline.verb
def take_back(show: Show, cue_id: str, picture_at: datetime | None, by: User) -> Cue | None:
    """Take the current cue back and return the one before. What it put on screen goes, unless
    somebody has changed that meanwhile, and what was there before comes back. A poll, or whatever
    else it opened, stays: it has an undo of its own. Conflict when it is too late."""
    with timeline.write():
        locked = lock(show)
        current = cues.current(locked)
        if current is None or current.pk != cue_id:
            raise Conflict(_("The rundown has moved on meanwhile."), code="cue-moved")
        if utc_now() - current.created_at > TAKE_BACK or locked.state != ShowState.LIVE:
            raise Conflict(_("It is too late to take this back."), code="too-late")
        current.taken_back_at = utc_now()
        current.save(update_fields=["taken_back_at"])
        _restore(locked, current, picture_at, by)
        _tell(locked, "cue.taken_back", {"cue_id": current.pk}, None, by)
        return cues.current(locked)


@timeline.verb
def hold(show: Show, cue_id: str, *, held: bool) -> Cue:
    """Let the next cue wait for a person, or come by itself again as planned. NotFound unless it is
    the current one."""
    with timeline.write():
        current = cues.current(lock(show))
        if current is None or current.pk != cue_id:
            raise NotFound(_("The rundown has moved on meanwhile."))
        current.held = held
        current.save(update_fields=["held"])
    return current


def is_any_live() -> bool:
    """Return whether any show runs, of whatever brand."""
    return Show.objects.all_brands().filter(state=ShowState.LIVE).exists()


def reach_due(now: datetime) -> int:
    """Give the cues that come by themselves and whose time it is, of all brands; return their
    number. A cue that is refused (its poll was deleted, say) waits for a person from then on."""
    shows = Show.objects.all_brands().filter(state=ShowState.LIVE, rundown__payload__by_itself=True)
    return sum(_reach_due(show, now) for show in shows.distinct().order_by("pk")[:DUE_MAX])


def _reach_due(show: Show, now: datetime) -> bool:
    current = cues.current(show)
    due = cues.due(current, plan_rows(show), now) if current is not None else None
    if current is None or due is None:
        return False
    by = User.objects.filter(pk=current.by_id).first()
    try:
        if by is not None:
            reach(show, due, current.pk, None, by, by_itself=True)
            return True
        hold(show, current.pk, held=True)
    except Conflict as error:
        if error.code != "cue-moved":
            hold(show, current.pk, held=True)
    except ShowfloorError:
        hold(show, current.pk, held=True)
    return False


def _begin(show: Show, item: RundownItem, picture: datetime, by: User) -> Highlight | None:
    if item.kind == PRODUCT_ITEM and item.product_id is not None:
        return highlight(show, [item.product_id], picture, by)
    kind = rundown_kinds.named(item.kind)
    if kind.begin is not None:
        kind.begin(show, item.payload, picture, by)
    if item.kind == rundown_kinds.SEGMENT:
        entries = close_highlights(show, picture, staff_actor(by))
        if entries:
            timeline.append(show.timeline_id, entries)
    return None


def _restore(show: Show, cue: Cue, picture_at: datetime | None, by: User) -> None:
    on_screen = list(open_highlights(show))
    put = queries.product_ids_of(cue.highlight) if cue.highlight is not None else []
    if [pk for one in on_screen for pk in queries.product_ids_of(one)] != put:
        return  # somebody has changed it since
    if cue.before and (put or _took_down(cue)):
        highlight(show, cue.before[: rules.PRODUCTS_ON_SCREEN_MAX], picture_at, by)
    elif put:
        for one in on_screen:
            take_down(show, one.pk, picture_at, by)


def _took_down(cue: Cue) -> bool:
    return cue.item is not None and cue.item.kind == rundown_kinds.SEGMENT


def _title(show: Show, item: RundownItem) -> str:
    found: Sequence[str] = [row["title"] for row in plan_rows(show) if row["item_id"] == item.pk]
    return found[0][:200] if found else ""


def _tell(
    show: Show, kind: str, body: dict[str, object], picture: datetime | None, by: User
) -> None:
    timeline.append(show.backstage_id, [NewEntry(kind, body, picture, staff_actor(by))])
