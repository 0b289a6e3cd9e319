"""The console's report: the show, its stream, its audience and its sales in one answer."""

from dataclasses import asdict
from typing import Any, TypedDict

from showfloor.checkout import queries as checkout
from showfloor.community.chat import queries as community
from showfloor.community.notices import queries as notices
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.media.diagnostics import latest, rejections
from showfloor.media.diagnostics.findings import worst_first
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.diagnostics.rejections import RejectedAttempt
from showfloor.playouts import queries as playouts
from showfloor.restreams import queries as restreams
from showfloor.shows import cues
from showfloor.shows import queries as shows
from showfloor.shows.cues import CueView
from showfloor.shows.models import Show, ShowState
from showfloor.shows.plan import PlanRow, plan_rows
from showfloor.shows.wire import HighlightView, RundownRow
from showfloor.site.restream_words import ShownRestream, restream_rows
from showfloor.site.stream_words import RefusedAttempt, Warned, refused, warnings
from showfloor.timeline import presence


class Sales(TypedDict):
    amount: int  # minor units
    currency: str


class NoticesWaiting(TypedDict):
    """Notices of illegal content, and complaints, that wait at the brand."""

    count: int
    due_at: str | None  # the nearest deadline of a notice


class DiskRoom(TypedDict):
    """The room for recordings. `hours_left`: at the present rate, or of one show."""

    free_gb: float  # GiB
    hours_left: float
    recording: bool


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
    disk: DiskRoom | None  # null: the process that takes the streams has not told it
    refused: list[RefusedAttempt]  # who tried to send and was not taken, the latest first
    restreams: list[ShownRestream]  # the brand's destinations
    plays: str  # the name of the file that goes live by itself; empty for none
    rundown: list[RundownRow]
    plan: list[PlanRow]  # the products and the items of other kinds, in order
    cue: CueView | None  # the rundown's current item; null: none yet
    highlights: list[HighlightView]
    notices: NoticesWaiting


def console_report(show: Show, network: str) -> ConsoleReport:
    """Return the report for a member of staff in this network. It is read without
    `timeline.consistent`, because numbers of this second are enough."""
    here = presence.read(show.timeline_id)
    health = latest.health(show.channel_id)
    machine = health.machine if health is not None else ""
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
        "warnings": warnings(
            worst_first([*latest.machine(machine), *(health.findings if health else ())])
        ),
        "disk": _disk_room(machine),
        "refused": refused(_attempts(show, network, is_sending=health is not None)),
        "restreams": restream_rows(restreams.of_show(show)),
        "plays": "" if (played := playouts.of_show(show)) is None else played.name,
        "rundown": shows.rundown_rows(show),
        "plan": plan_rows(show),
        "cue": cues.view_of(show),
        "highlights": shows.highlights(show),
        "notices": _notices(show),
    }


def _disk_room(machine: str) -> DiskRoom | None:
    disk = latest.disk(machine)
    if disk is None:
        return None
    return {
        "free_gb": round(disk.free_bytes / 2**30, 1),
        "hours_left": round(disk.hours_left, 1),
        "recording": disk.is_recording,
    }


def _notices(show: Show) -> NoticesWaiting:
    found = notices.waiting(show.brand)
    return {
        "count": found.notices + found.complaints,
        "due_at": iso_ms(found.due_at) if found.due_at is not None else None,
    }


def _attempts(show: Show, network: str, *, is_sending: bool) -> list[RejectedAttempt]:
    """Return the attempts at this show; while nobody sends, also those with an unknown key from
    the network of its staff."""
    now = utc_now()
    own = rejections.book.attempts(rejections.of_channel(show.channel_id), now)
    if is_sending or show.state == ShowState.ENDED or not network:
        return own
    near = rejections.book.attempts(rejections.of_network(network), now)
    return sorted([*own, *near], key=lambda one: one.at, reverse=True)


def _health(health: IngestHealth | None) -> dict[str, Any] | None:
    if health is None:
        return None
    figures = asdict(health)
    del figures["findings"]  # they are said in words
    del figures["figures"]  # they are drawn as curves
    del figures["machine"]  # a name between processes
    return {**figures, "since": iso_ms(health.since)}
