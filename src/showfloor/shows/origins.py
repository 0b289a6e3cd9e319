"""The origins of shows' video, as the leases of their channels name them: looked up, kept briefly.

A show's origin is the process that takes its media, or that took it last.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from django.db import DatabaseError

from showfloor.accounts.database_threads import Database
from showfloor.kernel.single_flight import SingleFlight
from showfloor.shows.models import Show

log = logging.getLogger(__name__)

KEPT_S: Final = 1.0
ENTRIES_MAX: Final = 2000


class OriginDirectory:
    """Belongs to the event loop. `fallback`: the origin of channels without an address."""

    def __init__(
        self, database: Database, fallback: str | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._database = database
        self._fallback = fallback
        self._clock = clock
        self._kept: dict[str, tuple[float, str | None]] = {}
        self._looking = SingleFlight[str, str | None]()

    async def locate(self, slug: str) -> str | None:
        """Return the address of the show's origin; None when nobody knows one. While the database
        does not answer, the last known one counts."""
        kept = self._kept.get(slug)
        if kept is not None and self._clock() < kept[0] + KEPT_S:
            return kept[1]
        try:
            return await self._looking.run(slug, lambda: self._look(slug))
        except DatabaseError:
            log.warning("origin_not_looked_up slug=%s", slug, exc_info=True)
            return kept[1] if kept is not None else self._fallback

    async def _look(self, slug: str) -> str | None:
        address = await self._database.run(_address, slug) or self._fallback
        while len(self._kept) >= ENTRIES_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[slug] = (self._clock(), address)
        return address


def _address(slug: str) -> str | None:
    rows = Show.objects.all_brands().filter(slug=slug)
    return rows.values_list("channel__lease__address", flat=True).first()
