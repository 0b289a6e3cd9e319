"""Jobs: what a room does by itself, every so often."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class JobQueue(StrEnum):
    """Each queue is one thread, so that a job that waits for other people's servers, or takes
    minutes, holds up only its own queue."""

    ROUTINE = "routine"  # short work on our own tables
    PROMPT = "prompt"  # decisions that people wait for: tenths of a second
    MAILS = "mails"  # a mail server that is away must not keep stock from being given back
    DOWNLOADS = "downloads"  # from servers of other people
    FEEDS = "feeds"  # product files from servers of other people: minutes each
    IMPORTS = "imports"  # product files: minutes, with pauses for buyers
    MEDIA = "media"  # files made of recordings: a minute each
    RECORDINGS = "recordings"  # uploads to a store of objects, gigabytes each
    CAPTIONS = "captions"  # translations, which people wait for while the show goes on
    DOCUMENTS = "documents"  # invoices and files for clerks: seconds of computing


@dataclass(frozen=True, slots=True)
class Job:
    """`run` is safe to call at any moment, and again."""

    name: str
    every_s: float
    run: Callable[[], object]
    queue: JobQueue = JobQueue.ROUTINE
