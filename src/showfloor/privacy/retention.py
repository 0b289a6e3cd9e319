"""The retention job: rows that are kept for a time only are deleted, class by class, in small
transactions, with figures."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.retention import BATCH, Keep
from showfloor.kernel.settings import SettingError
from showfloor.kernel.slices import installed

log = logging.getLogger(__name__)

EVERY_S: Final = 10.0
BATCHES: Final = 10  # of one class in one run: 5,000 rows in the shortest `every_s`


def all_keeps() -> Sequence[Keep]:
    """Return the classes of rows of all rooms that are kept for a time only."""
    return [keep for one in installed() for keep in one.privacy.keeps]


@dataclass(slots=True)
class Figures:
    """Figures of one class since the process began. `is_behind`: the last run left some rows for
    the next."""

    days: int
    forgotten: int = 0
    is_behind: bool = False
    ran_at: datetime | None = None


class Retention:
    """The job. It can be stopped at any moment, and run again."""

    def __init__(
        self, kept: Sequence[Keep] | None = None, days: Mapping[str, int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        kept = all_keeps() if kept is None else kept
        wanted = dict(days or {})
        unknown = wanted.keys() - {keep.name for keep in kept}
        if unknown:
            known = ", ".join(keep.name for keep in kept)
            raise SettingError(
                f"SHOWFLOOR_KEEP_DAYS: there is no {', '.join(sorted(unknown))}; there are {known}"
            )
        self._kept = kept
        self._clock = clock
        self._due = dict.fromkeys((keep.name for keep in kept), 0.0)
        self._figures = {
            keep.name: Figures(wanted.get(keep.name, keep.days)) for keep in kept
        }  # fmt: skip

    def run(self) -> None:
        for keep in self._due_now():
            figures = self._figures[keep.name]
            before = utc_now() - timedelta(days=figures.days)
            forgotten, last = 0, BATCH
            for _batch in range(BATCHES):
                last = keep.forget(before, BATCH)
                forgotten += last
                if last == 0:
                    break
            figures.is_behind = last > 0
            figures.forgotten += forgotten
            figures.ran_at = utc_now()
            if forgotten:
                log.info(
                    "forgotten class=%s rows=%d before=%s behind=%s",
                    keep.name, forgotten, iso_ms(before), figures.is_behind,
                )  # fmt: skip

    def report(self) -> dict[str, Any]:
        """Return the figures for `/healthz`."""
        return {
            name: {
                "days": one.days, "forgotten": one.forgotten, "behind": one.is_behind,
                "ran_at": iso_ms(one.ran_at) if one.ran_at is not None else None,
            }
            for name, one in self._figures.items()
        }  # fmt: skip

    def _due_now(self) -> Iterator[Keep]:
        for keep in self._kept:
            if self._clock() >= self._due[keep.name]:
                self._due[keep.name] = self._clock() + keep.every_s
                yield keep
