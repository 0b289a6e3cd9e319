"""The jobs of checkout. Each job may run at any moment, and again."""

from collections.abc import Callable
from datetime import datetime

from showfloor.checkout.pauses import timers
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.services import checkout, payment_accounts, reconciliation, saved_methods
from showfloor.checkout.sold_units import SoldUnitsNotifier
from showfloor.kernel.clock import utc_now
from showfloor.kernel.jobs import Job
from showfloor.stock import services as stock


def _now(work: Callable[[datetime], object]) -> Callable[[], object]:
    """Return the work, told the time at which it is done."""
    return lambda: work(utc_now())


JOBS = (
    Job("follow_selling_pauses", 1.0, _now(timers.follow), idle_every_s=10.0),
    Job("expire_holds", 1.0, _now(stock.expire_due)),
    Job("expire_reservations", 0.5, _now(reservations.expire_due)),
    Job("expire_checkouts", 1.0, _now(checkout.expire_due)),
    Job("send_refunds", 2.0, _now(reconciliation.send_refunds)),
    Job("reconcile_payments", 5.0, _now(reconciliation.reconcile)),
    Job("forget_payment_methods", 10.0, _now(saved_methods.let_providers_forget)),
    Job("tell_sold_units", 5.0, SoldUnitsNotifier().tell),
    Job("seal_payment_keys", 3600.0, payment_accounts.seal_again),
)
