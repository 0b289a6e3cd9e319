"""The slice of the daily close: the job that fetches the providers' books."""

from showfloor.fulfilment.daily_close import services
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import PersonalColumns, PersonalData, Slice

SLICE = Slice(
    "daily_close",
    jobs=(Job("fetch_payouts", 900.0, services.fetch_payouts, JobQueue.DOWNLOADS),),
    privacy=PersonalData(
        columns=(
            PersonalColumns(
                "daily_close.DailyClose", ("closed_by", "figures"),
                "the brand's books: who closed a day, and payments by their names at the provider",
                "with the brand's books", "kept by law",
            ),
            PersonalColumns(
                "daily_close.CloseEvent", ("by", "reason", "figures"),
                "the brand's books: who closed or reopened a day, and why",
                "with the brand's books", "kept by law",
            ),
            PersonalColumns(
                "daily_close.BalanceLine", ("reference",),
                "the brand's books: the payment at the provider", "with the brand's books",
                "kept by law",
            ),
        ),
    ),
)  # fmt: skip
