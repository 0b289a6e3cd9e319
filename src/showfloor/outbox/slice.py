"""The slice of the outbox: the job that sends messages, and how long messages and keys are kept."""

from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.slices import PersonalData, Slice
from showfloor.outbox import jobs, personal_data, retention

SLICE = Slice(
    "outbox",
    # A mail server that is away must not keep stock from being given back.
    jobs=(Job("send_messages", 0.5, jobs.send_messages, JobQueue.MAILS, idle_every_s=5.0),),
    privacy=PersonalData(
        personal_data.erase,
        keeps=retention.KEPT,
        take_out=personal_data.take_out,
        columns=personal_data.COLUMNS,
    ),
)
