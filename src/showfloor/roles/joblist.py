"""Which jobs this installation runs."""

from collections.abc import Sequence

from showfloor.accounts import access_changes, account_mails, rate_counters
from showfloor.catalogue import pictures
from showfloor.checkout.jobs import JOBS as CHECKOUT_JOBS
from showfloor.community.moderation import jobs as moderation
from showfloor.community.polls import jobs as polls
from showfloor.community.questions import jobs as questions
from showfloor.community.reactions import jobs as reactions
from showfloor.roles.jobs import Job, PlainJob
from showfloor.shows import services as shows
from showfloor.site import catalogue_import
from showfloor.timeline import presence

MAILS = "send_mails"


class Peaks:
    """Writes down the most viewers of each show, when they have become more."""

    def __init__(self) -> None:
        self._written: dict[str, int] = {}

    def record(self) -> None:
        for timeline_id, seen in presence.snapshot().items():
            if seen.peak > self._written.get(timeline_id, 0):
                shows.record_peak(timeline_id, seen.peak)
                self._written[timeline_id] = seen.peak


def mails() -> Sequence[Job]:
    """What waits for a mail server: one that is away must not keep stock from being given back."""
    orders = [job for job in CHECKOUT_JOBS if job.name == MAILS]
    return [PlainJob("send_account_mails", 0.5, account_mails.send_due), *orders]


def downloads() -> Sequence[Job]:
    """What waits for other people's servers: kept apart, so that nothing of ours waits for them."""
    return [PlainJob("fetch_pictures", 1.0, pictures.fetch_next)]


def imports() -> Sequence[Job]:
    """Product files take minutes, and pause for buyers: nothing else waits for them."""
    return [PlainJob("import_products", 1.0, catalogue_import.run_next_job)]


def jobs() -> Sequence[Job]:
    others = [job for job in CHECKOUT_JOBS if job.name != MAILS]
    return [
        *others,
        PlainJob("record_peaks", 10.0, Peaks().record),
        PlainJob("forget_access_changes", 3600.0, access_changes.forget_old),
        PlainJob("forget_rate_counters", 20.0, rate_counters.forget_expired),
        PlainJob("close_polls", 1.0, polls.close_due),
        PlainJob("expire_reviews", 5.0, moderation.expire_reviews),
        PlainJob("expire_answering", 5.0, questions.expire_answering),
        PlainJob("forget_reactions", 3600.0, reactions.forget_shares),
    ]
