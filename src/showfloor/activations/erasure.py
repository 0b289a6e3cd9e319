"""The erasure of what people gave: their answers go, and so do their places."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import F

from showfloor.activations import queries
from showfloor.activations.kinds import registry
from showfloor.activations.links import CONFIRM_WITHIN
from showfloor.activations.models import Activation, ActivationAnswer, ActivationState
from showfloor.kernel.retention import Keep
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


def forget_person(brand_id: str, subject: str) -> int:
    """Delete one person's answers, each point in a transaction of its own; how many."""
    given = ActivationAnswer.objects.for_brand(brand_id).filter(person=subject)
    ids = given.order_by("activation").values_list("activation", flat=True).distinct()
    count = sum(_forget_in(pk, subject) for pk in list(ids))
    _forget_guest(brand_id, subject)
    return count


@timeline.verb
def _forget_guest(brand_id: str, subject: str) -> None:
    """Let what a guest has handed over be the account's alone."""
    with timeline.write():
        rows = ActivationAnswer.objects.for_brand(brand_id).filter(answered_by=subject)
        rows.update(answered_by=F("person"))


@timeline.verb
def _forget_in(activation_id: str, subject: str) -> int:
    with timeline.write():
        (point,) = _locked([activation_id])
        answers = ActivationAnswer.objects.all_brands().filter(activation=point, person=subject)
        places = answers.filter(cancelled_at__isnull=True).count()
        count: int = answers.delete()[0]
        _free([point], {point.pk: places})
    return count


@timeline.verb
def _forget_old(before: datetime, limit: int) -> int:
    """Delete the oldest answers. Their places stay taken: what they booked was handed out."""
    with timeline.write():
        rows = ActivationAnswer.objects.all_brands()
        old = rows.filter(given_at__lt=before).order_by("given_at").values_list("pk", flat=True)
        count: int = rows.filter(pk__in=list(old[:limit])).delete()[0]
    return count


@timeline.verb
def _forget_unconfirmed(before: datetime, limit: int) -> int:
    """Delete sign-ups whose address nobody has confirmed, and give their places back: it may be
    somebody else's. One that is confirmed meanwhile stays."""
    old = ActivationAnswer.objects.all_brands().filter(
        given_at__lt=before, confirmed_at__isnull=True, activation__kind__in=registry.confirming()
    )
    with timeline.write():
        found = dict(old.order_by("given_at").values_list("pk", "activation")[:limit])
        points = _locked(found.values())
        gone = list(old.filter(pk__in=list(found)).select_for_update(of=("self",)))
        ActivationAnswer.objects.all_brands().filter(pk__in=[one.pk for one in gone]).delete()
        _free(points, Counter(one.activation_id for one in gone if one.cancelled_at is None))
    return len(found)


def _locked(activation_ids: Iterable[str]) -> list[Activation]:
    rows = Activation.objects.all_brands().filter(pk__in=set(activation_ids)).order_by("pk")
    return list(rows.select_related("show").select_for_update(of=("self",), no_key=True))


def _free(points: Iterable[Activation], places: Mapping[str, int]) -> None:
    """Give places of locked points back (by the point's id), once their answers are gone, and tell
    the viewers of those that are open. Timelines are locked in their order."""
    freed = [one for one in points if places.get(one.pk)]
    for one in sorted(freed, key=lambda one: one.show.timeline_id):
        one.taken -= places[one.pk]
        one.save(update_fields=["taken"])
        if one.state == ActivationState.OPEN:
            entry = NewEntry("activation.taken", queries.taken(one))
            timeline.append(one.show.timeline_id, [entry])


KEPT: Final = (
    Keep("activation_answers", 365, _forget_old, every_s=3600.0),
    Keep("unconfirmed_sign_ups", CONFIRM_WITHIN.days, _forget_unconfirmed, every_s=3600.0),
)
