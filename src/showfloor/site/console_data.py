"""What the console polls: the show, its stream, its audience and its sales in one answer."""

from dataclasses import asdict
from typing import Any, TypedDict

from showfloor.checkout import queries as checkout
from showfloor.community.chat import queries as community
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.media import live
from showfloor.media.findings import worst_first
from showfloor.media.health import IngestHealth
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.wire import HighlightView, RundownRow
from showfloor.site.stream_words import Warned, warnings
from showfloor.timeline import presence


class Sales(TypedDict):
    amount: int  # minor units
    currency: str


class ConsoleReport(TypedDict):
    state: str
    title: str
    published: bool
    started_at: str | None
    ended_at: str | None
    now: str
    viewers: int
    peak: int
    carts: int
    orders: int
    sales: Sales
    messages: int
    health: dict[str, Any] | None  # null: no encoder is connected
    warnings: list[Warned]  # about what leaves the server, the worst first
    rundown: list[RundownRow]
    highlights: list[HighlightView]


def console_report(show: Show) -> ConsoleReport:
    """What the console polls. Without `timeline.consistent`: numbers of this second are enough."""
    here = presence.read(show.timeline_id)
    health = live.health(show.channel_id)
    sold = checkout.show_numbers(show.pk)
    return {
        "state": show.state,
        "title": show.title,
        "published": show.published,
        "started_at": iso_ms(show.started_at) if show.started_at else None,
        "ended_at": iso_ms(show.ended_at) if show.ended_at else None,
        "now": iso_ms(utc_now()),
        "viewers": here.viewers,
        "peak": max(here.peak, show.peak_viewers),
        "carts": sold.carts,
        "orders": sold.orders,
        "sales": {"amount": sold.sales, "currency": show.brand.currency},
        "messages": community.count(show),
        "health": _health(health),
        "warnings": warnings(worst_first([*live.machine(), *(health.findings if health else ())])),
        "rundown": shows.rundown_rows(show),
        "highlights": shows.highlights(show),
    }


def _health(health: IngestHealth | None) -> dict[str, Any] | None:
    if health is None:
        return None
    figures = asdict(health)
    del figures["findings"]  # they are said in words
    return {**figures, "since": iso_ms(health.since)}
