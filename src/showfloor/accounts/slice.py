"""The slice of accounts: jobs of their own tables and mails, and personal data."""

from showfloor.accounts import access_changes, personal_data, rate_counters, retention
from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import PersonalData, Slice

SLICE = Slice(
    "accounts",
    jobs=(
        Job("forget_access_changes", 3600.0, access_changes.forget_old),
        Job("forget_rate_counters", 20.0, rate_counters.forget_expired),
    ),
    privacy=PersonalData(
        personal_data.erase,
        keeps=retention.KEPT,
        take_out=personal_data.take_out,
        columns=personal_data.COLUMNS,
    ),
)
