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


def _nothing_waits() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Job:
    """`run` is safe to call at any moment, and again; it returns something false where it found
    nothing to do. `idle_every_s`: the pace while nobody writes to the database, for a job that
    finds work only in what was written, or in what has waited long already; 0: `every_s`. `waits`
    tells whether rows wait for a moment to come: then the job keeps its pace."""

    name: str
    every_s: float
    run: Callable[[], object]
    queue: JobQueue = JobQueue.ROUTINE
    idle_every_s: float = 0.0
    waits: Callable[[], bool] = _nothing_waits
