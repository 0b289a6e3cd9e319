"""What accounts bring: jobs of their own tables and mails, and personal data."""

from showfloor.accounts import access_changes, erasure, rate_counters, retention
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.jobs import Job
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
    ),
    privacy=PersonalData(_erase, keeps=retention.KEPT),
)
