"""The slice of the stage."""

from showfloor.kernel.slices import PersonalData
from showfloor.shows.slices import ShowSlice
from showfloor.stage import personal_data

SLICE = ShowSlice(
    "stage", privacy=PersonalData(keeps=personal_data.KEPT, columns=personal_data.COLUMNS)
)
