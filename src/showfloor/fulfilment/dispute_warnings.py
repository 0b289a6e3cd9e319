"""Warnings of disputes: owners and clerks get a mail when one opens, and again before its deadline.

The buyer's bank decides against a brand that does not answer in time.
"""

from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext_lazy

from showfloor.accounts.models import Role, StaffRole, User
from showfloor.accounts.transactions import verb
from showfloor.checkout.models import Order, Payment, PaymentState
from showfloor.checkout.services import orders
from showfloor.fulfilment import history, mails, rules
from showfloor.fulfilment.history import HistoryKind
from showfloor.fulfilment.mails import MailKind
from showfloor.fulfilment.models import OrderEvent
from showfloor.stock import services as stock

WARNED = "dispute-warned"
BATCH = 200  # open disputes in one round, those with the nearest deadline first
STAFF_MAX = 20  # of a brand, who are told

history.register(
    HistoryKind(
        WARNED, gettext_lazy("Warned of the dispute"),
        lambda _order, detail: str(detail.get("to", "")), "notifications",
    )
)  # fmt: skip


class Stage(StrEnum):
    OPENED = "opened"
    SOON = "soon"


def warn_due(now: datetime) -> int:
    """Warn of open disputes, each once when it opens and once before its deadline; return how many
    orders were warned of."""
    open_disputes = Payment.objects.all_brands().filter(
        state=PaymentState.DISPUTED, dispute_due_at__gt=now, checkout__order__isnull=False
    )
    rows = open_disputes.select_related("checkout__order").order_by("dispute_due_at", "pk")
    return sum(_warn(payment.checkout.order, payment.pk, now) for payment in rows[:BATCH])


@verb
def _warn(order: Order, payment_id: str, now: datetime) -> bool:
    with stock.writing():
        order = orders.lock(order)
        payment = Payment.objects.for_brand(order.brand_id).get(pk=payment_id)
        due = payment.dispute_due_at
        if due is None:
            return False
        stage = Stage.SOON if due - now <= rules.DISPUTE_SOON else Stage.OPENED
        told = OrderEvent.objects.for_brand(order.brand_id).filter(order=order, kind=WARNED)
        known = {(one["due"], one["stage"]) for one in told.values_list("detail", flat=True)}
        if (due.isoformat(), stage) in known:
            return False
        for person in _staff(order.brand_id):
            event = history.add(
                order, WARNED, now, due=due.isoformat(), stage=stage.value, to=person.email,
                amount=payment.disputed,
            )  # fmt: skip
            mails.queue_for_staff(order, MailKind.DISPUTE, event, person.email, now)
    return True


def _staff(brand_id: str) -> list[User]:
    roles = StaffRole.objects.for_brand(brand_id).filter(
        role__in=[Role.OWNER, Role.CLERK], user__is_active=True
    )
    return [row.user for row in roles.select_related("user").order_by("pk")[:STAFF_MAX]]
