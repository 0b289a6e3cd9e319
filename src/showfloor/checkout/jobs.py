"""What checkout does by itself, every so often. Each may run at any moment, and again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from showfloor.checkout.services import checkout, mail, reconciliation
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every_s: float
    work: Callable[[datetime], object]  # is told the time

    def run(self) -> object:
        return self.work(utc_now())


JOBS = [
    Job("send_mails", 1.0, mail.send_due),
    Job("expire_holds", 1.0, stock.expire_due),
    Job("expire_checkouts", 1.0, checkout.expire_due),
    Job("send_refunds", 2.0, reconciliation.send_refunds),
    Job("reconcile_payments", 5.0, reconciliation.reconcile),
]
