"""The slice of replays: the jobs that make files of recordings, and delete what is not kept."""

from showfloor.kernel.clock import utc_now
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.replays import (
    events,
    file_job,
    keeping,
    moving,
    stored_files,
    stored_index,
    storyboard,
    trailers,
)  # fmt: skip
from showfloor.shows.slices import ShowSlice

SLICE = ShowSlice(
    "replays",
    jobs=(
        Job("make_replay_files", 1.0, file_job.make_next, JobQueue.MEDIA, idle_every_s=10.0),
        Job("order_moves", 60.0, moving.order_due, JobQueue.RECORDINGS),
        Job("move_recordings", 2.0, moving.run_next, JobQueue.RECORDINGS),
        Job("copy_recording_indexes", 60.0, stored_index.copy_missing, JobQueue.RECORDINGS),
        Job("store_replay_files", 5.0, stored_files.store_next, JobQueue.RECORDINGS),
        Job("draw_storyboards", 30.0, lambda: storyboard.draw_due(utc_now()), JobQueue.MEDIA),
        Job("sweep_replay_files", 60.0, keeping.sweep_files, JobQueue.MEDIA),
        Job(
            "delete_old_recordings", 600.0,
            lambda: keeping.delete_old_recordings(utc_now()), JobQueue.MEDIA,
        ),
    ),
    kinds=events.KINDS,
    snapshot=trailers.snapshot,
)  # fmt: skip
