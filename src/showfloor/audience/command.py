"""`showfloor audience <show>`: an invented audience for rehearsals, on test shows and in a demo."""

import argparse
import asyncio
from typing import Final
from urllib.parse import urlsplit

import httpx

from showfloor.accounts import brand_urls, installation
from showfloor.audience import rules
from showfloor.audience.client import NotDone
from showfloor.audience.engine import Audience, Plan
from showfloor.audience.script import REHEARSAL
from showfloor.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from showfloor.shows import queries as shows
from showfloor.shows.models import OpenTo, Show, ShowState

SAY_EVERY_S: Final = 10.0


def run(arguments: argparse.Namespace, own_site: str, *, can_pay: bool) -> int:
    """Fill the show until time is up or Ctrl-C; the exit code. `own_site` is the server of this
    machine, which is asked by the host name of the show's brand."""
    rules.check_wanted(arguments.viewers, arguments.minutes)
    show = Show.objects.all_brands().select_related("brand").filter(slug=arguments.show).first()
    if show is None:
        raise NotFound(f"there is no show {arguments.show!r}")
    rules.check_may_come(is_demo=installation.is_demo(), is_test_show=show.is_test)
    if show.state == ShowState.ENDED:
        raise Conflict(f"{show.title!r} is over: an audience comes to shows that are still on")
    if not shows.is_public(show):
        raise Conflict(f"viewers do not see {show.title!r} yet: give it a time, or start it")
    site = (arguments.site or own_site).rstrip("/")
    host = "" if arguments.site else urlsplit(brand_urls.origin(show.brand)).netloc
    orders = can_pay and not arguments.no_orders
    rules.check_door(show.open_to, orders=orders)
    plan = Plan(
        site, show.slug, arguments.seed, arguments.minutes, orders, host, show.brand.language,
        needs_ticket=show.open_to == OpenTo.TICKET,
    )  # fmt: skip
    audience = Audience(plan, REHEARSAL.with_viewers(arguments.viewers))
    print(
        f"{arguments.viewers} viewers for {show.title!r} at {site}; Ctrl-C sends them home",
        flush=True,
    )
    try:
        asyncio.run(_run_and_say(audience))
    except KeyboardInterrupt:
        pass
    except httpx.InvalidURL:
        raise Invalid("--site: an address such as https://shop.example", field="site") from None
    except httpx.HTTPError as error:
        raise Unavailable(
            f"no server answers at {site} ({type(error).__name__}): start it with "
            "`showfloor serve`, or name another one with --site"
        ) from None
    except NotDone as refusal:
        name = f" as {host} (is it in SHOWFLOOR_ALLOWED_HOSTS?)" if refusal.status == 400 else ""
        raise Unavailable(f"the server at {site} refused the audience{name}: {refusal}") from None
    print(f"they have left; {summary(audience)}")
    if audience.gave_up:
        raise Unavailable(f"the server at {site} answers no longer, so the audience went home")
    return 0


def summary(audience: Audience) -> str:
    done = ", ".join(f"{count} × {name}" for name, count in sorted(audience.done.items()))
    refused = ", ".join(f"{count} × {code}" for code, count in sorted(audience.refused.items()))
    return f"done: {done or 'nothing'}; refused: {refused or 'nothing'}"


async def _run_and_say(audience: Audience) -> None:
    saying = asyncio.create_task(_say(audience))
    try:
        await audience.run()
    finally:
        saying.cancel()


async def _say(audience: Audience) -> None:
    while True:
        await asyncio.sleep(SAY_EVERY_S)
        print(f"  {audience.present} there; {summary(audience)}", flush=True)
