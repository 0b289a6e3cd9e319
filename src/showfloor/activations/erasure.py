"""The erasure of what people gave: their answers go, and so do their places."""

from datetime import datetime
from typing import Final

from showfloor.accounts.row_deletion import delete_some
from showfloor.activations.kinds import registry
from showfloor.activations.links import CONFIRM_WITHIN
from showfloor.activations.models import Activation, ActivationAnswer
from showfloor.kernel.retention import Keep
from showfloor.timeline import services as timeline


def forget_person(brand_id: str, subject: str) -> int:
    """Delete one person's answers, each point in a transaction of its own; how many."""
    given = ActivationAnswer.objects.for_brand(brand_id).filter(person=subject)
    ids = given.order_by("activation").values_list("activation", flat=True).distinct()
    return sum(_forget_in(pk, subject) for pk in list(ids))


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
    old = ActivationAnswer.objects.all_brands().filter(given_at__lt=before)
    return delete_some(old.order_by("given_at"), limit)


def _forget_unconfirmed(before: datetime, limit: int) -> int:
    """Delete sign-ups whose address nobody has confirmed: it may be somebody else's."""
    old = ActivationAnswer.objects.all_brands().filter(
        given_at__lt=before, confirmed_at__isnull=True, activation__kind__in=registry.confirming()
    )
    return delete_some(old.order_by("given_at"), limit)


KEPT: Final = (
    Keep("activation_answers", 365, _forget_old, every_s=3600.0),
    Keep("unconfirmed_sign_ups", CONFIRM_WITHIN.days, _forget_unconfirmed, every_s=3600.0),
)
