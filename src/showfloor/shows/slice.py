"""The slice of shows: their entries, their view, and the job that writes down peaks."""

from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import PersonalData
from showfloor.shows import events, personal_data, queries
from showfloor.shows.peaks import Peaks
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "shows",
    jobs=(Job("record_peaks", 10.0, Peaks().record),),
    privacy=PersonalData(columns=personal_data.COLUMNS),
    kinds=events.KINDS,
    snapshot=queries.show_view,
)
