"""Caches of bans, roles and revoked tokens, so that letting a viewer in costs no query.

The bans of a brand are loaded once; changes (`accounts.access_changes`) keep them up to date. The
same changes name the tokens that a log-out or another role has revoked. The role of staff is looked
up at most every few seconds. All methods belong to the event loop.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from showfloor.accounts import bans, staff_access
from showfloor.accounts.access_changes import Change
from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import AccessChangeKind, Role
from showfloor.accounts.rules import Banned, BanRow, Bans
from showfloor.accounts.subjects import Subject
from showfloor.accounts.tokens import TOKEN_TTL, BadToken, Claims
from showfloor.kernel.clock import Clock, to_epoch_ms, utc_now
from showfloor.kernel.single_flight import SingleFlight

log = logging.getLogger(__name__)

ROLE_KEPT_S: Final = 3.0
RETRY_S: Final = 1.0
ROLES_MAX: Final = 2000
BRANDS_MAX: Final = 500
_TTL_MS: Final = int(TOKEN_TTL.total_seconds() * 1000)


class BanCache:
    """The bans of the brands whose shows are followed here."""

    def __init__(
        self, load: Callable[[str], Awaitable[Sequence[BanRow]]], clock: Clock = utc_now,
        retry_s: float = RETRY_S,
    ) -> None:  # fmt: skip
        self._load = load
        self._clock = clock
        self._retry_s = retry_s
        self._brands: dict[str, Bans] = {}
        self._loading = SingleFlight[str, None]()
        self._meanwhile: dict[str, list[Change]] = {}  # changes during a load

    async def open(self, brand_id: str) -> None:
        """Load the brand's bans unless they are known; callers at the same time share one load."""
        if brand_id not in self._brands:
            await self._loading.run(brand_id, lambda: self._fill(brand_id))

    def is_open(self, brand_id: str) -> bool:
        """Return whether the brand's bans are known."""
        return brand_id in self._brands

    def is_banned(self, brand_id: str, subject: Subject, network: str) -> bool:
        """Return whether this person is banned now, as far as is known here."""
        known = self._brands.get(brand_id)
        return known is not None and known.covers(subject, network, self._clock())

    def apply(self, change: Change) -> None:
        """Take in a change. A ban counts at once. A lifted ban counts until the bans are loaded
        again, because another ban may cover the same network."""
        if change.brand_id in self._meanwhile:
            self._meanwhile[change.brand_id].append(change)
        brand_id = change.brand_id or ""
        known = self._brands.get(brand_id)
        if known is None:
            return
        if change.what is AccessChangeKind.BAN:
            known.add(change.subject, change.network, change.until)
        else:
            _ = self._loading.begin(brand_id, lambda: self._fill_again(brand_id))

    async def _fill_again(self, brand_id: str) -> None:
        """Load the bans again until the database answers."""
        while brand_id in self._brands:
            try:
                await self._fill(brand_id)
                break
            except Exception:  # the old bans count until then
                log.exception("bans_not_loaded brand=%s", brand_id)
                await asyncio.sleep(self._retry_s)

    async def _fill(self, brand_id: str) -> None:
        is_stale = True
        while is_stale:  # a ban that was lifted during the load may still be in what was read
            meanwhile = self._meanwhile[brand_id] = []
            try:
                rows = await self._load(brand_id)
            finally:
                del self._meanwhile[brand_id]
            known = Bans(rows)
            for change in meanwhile:
                if change.what is AccessChangeKind.BAN:
                    known.add(change.subject, change.network, change.until)
            self._keep(brand_id, known)
            is_stale = any(change.what is AccessChangeKind.LIFT for change in meanwhile)

    def _keep(self, brand_id: str, known: Bans) -> None:
        if len(self._brands) >= BRANDS_MAX and brand_id not in self._brands:
            del self._brands[next(iter(self._brands))]
        self._brands[brand_id] = known


class AuthCache:
    """Decides from memory whether a person may come in."""

    def __init__(
        self, database: Database, clock: Clock = utc_now, *,
        monotonic: Callable[[], float] = time.monotonic, retry_s: float = RETRY_S,
    ) -> None:  # fmt: skip
        async def load(brand_id: str) -> Sequence[BanRow]:
            return await database.run(bans.rows_in_force, brand_id)

        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._bans = BanCache(load, clock, retry_s)
        self._roles: dict[tuple[str, str], tuple[float, Role | None]] = {}
        self._asking = SingleFlight[tuple[str, str], Role | None]()
        self._changes = 0
        # Tokens issued before this moment (Unix ms) are revoked; by `sub` and brand (None: all).
        self._revoked: dict[tuple[str, str | None], int] = {}

    async def check(self, claims: Claims) -> None:
        """Raise Banned or BadToken unless this person may come in. Guests and members cost no
        query, staff one every few seconds."""
        await self._bans.open(claims.brand)
        if claims.is_staff:
            role = await self.role(claims.sub, claims.brand)
            if role is None or role.value not in claims.roles:
                raise BadToken("your role at this brand is another now")
        self.check_again(claims)

    def check_again(self, claims: Claims) -> None:
        """Do the same from memory alone, for a person who was let in a moment ago."""
        if self._bans.is_banned(claims.brand, claims.subject, claims.network):
            raise Banned("sent out of this show")
        for brand_id in (claims.brand, None):
            since = self._revoked.get((claims.sub, brand_id))
            if since is not None and claims.issued_at < since:
                raise BadToken("come in anew")

    def is_known(self, claims: Claims) -> bool:
        """Return whether this guest or member may come in, from memory alone; False where only
        `check` can tell."""
        if claims.is_staff or not self._bans.is_open(claims.brand):
            return False
        try:
            self.check_again(claims)
        except (Banned, BadToken):
            return False
        return True

    async def role(self, subject: str, brand_id: str) -> Role | None:
        """Return the person's role at the brand, at most a few seconds old."""
        person = (subject, brand_id)
        until, role = self._roles.get(person, (0.0, None))
        if self._monotonic() < until:
            return role
        return await self._asking.run(person, lambda: self._ask(person))

    def apply(self, change: Change) -> None:
        """Take in a change."""
        if change.what in {AccessChangeKind.BAN, AccessChangeKind.LIFT}:
            self._bans.apply(change)
        elif change.what is AccessChangeKind.RIGHTS:
            self._revoke(change)

    def _revoke(self, change: Change) -> None:
        self._changes += 1
        for person in list(self._roles):
            if person[0] == change.subject and change.brand_id in {None, person[1]}:
                del self._roles[person]
        key = (change.subject, change.brand_id)
        self._revoked[key] = max(change.at, self._revoked.get(key, 0))
        oldest = to_epoch_ms(self._clock()) - _TTL_MS  # tokens issued before have expired
        if len(self._revoked) % 256 == 0:
            self._revoked = {key: at for key, at in self._revoked.items() if at > oldest}

    async def _ask(self, person: tuple[str, str]) -> Role | None:
        before = self._changes
        role = await self._database.run(staff_access.role_of, *person)
        if len(self._roles) >= ROLES_MAX:
            self._roles.clear()
        if before == self._changes:  # otherwise the answer may be older than the change
            self._roles[person] = (self._monotonic() + ROLE_KEPT_S, role)
        return role
