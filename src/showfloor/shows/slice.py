"""The slice of shows: their entries, their view, and the job that writes down peaks."""

from showfloor.kernel.clock import utc_now
from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import PersonalData
from showfloor.shows import events, personal_data, queries
from showfloor.shows.abandoned import AbandonedBroadcasts
from showfloor.shows.peaks import Peaks
from showfloor.shows.services import cues, price_changes, reach_due
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "shows",
    jobs=(
        Job("record_peaks", 10.0, Peaks().record),
        Job("end_abandoned_broadcasts", 5.0, AbandonedBroadcasts().end),
        Job(
            "reach_due_cues",
            1.0,
            lambda: reach_due(utc_now()),
            idle_every_s=10.0,
            waits=cues.is_any_live,
        ),
        Job("announce_price_lists", 1.0, lambda: price_changes.announce_due(utc_now())),
    ),
    privacy=PersonalData(columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    backstage_kinds=events.BACKSTAGE_KINDS,
    snapshot=queries.show_view,
)
