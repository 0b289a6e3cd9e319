"""The import at a terminal: it shows how a file was understood, asks, and imports it."""

import json
import sys
import time
from dataclasses import dataclass
from typing import IO, Protocol

from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.importing.run import Progress

_SHOW_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Terminal:
    """The files that the dialogue reads and writes."""

    answers: IO[str]
    out: IO[str]
    progress: IO[str]

    @classmethod
    def of_process(cls) -> "Terminal":
        return cls(sys.stdin, sys.stdout, sys.stderr)


class ImportFile(Protocol):
    """Imports one file, or only tries to; returns the report."""

    def __call__(self, *, dry_run: bool, progress: Progress) -> Report: ...


def run(
    import_file: ImportFile, terminal: Terminal, *, dry_run: bool, yes: bool, as_json: bool
) -> int:
    """Return 0 when every row was imported; 1 when some were not, or nothing was to be written.

    `dry_run` only shows how the file was understood; `yes` imports without a question.
    """
    if not yes:
        tried = import_file(dry_run=True, progress=_Progress(terminal.progress, "Reading"))
        _print(tried, terminal, as_json=as_json)
        if dry_run:
            return int(tried.failed)
        if not _agreed(terminal):
            return 1
    report = import_file(dry_run=False, progress=_Progress(terminal.progress, "Importing"))
    _print(report, terminal, as_json=as_json)
    return int(report.failed)


def _agreed(terminal: Terminal) -> bool:
    if not terminal.answers.isatty():
        print(
            "Nothing was written: there is no terminal to ask whether this is what the file means. "
            "Run it again with --yes.",
            file=terminal.progress,
        )
        return False
    print("Import this? [y/N] ", end="", file=terminal.progress, flush=True)
    return terminal.answers.readline().strip().lower() in {"y", "yes"}


def _print(report: Report, terminal: Terminal, *, as_json: bool) -> None:
    text = json.dumps(report.as_json(), indent=2) if as_json else report.as_text()
    print(text, file=terminal.out)


class _Progress:
    """A line of progress that is written over; a file that is no terminal gets none."""

    def __init__(self, file: IO[str], verb: str) -> None:
        self._file = file
        self._verb = verb
        self._shown = time.monotonic()

    def __call__(self, report: Report) -> None:
        done = report.done >= report.total
        if not self._file.isatty() or (not done and time.monotonic() - self._shown < _SHOW_EVERY_S):
            return
        self._shown = time.monotonic()
        line = f"\r{self._verb}: {report.percent} %, {report.rejected_count} rows left out"
        print(line, end="\n" if done else "", file=self._file, flush=True)
