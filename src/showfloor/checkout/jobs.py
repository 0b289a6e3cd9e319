"""What checkout does by itself, every so often. Each may run at any moment, and again."""

from collections.abc import Callable
from dataclasses import dataclass

from showfloor.checkout import idempotency
from showfloor.checkout.services import checkout, mail, returns
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every_s: float
    run: Callable[[], object]


def _send_mails() -> int:
    return mail.send_due(utc_now())


def _expire_holds() -> int:
    return stock.expire_due(utc_now())


def _expire_checkouts() -> int:
    return checkout.expire_due(utc_now())


def _reconcile_payments() -> int:
    return returns.reconcile(utc_now())


def _send_money_back() -> int:
    return returns.send_money_back(utc_now())


def _purge_keys() -> int:
    return idempotency.purge(utc_now())


JOBS = [
    Job("send_mails", 1.0, _send_mails),
    Job("expire_holds", 1.0, _expire_holds),
    Job("expire_checkouts", 1.0, _expire_checkouts),
    Job("send_money_back", 2.0, _send_money_back),
    Job("reconcile_payments", 5.0, _reconcile_payments),
    Job("purge_idempotency_keys", 3600.0, _purge_keys),
]
