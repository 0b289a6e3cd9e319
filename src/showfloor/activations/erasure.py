"""The erasure of what people gave: their answers go, and so do their places."""

from datetime import datetime
from typing import Final

from django.db.models import F, QuerySet

from showfloor.activations import queries
from showfloor.activations.kinds import registry
from showfloor.activations.links import CONFIRM_WITHIN
from showfloor.activations.models import Activation, ActivationAnswer
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
        rows = Activation.objects.all_brands().filter(pk=activation_id)
        point = rows.select_for_update(of=("self",), no_key=True).get()
        answers = ActivationAnswer.objects.all_brands().filter(activation=point, person=subject)
        point.taken -= answers.filter(cancelled_at__isnull=True).count()
        point.save(update_fields=["taken"])
        count: int = answers.delete()[0]
    return count


def _forget_old(before: datetime, limit: int) -> int:
    return _forget_some(ActivationAnswer.objects.all_brands().filter(given_at__lt=before), limit)


def _forget_unconfirmed(before: datetime, limit: int) -> int:
    """Delete sign-ups whose address nobody has confirmed: it may be somebody else's."""
    old = ActivationAnswer.objects.all_brands().filter(
        given_at__lt=before, confirmed_at__isnull=True, activation__kind__in=registry.confirming()
    )
    return _forget_some(old, limit)


@timeline.verb
def _forget_some(rows: QuerySet[ActivationAnswer], limit: int) -> int:
    """Delete the oldest of these answers, at most `limit`, and count their points anew; how many.
    A row that has changed meanwhile, so that it is none of these, stays."""
    with timeline.write():
        found = dict(rows.order_by("given_at").values_list("pk", "activation")[:limit])
        points = Activation.objects.all_brands().filter(pk__in=set(found.values())).order_by("pk")
        locked = list(points.select_for_update(of=("self",), no_key=True))
        rows.filter(pk__in=list(found)).delete()
        for one in locked:
            one.taken = queries.standing().filter(activation=one).count()
            one.save(update_fields=["taken"])
    return len(found)


KEPT: Final = (
    Keep("activation_answers", 365, _forget_old, every_s=3600.0),
    Keep("unconfirmed_sign_ups", CONFIRM_WITHIN.days, _forget_unconfirmed, every_s=3600.0),
)
