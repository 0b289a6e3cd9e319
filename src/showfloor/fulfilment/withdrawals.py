"""The withdrawal function of Directive 2011/83/EU Art. 11a: statements, their receipt, effects.

A statement is stored and its receipt queued in one transaction, before anything else is tried: what
follows (units that were not sent are cancelled, a return for those that were) may fail, and then
waits for staff. A statement whose contract is not found is as good as any other.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts import languages, time_zones
from showfloor.accounts.models import Brand, User
from showfloor.accounts.transactions import verb, write
from showfloor.checkout import withdrawal_exceptions
from showfloor.checkout.models import CancelReason, Order, OrderLine, OrderState
from showfloor.checkout.services import orders
from showfloor.fulfilment import cancellations, history, progress, returns, withdrawal_rules
from showfloor.fulfilment.models import Actor, Shipment
from showfloor.fulfilment.return_models import (
    OrderReturn,
    ReturnReason,
    Withdrawal,
    WithdrawalState,
)
from showfloor.fulfilment.withdrawal_rules import Statement
from showfloor.kernel.errors import Conflict, Invalid, ShowfloorError
from showfloor.legal import queries as legal
from showfloor.legal.rules import Text
from showfloor.outbox import services as outbox
from showfloor.stock import services as stock

log = logging.getLogger(__name__)

MAIL_KIND = "withdrawal-received"


@dataclass(frozen=True, slots=True)
class RightLine:
    """A line with the units that can be withdrawn from, and why it may not be."""

    line: OrderLine
    units: int
    sent: int
    note: str
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class Right:
    """The right of withdrawal from one order. `ends_at`: None while the period has no end yet."""

    ends_at: datetime | None
    is_over: bool
    lines: list[RightLine]

    @property
    def last_day(self) -> datetime | None:
        """Return the last moment of the period, which names its last day: it ends at midnight."""
        return None if self.ends_at is None else self.ends_at - timedelta.resolution

    @property
    def is_open(self) -> bool:
        return not self.is_over and any(one.units for one in self.lines)


def right_of(order: Order, now: datetime) -> Right:
    """Return what can be withdrawn from an order, and until when."""
    ends_at = _period_end(order)
    left = _units_left(order)
    lines = OrderLine.objects.for_brand(order.brand_id).filter(order=order)
    found = []
    for line in lines.select_related("progress"):
        kind = line.withdrawal_exception
        excluded = withdrawal_exceptions.is_excluded(kind, order.consented_at)
        note = withdrawal_exceptions.note(kind, order.consented_at)
        units = 0 if excluded else left.get(line.pk, 0)
        sold = progress.sold_line(line)
        found.append(RightLine(line, units, sold.shipped - sold.returned, note, excluded))
    is_over = ends_at is not None and now >= ends_at
    return Right(ends_at, is_over or order.state == OrderState.CANCELLED, found)


def find_order(brand: Brand, statement: Statement) -> Order | None:
    """Return the order that a statement names by its number and its e-mail address; None for any
    other: nobody learns from the answer which numbers there are."""
    number = statement.contract.upper().removeprefix("#").strip()
    rows = Order.objects.for_brand(brand).filter(email__iexact=statement.email)
    return rows.filter(number=number).first()


def check(order: Order | None, given: Statement, now: datetime) -> Statement:
    """Return the statement as it would be declared; Invalid names the field, Conflict says that the
    period is over, or that there is nothing left to withdraw from."""
    statement = withdrawal_rules.check_statement(given)
    if order is not None:
        _check_right(right_of(order, now), statement.units)
    return statement


def declare(
    brand: Brand, order: Order | None, given: Statement, key: str, now: datetime
) -> Withdrawal:
    """Take a statement of withdrawal and confirm its receipt. The same `key` declares once."""
    known = Withdrawal.objects.for_brand(brand).filter(pk=key).first()
    if known is not None:
        return known
    made = _store(brand, order, check(order, given, now), key, now)
    if made.order_id is not None and made.state == WithdrawalState.OPEN:
        try:
            _follow(made, now)
        except ShowfloorError as error:  # staff does it
            log.warning("withdrawal_waits withdrawal=%s error=%s", made.pk, error.message)
    made.refresh_from_db()
    return made


@verb
def settle(
    withdrawal: Withdrawal, now: datetime, *, by: User | None, refused: bool = False, note: str = ""
) -> None:
    """Staff is done with a statement, or refuses it with a reason. Conflict for one that is not
    open; Invalid without a reason."""
    note = " ".join(note.split())
    if refused and not note:
        raise Invalid(_("Give the reason: the buyer has a right to it."), field="note")
    with write():
        rows = Withdrawal.objects.for_brand(withdrawal.brand_id).filter(pk=withdrawal.pk)
        state = WithdrawalState.REFUSED if refused else WithdrawalState.SETTLED
        changed = rows.filter(state=WithdrawalState.OPEN).update(
            state=state, settled_at=now, note=note[:300], by=by
        )
        if not changed:
            raise Conflict(_("This withdrawal is settled already."), code="settled")


@verb
def _store(
    brand: Brand, order: Order | None, statement: Statement, key: str, now: datetime
) -> Withdrawal:
    with stock.writing():
        found = Withdrawal.objects.for_brand(brand).filter(pk=key).first()
        if found is not None:
            return found
        units: Mapping[str, int] = {}
        if order is not None:
            order = orders.lock(order)
            right = right_of(order, now)
            _check_right(right, statement.units)
            units = _chosen(right, statement)
        made = Withdrawal(
            id=key, brand=brand, order=order, name=statement.name, contract=statement.contract,
            email=statement.email, is_whole=not statement.part and not statement.units,
            part=statement.part, units=units, submitted_at=now,
            language=languages.spoken(get_language() or "", brand.language),
        )  # fmt: skip
        made.save(force_insert=True)
        outbox.queue_once(brand.pk, MAIL_KIND, outbox.cause_of(made), made.email, now)
        if order is not None:
            history.add(order, history.WITHDRAWN, now, actor=Actor.BUYER, units=units)
        return made


def _follow(made: Withdrawal, now: datetime) -> None:
    """Cancel what was not sent, and expect what was to come back."""
    order = Order.objects.for_brand(made.brand_id).get(pk=made.order_id)
    sold = {one.id: one for one in progress.lines_of(order)}
    units = {pk: min(count, sold[pk].unshipped) for pk, count in made.units.items()}
    unsent = {pk: count for pk, count in units.items() if count}
    sent = {pk: count - unsent.get(pk, 0) for pk, count in made.units.items()}
    sent = {pk: count for pk, count in sent.items() if count}
    is_whole = unsent == {pk: one.unshipped for pk, one in sold.items() if one.unshipped}
    is_over = order.state == OrderState.COMPLETED or any(one.shipped for one in sold.values())
    if unsent and is_whole and not is_over:
        cancellations.cancel(order, now, actor=Actor.BUYER, reason=CancelReason.WITHDRAWN)
    elif unsent:
        cancellations.cancel_lines(
            order, unsent, f"withdrawal-{made.pk}", now, note=str(ReturnReason.WITHDRAWAL.label)
        )
    if sent:
        reasons = dict.fromkeys(sent, ReturnReason.WITHDRAWAL.value)
        returns.announce(order, sent, reasons, now, key=made.pk, withdrawal=made)
    else:
        settle(made, now, by=None)


def _check_right(right: Right, units: Mapping[str, int]) -> None:
    if right.is_over:
        raise Conflict(
            _("The period for a withdrawal is over, or the order is cancelled already."),
            code="withdrawal-over",
        )
    if not right.is_open:
        raise Conflict(
            _("There is nothing left in this order to withdraw from."), code="nothing-left"
        )
    most = {one.line.pk: one.units for one in right.lines}
    for line_id, count in units.items():
        if not 0 < count <= most.get(line_id, 0):
            raise Invalid(
                _("At most %(count)d of it can be withdrawn from.")
                % {"count": most.get(line_id, 0)},
                field=f"units.{line_id}",
            )


def _chosen(right: Right, statement: Statement) -> dict[str, int]:
    """Return the units that a statement names; a part in words is for staff to read."""
    if statement.units:
        return dict(statement.units)
    if statement.part:
        return {}
    return {one.line.pk: one.units for one in right.lines if one.units}


def _units_left(order: Order) -> dict[str, int]:
    """Return by line the units that were neither given back nor announced to come back."""
    coming = returns.coming_back(order)
    return {
        one.id: max(0, one.quantity - one.refunded - coming.get(one.id, 0))
        for one in progress.lines_of(order)
    }


def _period_end(order: Order) -> datetime | None:
    about = legal.profile(order.brand_id)
    parcels = Shipment.objects.for_brand(order.brand_id).filter(order=order, undone_at=None)
    last = parcels.order_by("-shipped_at").values_list("shipped_at", flat=True).first()
    if last is None and not order.needs_shipping:  # from the purchase on: nothing arrives
        last = order.confirmed_at
    return withdrawal_rules.period_end(
        last, is_sent=not any(one.open for one in progress.lines_of(order)),
        is_informed=Text.WITHDRAWAL in order.legal_versions, days=about.withdrawal_days,
        zone=time_zones.zone(order.brand.time_zone),
    )  # fmt: skip


def expected_return(withdrawal: Withdrawal) -> OrderReturn | None:
    """Return the return of the goods that were sent, if there is one."""
    return OrderReturn.objects.for_brand(withdrawal.brand_id).filter(withdrawal=withdrawal).first()
