"""What accounts bring: jobs of their own tables and mails, and personal data."""

from showfloor.accounts import access_changes, account_mails, erasure, rate_counters, retention
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import Erasure, PersonalData, Slice


@verb
def _erase(order: Erasure) -> None:
    with write():
        erasure.forget_person(order.brand_id, order.subject)


SLICE = Slice(
    "accounts",
    jobs=(
        Job("forget_access_changes", 3600.0, access_changes.forget_old),
        Job("forget_rate_counters", 20.0, rate_counters.forget_expired),
        Job("send_account_mails", 0.5, account_mails.send_due, JobQueue.MAILS),
    ),
    privacy=PersonalData(_erase, keeps=retention.KEPT),
)
