"""Reads of waitlists."""

from collections.abc import Mapping
from typing import TypedDict

from django.db import connection
from django.db.models import Count

from showfloor.catalogue import queries as catalogue
from showfloor.catalogue.queries import Goods
from showfloor.shows.models import Show
from showfloor.waitlists import rows
from showfloor.waitlists.models import Wait, WaitState
from showfloor.waitlists.rows import WaitRow


class WaitView(TypedDict):
    """A person's place in the queue for a variant. `state`: waiting, or offered: then the goods are
    in the cart until the reservation ends; `place`: 1 is the next, null for an offered one."""

    variant_id: str
    sku: str
    name: str
    state: str
    place: int | None
    mailed: bool  # an offer goes to an e-mail address, too


class Mine(TypedDict):
    """Where the viewer waits, in whichever show or page they joined."""

    waits: list[WaitView]


def view_of(wait: WaitRow, goods: Goods, place: int | None) -> WaitView:
    return {
        "variant_id": wait.variant_id, "sku": goods.sku, "name": goods.name, "state": wait.state,
        "place": place, "mailed": bool(wait.email),
    }  # fmt: skip


def waits_of(brand_id: str, owner: str) -> list[WaitView]:
    """Return where a person waits, the oldest first, with the places of now."""
    with connection.cursor() as cursor:
        waits = rows.open_of(cursor, brand_id, [owner])
        if not waits:
            return []
        places = rows.places(cursor, waits)
        found = catalogue.goods(cursor, brand_id, variant_ids={one.variant_id for one in waits})
    goods = {one.variant_id: one for one in found}
    return [view_of(one, goods[one.variant_id], places.get(one.id)) for one in waits]


def mine(show: Show, subject: str) -> Mine:
    return {"waits": waits_of(show.brand_id, subject)}


def lengths(brand_id: str) -> Mapping[str, int]:
    """Return how many people wait for each of a brand's variants, by variant id."""
    waiting = Wait.objects.for_brand(brand_id).filter(state=WaitState.WAITING)
    return dict(waiting.values_list("variant").annotate(Count("pk")))


def lengths_by_product(brand_id: str) -> Mapping[str, int]:
    """Return how many people wait for a brand's products, by product id."""
    waiting = Wait.objects.for_brand(brand_id).filter(state=WaitState.WAITING).order_by()
    return dict(waiting.values_list("variant__product").annotate(Count("pk")))
