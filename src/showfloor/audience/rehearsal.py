"""The cast of a rehearsal: an invented audience in the hidden show, as a process of its own.

Its people come with tokens that are made here and let them into this show alone. They buy at the
rehearsal's till, not at the checkout.
"""

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any, Final, override
from urllib.parse import urlsplit

import httpx

from showfloor.accounts import brand_urls
from showfloor.accounts.database_threads import Database
from showfloor.accounts.signer import token_signer
from showfloor.accounts.subjects import Subject
from showfloor.accounts.tokens import Claims
from showfloor.audience.client import NotDone, ViewerClient
from showfloor.audience.engine import Audience, Plan
from showfloor.audience.script import REHEARSAL, Buyer, Script
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import NotFound
from showfloor.kernel.ids import new_id
from showfloor.rehearsals import rules, services
from showfloor.rehearsals.models import Rehearsal
from showfloor.rehearsals.rules import Figures
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.watched_show import cast_trait

TELL_EVERY_S: Final = 2.0
DECLINED_EACH: Final = 10  # one in so many cards
_DECLINED_CARD: Final = "4000000000000002"


def run(rehearsal_id: str, site: str) -> int:
    """Fill the hidden show until time is up, somebody ends the rehearsal, or the server is gone;
    the exit code. NotFound."""
    rows = Rehearsal.objects.all_brands().select_related("show__brand")
    row = rows.filter(pk=rehearsal_id).first()
    if row is None or row.show is None:
        raise NotFound(f"there is no rehearsal {rehearsal_id!r}")
    return asyncio.run(_play(row, row.show, site.rstrip("/")))


async def _play(row: Rehearsal, show: Show, site: str) -> int:
    database = Database()
    host = urlsplit(brand_urls.origin(show.brand)).netloc
    plan = Plan(site, show.slug, row.viewers, row.minutes, host=host, language=show.brand.language)
    script = REHEARSAL.with_viewers(row.viewers)
    cast = Cast(show, script, plan, database)
    audience = Audience(plan, script, cast.viewer)
    load, failed = Load(), False
    telling = asyncio.create_task(_tell(row.pk, audience, load, database))
    playing = asyncio.create_task(audience.run())
    try:
        await asyncio.wait({telling, playing}, return_when=asyncio.FIRST_COMPLETED)
        failed = telling.done() and telling.exception() is not None
        if playing.done():
            failed = audience.gave_up or isinstance(playing.exception(), (httpx.HTTPError, NotDone))
    finally:
        for task in (telling, playing):
            task.cancel()
        await asyncio.gather(telling, playing, return_exceptions=True)
        await database.run(services.finish, row.pk, figures(audience, load), failed=failed)
        await database.stop()
    return 1 if failed else 0


async def _tell(rehearsal_id: str, audience: Audience, load: "Load", database: Database) -> None:
    """Keep the figures until somebody ends the rehearsal."""
    while True:
        load.look()
        if not await database.run(services.report, rehearsal_id, figures(audience, load)):
            return
        await asyncio.sleep(TELL_EVERY_S)


def figures(audience: Audience, load: "Load") -> Figures:
    answers = sorted(audience.answers_ms)
    return Figures(
        audience.present, audience.came, dict(audience.done), dict(audience.refused),
        rules.quantile(answers, 0.5), rules.quantile(answers, 0.95), load.mean, load.most,
    )  # fmt: skip


@dataclass(slots=True)
class Load:
    """How busy the machine is, in percent of all cores: what the system counts over a minute."""

    seen: list[int] = field(default_factory=list)

    def look(self) -> None:
        self.seen.append(min(100, round(100 * os.getloadavg()[0] / (os.cpu_count() or 1))))

    @property
    def mean(self) -> int:
        return round(sum(self.seen) / len(self.seen)) if self.seen else 0

    @property
    def most(self) -> int:
        return max(self.seen, default=0)


class Cast:
    """Makes the viewers of one rehearsal."""

    def __init__(self, show: Show, script: Script, plan: Plan, database: Database) -> None:
        self.show, self.plan, self.database = show, plan, database
        self._script = script

    def viewer(self, place: int) -> "CastViewer":
        return CastViewer(self, self._script, place)


class CastViewer(ViewerClient):
    """One of the cast: comes with a token of its own making, and buys at the till."""

    def __init__(self, cast: Cast, script: Script, place: int) -> None:
        super().__init__(
            cast.plan.site, cast.plan.show, script.personas[place], False, cast.plan.host,
            cast.plan.language,
        )  # fmt: skip
        self._cast, self._place, self._bought = cast, place, 0
        self._subject = str(Subject.guest(new_id()))

    @override
    async def come(self) -> None:
        show = self._cast.show
        claims = Claims(
            self._subject, show.brand_id, self.persona.name, (), f"rehearsal-{self._place}",
            (cast_trait(show.pk),),
        )  # fmt: skip
        self._token, self.id = token_signer().issue(claims, utc_now()), self._subject

    @override
    async def products(self) -> list[dict[str, Any]]:
        found = await self._cast.database.run(shows.products_payload, self._cast.show)
        return [dict(one) for one in found]

    @override
    async def buy(self, sku: str, show_time_s: float | None, buyer: Buyer) -> str:
        self._bought += 1
        is_declined = (self._place + self._bought) % DECLINED_EACH == 0
        card = _DECLINED_CARD if is_declined else buyer.card
        wanted = {"show": self._cast.plan.show, "sku": sku, "card": card}
        await self._ask("POST", "/api/v1/rehearsals/purchases", wanted)
        return ""
