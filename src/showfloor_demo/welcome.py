"""The text of the terminal once the demo is ready: the addresses, the log-ins, things to try."""

from showfloor.kernel.settings import Settings
from showfloor_demo.house import House
from showfloor_demo.seed import DemoFacts


def addresses(settings: Settings, facts: DemoFacts) -> str:
    """Return the text for the terminal."""
    site = settings.site_url
    first, second = facts.live[0], facts.live[-1]
    people = "\n".join(
        f"    {person.role:<10} {person.email:<28} {person.password}" for person in facts.people
    )
    return f"""
  Begin here: {site}/demo   (log-ins as buttons, and what to try in which order)

    1  Watch as a viewer      {site}/shows/{first.slug}
    2  Produce the show       {site}/console/shows/{first.slug}
    3  A brand beside it      {site_of(settings, second.house)}/
    4  Programme, replays     {site}/
    5  Back office            {site}/admin/
    6  Mails that went out    {site}/outbox/

  Log-ins (password behind the address)
{people}

  Test cards: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined; any date and code.
  Go live from OBS: {settings.ingest_url} and the key that the console shows (Custom…, H.264, AAC).

  Ctrl-C stops everything.
"""


def site_of(settings: Settings, house: House) -> str:
    """Return the address at which a house's programme is."""
    name = house.brand.host_name
    return f"http://{name}:{settings.port}" if name else settings.site_url
