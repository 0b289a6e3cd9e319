"""The slices of the installation: each room registers what it brings once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand
from showfloor.kernel import slices
from showfloor.kernel.jobs import JobQueue
from showfloor.site import show_data
from showfloor.site.commands import COMMANDS
from showfloor.site.kinds import BACKSTAGE, KINDS, PRIVATE
from showfloor.site.show_data import Mine, Snapshot
from showfloor.site.slices import SHOW_SLICES, SLICES
from tests.repo.sources import ROOT
from tests.support.shows import make_show


def test_every_slice_of_the_source_is_registered_once() -> None:
    written = {path.parent.name for path in (ROOT / "src/showfloor").rglob("slice.py")}
    names = [one.name for one in SLICES]
    assert sorted(names) == sorted(written)
    assert slices.installed() == SLICES


def test_jobs_that_wait_for_others_have_queues_of_their_own() -> None:
    found = {
        queue: sorted(job.name for one in SLICES for job in one.jobs if job.queue is queue)
        for queue in JobQueue
    }
    assert found == {
        JobQueue.ROUTINE: [
            "announce_price_lists", "close_giveaways", "close_polls", "end_abandoned_broadcasts",
            "expire_answering", "expire_checkouts", "expire_holds", "expire_reservations",
            "expire_reviews", "follow_selling_pauses", "follow_trims", "forget_access_changes",
            "forget_payment_methods",
            "forget_rate_counters", "forget_reactions", "lapse_prizes", "offer_returned_units",
            "reach_due_cues", "reconcile_payments", "record_peaks", "run_auctions",
            "seal_payment_keys", "send_casts", "send_refunds", "start_feeds", "start_playouts",
            "tell_low_stock", "tell_sold_units", "warn_of_disputes",
        ],
        JobQueue.PROMPT: ["decide_comments", "run_deals"],
        JobQueue.MAILS: ["send_messages"],
        JobQueue.DOWNLOADS: ["draw_giveaways", "fetch_payouts", "fetch_pictures"],
        JobQueue.FEEDS: ["fetch_feeds"],
        JobQueue.IMPORTS: ["edit_products", "import_products"],
        JobQueue.MEDIA: [
            "delete_old_recordings", "draw_storyboards", "make_replay_files", "sweep_replay_files",
        ],
        JobQueue.RECORDINGS: [
            "copy_recording_indexes", "move_recordings", "order_moves", "store_replay_files",
        ],
        JobQueue.CAPTIONS: ["translate_captions"],
        JobQueue.DOCUMENTS: ["issue_documents"],
    }  # fmt: skip


@pytest.mark.django_db
def test_job_of_every_few_seconds_that_finds_nothing_keeps_no_writer_waiting(brand: Brand) -> None:
    """SQLite has one writer: an idle installation would make it wait several times a second."""
    make_show(brand)
    writing = []
    for one in (job for room in SLICES for job in room.jobs if job.every_s <= 5.0):
        with CaptureQueriesContext(connection) as queries:
            one.run()
        if any(said["sql"].startswith("SAVEPOINT") for said in queries.captured_queries):
            writing.append(one.name)
    assert writing == []


@pytest.mark.parametrize(
    ("declared", "gathered"),
    [
        (lambda one: one.kinds, KINDS),
        (lambda one: one.backstage_kinds, BACKSTAGE),
        (lambda one: one.private_kinds, PRIVATE),
        (lambda one: one.commands, COMMANDS),
    ],
    ids=["kinds", "backstage", "private", "commands"],
)
def test_no_two_slices_declare_the_same_name(
    declared: Callable[[Any], Iterator[Any]], gathered: dict[str, Any]
) -> None:
    names = [kind.name for one in SHOW_SLICES for kind in declared(one)]
    assert sorted(names) == sorted(gathered)
    assert len(names) == len(set(names))


def test_snapshot_of_the_reference_names_what_the_slices_bring(brand: Brand) -> None:
    show = make_show(brand)
    assert set(show_data.snapshot(show)) == set(Snapshot.__annotations__)
    assert set(show_data.mine(show, "g:anna")) == set(Mine.__annotations__)
