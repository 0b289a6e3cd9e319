"""`showfloor import`: shows how a file was understood, asks, and takes it over."""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import IO

from showfloor.accounts.models import Brand
from showfloor.catalogue.amounts import DECIMAL_SIGNS
from showfloor.catalogue.importing.report import Report
from showfloor.site.catalogue_import import import_products

_SHOW_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where the command reads and writes."""

    answers: IO[str]
    out: IO[str]
    progress: IO[str]

    @classmethod
    def of_process(cls) -> "Terminal":
        return cls(sys.stdin, sys.stdout, sys.stderr)


def run(brand: Brand, arguments: argparse.Namespace, terminal: Terminal) -> int:
    """0 when every row was taken over; 1 when some were not, or nothing was to be written yet."""
    take_over = partial(
        import_products,
        brand,
        arguments.file,
        counted=arguments.stock == "counted",
        decimal_sign=DECIMAL_SIGNS.get(arguments.decimal),
    )
    if not arguments.yes:
        tried = take_over(dry_run=True, progress=_Progress(terminal.progress, "Reading"))
        _print(tried, terminal, as_json=arguments.json)
        if arguments.dry_run:
            return int(tried.failed)
        if not _agreed(terminal):
            return 1
    report = take_over(progress=_Progress(terminal.progress, "Importing"))
    _print(report, terminal, as_json=arguments.json)
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
    """One line that is written over, on a terminal only."""

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
