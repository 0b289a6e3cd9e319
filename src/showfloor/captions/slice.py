"""The slice of captions."""

from showfloor.captions import events, personal_data, queries, translating, trimming
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import PersonalData
from showfloor.replays import spoken
from showfloor.shows.slices import ShowSlice

spoken.use(queries.SpokenCaptions())

SLICE = ShowSlice(
    "captions",
    privacy=PersonalData(columns=personal_data.COLUMNS),
    jobs=(
        Job(
            "translate_captions",
            translating.EVERY_S,
            translating.CaptionTranslator().run,
            JobQueue.CAPTIONS,
        ),
        Job("follow_trims", trimming.EVERY_S, trimming.follow_trims, idle_every_s=60.0),
    ),
    kinds=events.KINDS,
    snapshot=queries.snapshot,
)
