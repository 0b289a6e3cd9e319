"""A cache of the people who may watch a show that is not open to everyone: an answer is kept for a
moment, so that a page with its socket, its ticks and its ranges costs one query.

Only a yes is kept: a person who has just bought a ticket comes in at once. All methods belong to
the event loop.
"""

import time
from collections.abc import Callable
from typing import Final

from showfloor.accounts.access_changes import Change
from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import AccessChangeKind
from showfloor.accounts.tokens import Claims
from showfloor.kernel.single_flight import SingleFlight
from showfloor.shows import watching
from showfloor.shows.models import OpenTo
from showfloor.shows.watched_show import WatchedShow

KEPT_S: Final = 3.0
ENTRIES_MAX: Final = 20_000


class WatchCache:
    """Decides whether a person may watch a show."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._monotonic = monotonic
        self._until: dict[tuple[WatchedShow, str], float] = {}
        self._asking = SingleFlight[tuple[WatchedShow, str], bool]()
        self._changes = 0

    async def may_watch(self, show: WatchedShow, person: Claims) -> bool:
        """Return whether this person may watch; DatabaseError."""
        if person.is_staff or show.open_to != OpenTo.TICKET:
            return watching.may_watch(show, person)  # their token says it
        key = (show, person.sub)
        if self._monotonic() < self._until.get(key, 0.0):
            return True
        return await self._asking.run(key, lambda: self._ask(key, person))

    def apply(self, change: Change) -> None:
        """Take in a change: a right that was taken back counts no longer."""
        if change.what is AccessChangeKind.RIGHTS:
            self._changes += 1
            for key in [one for one in self._until if one[1] == change.subject]:
                del self._until[key]

    async def _ask(self, key: tuple[WatchedShow, str], person: Claims) -> bool:
        before = self._changes
        may = await self._database.run(watching.may_watch, key[0], person)
        if len(self._until) >= ENTRIES_MAX:
            self._until.clear()
        if may and before == self._changes:  # otherwise the answer may be older than the change
            self._until[key] = self._monotonic() + KEPT_S
        return may
