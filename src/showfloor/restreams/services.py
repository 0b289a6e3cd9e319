"""The verbs of restreams: where a show goes, and the destinations themselves.

Each writes a line of the audit log; the line of a show wakes the process that takes the show.
"""

from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _

from showfloor.accounts import sealing
from showfloor.accounts.models import User
from showfloor.community.safety import audit
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.restreams.models import Restream, RestreamDestination
from showfloor.shows import queries as shows
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import services as timeline

DESTINATIONS_MAX: Final = 20  # of a brand
RUNNING_MAX: Final = 10  # of a show
_PURPOSE: Final = "restream-key"


@timeline.verb
def set_restream(show: Show, destination_id: str, is_wanted: bool, by: User) -> None:
    """Send the show to this destination while it is live, or no longer. NotFound; Conflict."""
    with timeline.write():
        destination = _locked(show.brand_id, destination_id)
        locked = shows.by_id(show.pk, lock=True)
        if locked is None or destination is None:
            raise NotFound(_("There is no such destination."))
        rows = Restream.objects.for_brand(show.brand_id).filter(show=locked)
        row = rows.filter(destination=destination).first()
        if is_wanted == (row is not None):
            return
        if row is not None:
            row.delete()
        else:
            _add(locked, destination, rows.count())
        action = "restream.started" if is_wanted else "restream.stopped"
        audit.log(locked, by, action, target=destination.pk, target_name=destination.name)


def _add(show: Show, destination: RestreamDestination, count: int) -> None:
    if show.state == ShowState.ENDED:
        raise Conflict(_("The show has ended."), code="show-ended")
    if count >= RUNNING_MAX:
        told = _("At most %(count)d destinations for one show.") % {"count": RUNNING_MAX}
        raise Conflict(told, code="too-many")
    Restream(show=show, destination=destination).save(force_insert=True)


@timeline.verb
def save_destination(
    destination: RestreamDestination, key: str, by: User, save: Callable[[], None]
) -> None:
    """Store a destination by `save`, with a new key unless it is empty; shows that go there begin
    anew. Conflict when the brand has too many."""
    with timeline.write():
        rows = RestreamDestination.objects.for_brand(destination.brand_id)
        is_new = destination._state.adding
        if is_new and rows.count() >= DESTINATIONS_MAX:
            told = _("At most %(count)d destinations.") % {"count": DESTINATIONS_MAX}
            raise Conflict(told, code="too-many")
        if key:
            destination.sealed_key = sealing.seal(key, _PURPOSE)
        save()
        action = "restream.added" if is_new else "restream.changed"
        _note(destination, action, by)


@timeline.verb
def delete_destination(destination: RestreamDestination, by: User) -> None:
    """Delete a destination; shows that go there stop. A show cannot choose it meanwhile."""
    with timeline.write():
        if _locked(destination.brand_id, destination.pk) is not None:
            _note(destination, "restream.removed", by)
            destination.delete()


def key_of(destination: RestreamDestination) -> str:
    """Return the key, for the process that sends; `sealing.CannotOpen`."""
    return sealing.unseal(destination.sealed_key, _PURPOSE) if destination.sealed_key else ""


def _locked(brand_id: str, destination_id: str) -> RestreamDestination | None:
    """Return the destination's row, locked before those of shows: who deletes it sees every show
    that has chosen it, and nobody chooses one that is gone."""
    rows = RestreamDestination.objects.for_brand(brand_id).select_for_update(of=("self",))
    return rows.filter(pk=destination_id).first()


def _note(destination: RestreamDestination, action: str, by: User) -> None:
    """Write one line for each running show that goes there, which wakes its process, else one of
    the brand."""
    target, name = destination.pk, destination.name
    rows = Restream.objects.for_brand(destination.brand_id).filter(destination=destination)
    ids = sorted(rows.exclude(show__state=ShowState.ENDED).values_list("show_id", flat=True))
    locked = [shows.by_id(show_id, lock=True) for show_id in ids]
    for show in locked:
        if show is not None:
            audit.log(show, by, action, target=target, target_name=name)
    if not ids:
        audit.log_brand(destination.brand, by, action, target=target, target_name=name)
