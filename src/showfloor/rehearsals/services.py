"""The verbs of rehearsals. Locks: the rehearsal's row alone."""

from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.tokens import Claims
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound, ShowfloorError
from showfloor.rehearsals import queries, rules
from showfloor.rehearsals.models import UNDER_WAY, Rehearsal, RehearsalState
from showfloor.rehearsals.ports import casts
from showfloor.rehearsals.rules import Figures
from showfloor.shows import services as shows
from showfloor.shows.models import Show, ShowState
from showfloor.shows.watched_show import is_cast

_UNMADE_FOR = timedelta(minutes=2)  # its show takes a second


def begin(show: Show, viewers: int, minutes: int, by: User) -> Rehearsal:
    """Begin a rehearsal: its hidden show is made, and on air at once. The cast comes by a job.
    Invalid (`viewers`, `minutes`), Conflict for a show that has begun, and where the brand has a
    rehearsal under way."""
    rules.check_wanted(viewers, minutes)
    rules.check_may_rehearse(show.state, is_rehearsal=show.rehearses_id is not None)
    made = Rehearsal(
        brand_id=show.brand_id, of=show, begun_by=by, viewers=viewers, minutes=minutes,
        created_at=utc_now(), left=queries.goods_of(show),
    )  # fmt: skip
    try:
        _insert(made)
    except IntegrityError:
        raise Conflict(
            _("A rehearsal of this brand is under way: end it first."), code="rehearsal-under-way"
        ) from None
    try:
        _change(made, show=shows.make_rehearsal_show(show))
        assert made.show is not None
        made.show = shows.start(made.show, by)
    except ShowfloorError:
        _fail(made.pk)
        raise
    return made


def stop(rehearsal: Rehearsal, by: User) -> None:
    """Send the cast home, and end the hidden show. Again changes nothing."""
    _change(rehearsal, is_stop_asked=True)
    show = rehearsal.show
    if show is not None and show.state == ShowState.LIVE:
        shows.end(show, by)
    _call_off(rehearsal)


@verb
def _call_off(rehearsal: Rehearsal) -> None:
    """End a rehearsal for which no cast has come yet."""
    with write():
        _rows_of(rehearsal).filter(state=RehearsalState.WAITING).update(
            state=RehearsalState.OVER, ended_at=utc_now()
        )


@verb
def buy(show: Show, viewer: Claims, sku: str, card: str) -> None:
    """Let one of the cast buy a unit at the till: nothing but the till changes. NotFound for people
    who are not of this cast; see `rules.bought`."""
    if not is_cast(show.pk, viewer.traits):
        raise NotFound(_("There is no such show."))
    with write():
        rows = Rehearsal.objects.for_brand(show.brand_id).filter(show=show)
        row = rows.select_for_update(of=("self",)).first()
        if row is None or row.state != RehearsalState.RUNNING:
            raise Conflict(_("The rehearsal is over."), code="rehearsal-over")
        row.left = rules.bought(row.left, sku, card)
        row.sold = {**row.sold, sku: row.sold.get(sku, 0) + 1}
        row.save(update_fields=["left", "sold"])


def send_casts(now: datetime | None = None) -> int:
    """Send the cast of the rehearsal that has waited longest, one at a time on a machine; give up
    those whose cast has gone silent. Return how many were sent."""
    now = now or utc_now()
    every = Rehearsal.objects.all_brands()
    if not every.filter(state__in=UNDER_WAY).exists():
        return 0
    _give_up(now)
    if every.filter(state=RehearsalState.RUNNING).exists():
        return 0
    on_air = every.filter(state=RehearsalState.WAITING, show__state=ShowState.LIVE)
    first = on_air.order_by("created_at", "pk").first()
    if first is None or not _take(first, now):
        return 0
    try:
        casts().send(first.pk)
    except (OSError, ShowfloorError):
        _fail(first.pk)
        raise
    return 1


@verb
def _give_up(now: datetime) -> None:
    """Fail those whose cast has gone silent, and those whose show was never made or has ended."""
    every, failed = Rehearsal.objects.all_brands(), RehearsalState.FAILED
    silent = every.filter(state=RehearsalState.RUNNING, touched_at__lt=now - rules.SILENT_AFTER)
    unmade = every.filter(state=RehearsalState.WAITING, created_at__lt=now - _UNMADE_FOR)
    with write():
        silent.update(state=failed, ended_at=now)
        unmade.exclude(show__state=ShowState.LIVE).update(state=failed, ended_at=now)


@verb
def report(rehearsal_id: str, figures: Figures) -> bool:
    """Keep what the cast tells of itself; return whether it shall go on."""
    with write():
        rows = Rehearsal.objects.all_brands().filter(pk=rehearsal_id, state=RehearsalState.RUNNING)
        rows.update(figures=figures.as_json(), touched_at=utc_now())
        return rows.filter(is_stop_asked=False).exists()


@verb
def finish(rehearsal_id: str, figures: Figures, *, failed: bool) -> None:
    """Note that the cast has left. Again changes nothing."""
    state = RehearsalState.FAILED if failed else RehearsalState.OVER
    with write():
        Rehearsal.objects.all_brands().filter(pk=rehearsal_id, state=RehearsalState.RUNNING).update(
            figures=figures.as_json(), state=state, ended_at=utc_now()
        )


@verb
def _insert(made: Rehearsal) -> None:
    with write():
        made.save(force_insert=True)


@verb
def _take(waiting: Rehearsal, now: datetime) -> bool:
    with write():
        rows = _rows_of(waiting).filter(state=RehearsalState.WAITING)
        changed = rows.update(state=RehearsalState.RUNNING, started_at=now, touched_at=now)
    return bool(changed)


@verb
def _fail(rehearsal_id: str) -> None:
    with write():
        Rehearsal.objects.all_brands().filter(pk=rehearsal_id).update(
            state=RehearsalState.FAILED, ended_at=utc_now()
        )


@verb
def _change(rehearsal: Rehearsal, **values: object) -> None:
    for name, value in values.items():
        setattr(rehearsal, name, value)
    with write():
        rehearsal.save(update_fields=list(values))


def _rows_of(rehearsal: Rehearsal) -> QuerySet[Rehearsal]:
    return Rehearsal.objects.for_brand(rehearsal.brand_id).filter(pk=rehearsal.pk)
