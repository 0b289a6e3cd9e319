"""Which jobs run, and which of them beside the others."""

from showfloor.checkout.jobs import JOBS
from showfloor.kernel.settings import load
from showfloor.roles import joblist


def test_mails_wait_for_their_server_alone_and_no_job_is_forgotten() -> None:
    mails = [job.name for job in joblist.mails()]
    others = [job.name for job in joblist.jobs(load({}))]
    assert mails == ["send_mails"]
    assert sorted(mails + others) == sorted([*(job.name for job in JOBS), "record_peaks"])
