"""Returns by line: a buyer announces units with a reason and gets a slip, a clerk receives them.

The units of a line that come back are never more than were sent, whoever announces at once: every
verb takes the order's lock first, as parcels and refunds do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb
from showfloor.checkout.models import Order
from showfloor.checkout.services import orders
from showfloor.fulfilment import history, progress, refunds, rules
from showfloor.fulfilment.models import DEDUCTION_REASON_CHARS_MAX, Actor, Shipment
from showfloor.fulfilment.return_models import (
    Condition,
    OrderReturn,
    ReturnLabel,
    ReturnLine,
    ReturnPolicy,
    ReturnReason,
    ReturnState,
    Withdrawal,
    WithdrawalState,
)
from showfloor.fulfilment.rules import Deduction
from showfloor.fulfilment.withdrawal_rules import DELIVERY_ASSUMED
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.legal import queries as legal
from showfloor.legal.rules import Text, says_loss
from showfloor.outbox import services as outbox
from showfloor.stock import services as stock

MAIL_KIND = "return-announced"
REFUSED_MAIL = "return-refused"
LABEL_MAIL = "return-label"
NOTE_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Received:
    """The units of one line that came. `deduction`: the part of its money that is kept for a loss
    of value, in minor units; it needs a reason."""

    quantity: int
    condition: str = Condition.AS_NEW
    restock: bool = False
    deduction: int = 0
    deduction_reason: str = ""


def policy(brand_id: str) -> ReturnPolicy:
    """Return the brand's policy, or the one of a brand that wrote none."""
    found = ReturnPolicy.objects.for_brand(brand_id).first()
    return found or ReturnPolicy(brand_id=brand_id)


def coming_back(order: Order) -> dict[str, int]:
    """Return by line id the units that are announced and not yet here."""
    rows = ReturnLine.objects.for_brand(order.brand_id).filter(
        order_return__order=order, order_return__state=ReturnState.REQUESTED
    )
    found = rows.values_list("line_id").annotate(units=Sum("quantity"))
    return {line_id: units for line_id, units in found if line_id}


def returnable(order: Order) -> dict[str, int]:
    """Return by line id the units that were sent and are neither back nor on their way."""
    coming = coming_back(order)
    left = {
        one.id: one.shipped - one.returned - coming.get(one.id, 0)
        for one in progress.lines_of(order)
    }
    return {line_id: units for line_id, units in left.items() if units > 0}


def ends_at(order: Order) -> datetime | None:
    """Return until when a return can be announced; None when nothing was sent, or never."""
    days = policy(order.brand_id).days
    parcels = Shipment.objects.for_brand(order.brand_id).filter(order=order, undone_at=None)
    last = parcels.order_by("-shipped_at").values_list("shipped_at", flat=True).first()
    return last + DELIVERY_ASSUMED + timedelta(days=days) if last is not None and days else None


@verb
def announce(
    order: Order, units: Mapping[str, int], reasons: Mapping[str, str], now: datetime, *,
    key: str, note: str = "", withdrawal: Withdrawal | None = None,
) -> OrderReturn:  # fmt: skip
    """A buyer sends units (line id → units) back, each line with a reason; a mail says how. The
    same `key` announces once. Invalid names the field, Conflict: too late, or not so many units."""
    note = " ".join(note.split())
    if len(note) > NOTE_CHARS_MAX:
        raise Invalid(_("At most %(count)d characters.") % {"count": NOTE_CHARS_MAX}, field="note")
    with stock.writing():
        order = orders.lock(order)
        known = OrderReturn.objects.for_brand(order.brand_id).filter(order=order)
        made = known.filter(pk=key).first()
        if made is not None:
            return made
        if withdrawal is None:
            _check_time(order, now)
        wanted = _check_units(order, units, reasons)
        made = OrderReturn(
            id=key, brand_id=order.brand_id, order=order, number=known.count() + 1, note=note,
            requested_at=now, withdrawal=withdrawal,
        )  # fmt: skip
        made.save(force_insert=True)
        ReturnLine.objects.all_brands().bulk_create(
            ReturnLine(order_return=made, line_id=line, quantity=count, reason=reasons[line])
            for line, count in wanted.items()
        )
        history.add(order, history.RETURN_ANNOUNCED, now, actor=Actor.BUYER, units=wanted)
        tell(made, MAIL_KIND, outbox.cause_of(made), now)
    return made


@verb
def receive(
    made: OrderReturn, came: Mapping[str, Received], shipping: int, now: datetime, *,
    by: User | None,
) -> None:  # fmt: skip
    """The goods are here: their money goes back, those that are fit go into stock. `came` (line id
    → what came) leaves out what did not. Conflict for a return that is closed, or for a deduction
    of which the order's information on withdrawal said nothing."""
    with stock.writing():
        order = orders.lock(made.order)
        made = open_return(made)
        lines = {one.line_id: one for one in made.lines.all()}
        _check_received(lines, came)
        _check_deductions(order, came)
        for line_id, line in lines.items():
            found = came.get(line_id, Received(0))
            line.received = found.quantity
            line.condition = found.condition if found.quantity else ""
            line.restock = found.restock and found.quantity > 0
            line.save(update_fields=["received", "condition", "restock"])
        _refund(order, made, came, shipping, now, by)
        _close(made, ReturnState.RECEIVED, "", now, by)
        units = {line_id: one.quantity for line_id, one in came.items() if one.quantity}
        history.add(order, history.RETURN_RECEIVED, now, by=by, units=units)
        if made.withdrawal_id is not None:
            rows = Withdrawal.objects.for_brand(made.brand_id).filter(pk=made.withdrawal_id)
            rows.filter(state=WithdrawalState.OPEN).update(
                state=WithdrawalState.SETTLED, settled_at=now, by=by
            )


@verb
def refuse(made: OrderReturn, answer: str, now: datetime, *, by: User | None) -> None:
    """Staff refuses a return with an answer, which the order's page shows and a mail brings. A
    return that follows a withdrawal is no favour: Conflict."""
    answer = " ".join(answer.split())
    if not answer:
        raise Invalid(_("Say why: the buyer reads it."), field="answer")
    with stock.writing():
        order = orders.lock(made.order)
        made = open_return(made)
        if made.withdrawal_id is not None:
            raise Conflict(
                _("It follows a withdrawal, which is the buyer's right: receive what came."),
                code="of-a-withdrawal",
            )
        _close(made, ReturnState.REFUSED, answer[:NOTE_CHARS_MAX], now, by)
        tell(made, REFUSED_MAIL, outbox.cause_of(made), now)
        history.add(order, history.RETURN_REFUSED, now, by=by, text=answer)


def shipping_due(made: OrderReturn) -> int:
    """Return the shipping that goes back with a return: all that is left for a withdrawal from the
    whole contract (Directive 2011/83/EU Art. 13(1)), else none."""
    withdrawal = made.withdrawal
    if withdrawal is None or not withdrawal.is_whole:
        return 0
    return refunds.shipping_left(made.order)


def _refund(
    order: Order, made: OrderReturn, came: Mapping[str, Received], shipping: int, now: datetime,
    by: User | None,
) -> None:  # fmt: skip
    for restock in (True, False):
        units = {
            line_id: one.quantity
            for line_id, one in came.items()
            if one.quantity and one.restock is restock
        }
        if units:
            deductions = {
                line_id: Deduction(one.deduction, " ".join(one.deduction_reason.split()))
                for line_id, one in came.items()
                if line_id in units and one.deduction
            }
            refunds.refund_lines(
                order, units, shipping=shipping, restock=restock, reason=str(made),
                key=f"return-{made.pk}-{int(restock)}", now=now, returned=True, by=by,
                deductions=deductions,
            )  # fmt: skip
            shipping = 0


def tell(made: OrderReturn, kind: str, cause: str, now: datetime) -> None:
    """Have a mail sent to the order's buyer; an order without an address gets none."""
    if made.order.email:
        outbox.queue_once(made.brand_id, kind, cause, made.order.email, now)


def may_deduct(order: Order) -> bool:
    """Return whether the withdrawal information that the order was made under says that the buyer
    pays for a loss of value (Directive 2011/83/EU Art. 14(2); § 357a BGB). Its text decides, since
    the mark alone may have outlived the sentence."""
    version_id = order.legal_versions.get(Text.WITHDRAWAL, "")
    found = legal.version(version_id)
    return found is not None and found.names_loss and says_loss(found.body)


def _check_deductions(order: Order, came: Mapping[str, Received]) -> None:
    kept = {line_id: one for line_id, one in came.items() if one.deduction}
    if kept and not may_deduct(order):
        raise Conflict(
            _("The withdrawal information of this order says nothing of a loss of value, so nothing"
              " may be deducted."),
            code="loss-not-named", field=f"deduction.{next(iter(kept))}",
        )  # fmt: skip
    for line_id, one in kept.items():
        if one.condition == Condition.AS_NEW:
            raise Invalid(
                _("Nothing is deducted for goods that came as new."), field=f"condition.{line_id}"
            )
        reason = " ".join(one.deduction_reason.split())
        if not 0 < len(reason) <= DEDUCTION_REASON_CHARS_MAX:
            raise Invalid(
                _("Say why, in at most %(count)d characters: the buyer reads it.")
                % {"count": DEDUCTION_REASON_CHARS_MAX},
                field=f"deduction_reason.{line_id}",
            )


def open_return(made: OrderReturn) -> OrderReturn:
    """Return the row of now, after the order's lock; Conflict for a return that is closed."""
    found = OrderReturn.objects.for_brand(made.brand_id).get(pk=made.pk)
    if found.state != ReturnState.REQUESTED:
        raise Conflict(_("This return is closed already."), code="return-closed")
    return found


def _close(
    made: OrderReturn, state: ReturnState, answer: str, now: datetime, by: User | None
) -> None:
    made.state, made.answer, made.closed_at, made.by = state, answer, now, by
    made.save(update_fields=["state", "answer", "closed_at", "by"])
    drop_label(made)


def drop_label(made: OrderReturn) -> None:
    """Delete a return's label, and the mail that would bring its link."""
    label = (
        ReturnLabel.objects.for_brand(made.brand_id).filter(order_return=made).only("pk").first()
    )
    if label is not None:
        outbox.take_back(made.brand_id, LABEL_MAIL, outbox.cause_of(label))
        label.delete()


def _check_time(order: Order, now: datetime) -> None:
    until = ends_at(order)
    if until is None:
        raise Conflict(_("There is nothing to send back in this order."), code="not-sent")
    if now > until:
        raise Conflict(_("The time for a return is over."), code="return-over")


def _check_units(
    order: Order, units: Mapping[str, int], reasons: Mapping[str, str]
) -> dict[str, int]:
    wanted = rules.check_units(progress.lines_of(order), units)
    if not wanted:
        raise Invalid(_("Choose what you send back."), field="units")
    most = returnable(order)
    for line_id, count in wanted.items():
        if count > most.get(line_id, 0):
            raise Conflict(
                _("At most %(count)d of it can be sent back.") % {"count": most.get(line_id, 0)},
                code="not-returnable", field=f"units.{line_id}",
            )  # fmt: skip
        if reasons.get(line_id) not in ReturnReason:
            raise Invalid(_("Choose a reason."), field=f"reason.{line_id}")
    return wanted


def _check_received(lines: Mapping[str, ReturnLine], came: Mapping[str, Received]) -> None:
    if not any(one.quantity for one in came.values()):
        raise Invalid(_("Enter what came back, or refuse the return."), field="units")
    for line_id, one in came.items():
        if line_id not in lines or not 0 <= one.quantity <= lines[line_id].quantity:
            raise Invalid(_("So many were not announced."), field=f"units.{line_id}")
        if one.quantity and one.condition not in Condition:
            raise Invalid(_("Choose a condition."), field=f"condition.{line_id}")
