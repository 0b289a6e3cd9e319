"""The announcement of changed prices on the timelines of live shows, so that open cards change."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from showfloor.accounts import batch_sql
from showfloor.pricing import due_lists
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

VARIANTS_MAX = 200  # named in one entry; more are announced by further entries


@timeline.verb
def announce_prices(variant_ids: Collection[str]) -> None:
    """Tell the live shows that list these variants, in the open transaction if there is one.
    Timelines are locked in the order of their ids."""
    with timeline.write():
        for timeline_id, named in _shown_in(variant_ids).items():
            parts = (named[at : at + VARIANTS_MAX] for at in range(0, len(named), VARIANTS_MAX))
            entries = [NewEntry("price.changed", {"variant_ids": part}) for part in parts]
            timeline.append(timeline_id, entries)


def announce_due(now: datetime) -> int:
    """Announce the lists of prices that came into force or ended since the last look; return how
    many. Prices are right without it: it only makes open pages read them again."""
    return sum(_announce_list(list_id, now) for list_id in due_lists.waiting(now))


@timeline.verb
def _announce_list(list_id: str, now: datetime) -> bool:
    with timeline.write():
        variant_ids = due_lists.take(list_id, now)
        if variant_ids is None:
            return False
        announce_prices(variant_ids)
    return True


def _shown_in(variant_ids: Collection[str]) -> dict[str, list[str]]:
    """Return by the timeline of each live show the variants that it lists."""
    if not variant_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT show.timeline_id, v.id FROM catalogue_variant v"  # noqa: S608 - names of ours
            " JOIN shows_rundownitem item ON item.product_id = v.product_id"
            " JOIN shows_show show ON show.id = item.show_id AND show.state = 'live' WHERE "
            + batch_sql.among("v.id")
            + " ORDER BY show.timeline_id, v.id",
            (batch_sql.many(variant_ids),),
        )
        found: dict[str, list[str]] = {}
        for timeline_id, variant_id in cursor.fetchall():
            found.setdefault(timeline_id, []).append(variant_id)
    return found
