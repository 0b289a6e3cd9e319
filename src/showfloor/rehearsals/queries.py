"""The reads of rehearsals."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from showfloor.kernel.errors import NotFound
from showfloor.rehearsals import words
from showfloor.rehearsals.models import Rehearsal
from showfloor.rehearsals.rules import Figures, Goods
from showfloor.shows import queries as shows
from showfloor.shows.models import Show


class RehearsalView(TypedDict):
    """`slug`: of the hidden show that is played, `of`: of the rehearsed one; `report`: sentences,
    while it runs and after it."""

    slug: str
    of: str
    state: str  # waiting, running, over, failed
    viewers: int
    minutes: int
    present: int
    report: Sequence[str]


def of_show(show: Show) -> Rehearsal:
    """Return the rehearsal that is played in a hidden show; NotFound."""
    rows = Rehearsal.objects.for_brand(show.brand_id).select_related("of", "show__brand")
    found = rows.filter(show=show).first()
    if found is None:
        raise NotFound(_("This show is no rehearsal."))
    return found


def latest_of(show: Show) -> Rehearsal | None:
    """Return the last rehearsal of a show."""
    rows = Rehearsal.objects.for_brand(show.brand_id).select_related("of", "show__brand")
    return rows.filter(of=show).exclude(show=None).order_by("-created_at", "-pk").first()


def view(row: Rehearsal) -> RehearsalView:
    figures = Figures.of(row.figures)
    return {
        "slug": row.show.slug if row.show is not None else "",
        "of": row.of.slug,
        "state": row.state,
        "viewers": row.viewers,
        "minutes": row.minutes,
        "present": figures.present,
        "report": words.report(row, figures),
    }


def goods_of(show: Show) -> dict[str, Any]:
    """Return by SKU what the till of a rehearsal begins with: the rundown's variants that have a
    price, with today's prices and numbers."""
    found: dict[str, Any] = {}
    for product in shows.products_payload(show):
        for variant in product["variants"]:
            goods = Goods(
                product["name"], variant["price"], variant["currency"], max(0, variant["available"])
            )
            found[variant["sku"]] = asdict(goods)
    return found
