"""Which jobs run, and which of them beside the others."""

import pytest

from showfloor.checkout.jobs import JOBS
from showfloor.roles import joblist
from showfloor.shows import services as shows
from showfloor.timeline import presence
from showfloor.timeline.presence import Presence


def test_mails_wait_for_their_server_alone_and_no_job_is_forgotten() -> None:
    mails = [job.name for job in joblist.mails()]
    others = [job.name for job in joblist.jobs()]
    assert mails == ["send_account_mails", "send_mails"]
    rooms = [
        "close_polls", "expire_answering", "expire_reviews", "forget_access_changes",
        "forget_rate_counters", "forget_reactions", "send_account_mails",
    ]  # fmt: skip
    assert sorted(mails + others) == sorted([*(job.name for job in JOBS), *rooms, "record_peaks"])


def test_a_peak_is_written_when_it_has_risen(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, int]] = []
    seen = {"a": Presence(3, 5), "b": Presence(0, 0)}
    monkeypatch.setattr(shows, "record_peak", lambda *peak: written.append(peak))
    monkeypatch.setattr(presence, "snapshot", lambda: seen)
    peaks = joblist.Peaks()
    for now in ({}, {"a": Presence(4, 5)}, {"a": Presence(6, 6), "b": Presence(1, 1)}, {}):
        seen |= now
        peaks.record()
    assert written == [("a", 5), ("a", 6), ("b", 1)]
