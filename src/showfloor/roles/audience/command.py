"""`showfloor audience <show>`: an invented audience for rehearsals, on test shows and in a demo."""

import argparse
import asyncio
from typing import Final

import httpx

from showfloor.accounts import installation
from showfloor.kernel.errors import NotFound, Unavailable
from showfloor.kernel.settings import Settings
from showfloor.roles.audience import rules
from showfloor.roles.audience.client import NotDone
from showfloor.roles.audience.engine import Audience, Plan
from showfloor.roles.audience.script import REHEARSAL
from showfloor.roles.http import own_address, site_host
from showfloor.shows.models import Show

SAY_EVERY_S: Final = 10.0


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Fill the show until time is up or Ctrl-C; the exit code."""
    rules.check_wanted(arguments.viewers, arguments.minutes)
    show = Show.objects.all_brands().filter(slug=arguments.show).first()
    if show is None:
        raise NotFound(f"there is no show {arguments.show!r}")
    rules.check_may_come(is_demo=installation.is_demo(), is_test_show=show.is_test)
    orders = not arguments.no_orders and settings.payment_provider == "test"
    site = (arguments.site or own_address(settings, settings.port)).rstrip("/")
    host = "" if arguments.site else site_host(settings)
    plan = Plan(site, show.slug, arguments.seed, arguments.minutes, orders, host)
    audience = Audience(plan, REHEARSAL.with_viewers(arguments.viewers))
    print(f"{arguments.viewers} viewers for {show.title!r} at {site}; Ctrl-C sends them home")
    try:
        asyncio.run(_run_and_say(audience))
    except KeyboardInterrupt:
        pass
    except (NotDone, httpx.HTTPError) as error:
        raise Unavailable(f"the show at {site} cannot be followed: {error!r}") from None
    print(summary(audience))
    return 0


def summary(audience: Audience) -> str:
    done = ", ".join(f"{count} × {name}" for name, count in sorted(audience.done.items()))
    refused = ", ".join(f"{count} × {code}" for code, count in sorted(audience.refused.items()))
    return f"{audience.present} there; done: {done or 'nothing'}; refused: {refused or 'nothing'}"


async def _run_and_say(audience: Audience) -> None:
    saying = asyncio.create_task(_say(audience))
    try:
        await audience.run()
    finally:
        saying.cancel()


async def _say(audience: Audience) -> None:
    while True:
        await asyncio.sleep(SAY_EVERY_S)
        print(f"  {summary(audience)}", flush=True)
