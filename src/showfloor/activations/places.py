"""The places of points: they are counted under the lock of the point's row, and told to viewers."""

from collections.abc import Iterable, Mapping

from showfloor.activations import queries
from showfloor.activations.models import Activation, ActivationState
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


def lock(activation_ids: Iterable[str]) -> list[Activation]:
    """Return points with their shows, locked in the order of their ids."""
    rows = Activation.objects.all_brands().filter(pk__in=set(activation_ids)).order_by("pk")
    return list(rows.select_related("show").select_for_update(of=("self",), no_key=True))


def free(points: Iterable[Activation], places: Mapping[str, int]) -> None:
    """Give places of locked points back (by the point's id), once their answers count no more, and
    tell the viewers of those that are open. Timelines are locked in their order."""
    freed = [one for one in points if places.get(one.pk)]
    for one in sorted(freed, key=lambda one: one.show.timeline_id):
        one.taken -= places[one.pk]
        one.save(update_fields=["taken"])
        if one.state == ActivationState.OPEN:
            entry = NewEntry("activation.taken", queries.taken(one))
            timeline.append(one.show.timeline_id, [entry])
