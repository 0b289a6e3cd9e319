"""The erasure of what people gave: their answers go, and so do their places."""

from collections import Counter
from datetime import datetime
from typing import Final

from django.db.models import F

from showfloor.activations import places
from showfloor.activations.kinds import registry
from showfloor.activations.links import CONFIRM_WITHIN
from showfloor.activations.models import ActivationAnswer
from showfloor.kernel.retention import Keep
from showfloor.timeline import services as timeline


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
        (point,) = places.lock([activation_id])
        answers = ActivationAnswer.objects.all_brands().filter(activation=point, person=subject)
        freed = answers.filter(cancelled_at__isnull=True).count()
        count: int = answers.delete()[0]
        places.free([point], {point.pk: freed})
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
        points = places.lock(found.values())
        gone = list(old.filter(pk__in=list(found)).select_for_update(of=("self",)))
        ActivationAnswer.objects.all_brands().filter(pk__in=[one.pk for one in gone]).delete()
        places.free(points, Counter(one.activation_id for one in gone if one.cancelled_at is None))
    return len(found)


KEPT: Final = (
    Keep("activation_answers", 365, _forget_old, every_s=3600.0),
    Keep("unconfirmed_sign_ups", CONFIRM_WITHIN.days, _forget_unconfirmed, every_s=3600.0),
)
