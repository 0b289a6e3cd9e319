"""Reads of giveaways: for the snapshot, for one person, for staff, for the draw's page."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from showfloor.giveaways import beacon, verify_draw
from showfloor.giveaways.events import GiveawayDrawn, GiveawayEntered, GiveawayOpened
from showfloor.giveaways.models import DrawEntry, Giveaway, GiveawayState, Prize, PrizeState
from showfloor.giveaways.rules import ASKS_EMAIL
from showfloor.kernel.clock import iso_ms, iso_or_none
from showfloor.kernel.errors import NotFound
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline

UNSEEN = frozenset({GiveawayState.DRAFT, GiveawayState.WITHDRAWN})
_SEALS_AT_ONCE = 10_000


class GiveawayView(GiveawayOpened):
    """A giveaway as viewers see it. `winning`, `reserve`: numbers of entries, once it is drawn."""

    state: str  # open, closed, drawn
    opened_at: str
    closed_at: str | None
    drawn_at: str | None
    entries: int
    winning: list[int]
    reserve: list[int]


class StaffGiveaway(TypedDict):
    """A giveaway as staff see it."""

    giveaway_id: str
    title: str
    prize: str
    terms: str
    rule: str
    winners: int
    substitutes: int
    entries_max: int
    claim_hours: int
    state: str
    closes_at: str | None
    entries: int
    url: str
    prizes: list["StaffPrize"]


class StaffPrize(TypedDict):
    """A place in the result. Name and address are there once the prize is claimed."""

    rank: int
    number: int
    state: str
    claim_until: str | None
    name: str
    address: str
    email: str


class OwnEntry(TypedDict):
    """The proof of one's own entry, and what became of it."""

    number: int
    seal: str
    salt: str
    prize: str | None  # reserve, offered, claimed, declined, lapsed


class GiveawayMine(TypedDict):
    giveaway_entries: dict[str, OwnEntry]


class GiveawaySnapshot(TypedDict):
    giveaways: list[GiveawayView]


def snapshot(show: Show) -> GiveawaySnapshot:
    rows = of_show(show).exclude(state__in=UNSEEN).order_by("opened_at", "pk")
    return {"giveaways": [_view(one) for one in rows.prefetch_related("prizes__entry")]}


def mine(show: Show, subject: str) -> GiveawayMine:
    rows = _of_owner(show.brand_id, subject).filter(giveaway__show=show)
    found = list(rows.exclude(giveaway__state=GiveawayState.WITHDRAWN).select_related("prize"))
    return {"giveaway_entries": {one.giveaway_id: own_entry(one) for one in reversed(found)}}


def entry_of(giveaway: Giveaway, subject: str) -> DrawEntry | None:
    """Return the entry of this person, the luckier one of somebody who signed in later."""
    return _of_owner(giveaway.show.brand_id, subject).filter(giveaway=giveaway).first()


def _of_owner(brand_id: str, subject: str) -> QuerySet[DrawEntry]:
    """Return a person's entries, the luckiest first."""
    rows = DrawEntry.objects.for_brand(brand_id).filter(owner=subject)
    return rows.order_by(F("prize__rank").asc(nulls_last=True), "number")


def own_entry(entry: DrawEntry) -> OwnEntry:
    prize = getattr(entry, "prize", None)
    return {
        "number": entry.number, "seal": entry.seal, "salt": entry.salt,
        "prize": prize.state if prize is not None else None,
    }  # fmt: skip


def of_show(show: Show) -> QuerySet[Giveaway]:
    return Giveaway.objects.for_brand(show.brand_id).filter(show=show)


def find(show: Show, giveaway_id: str) -> Giveaway:
    """Return a giveaway of the show; NotFound."""
    found = of_show(show).filter(pk=giveaway_id).select_related("show").first()
    if found is None:
        raise NotFound(_("There is no such giveaway."))
    return found


def find_public(giveaway_id: str) -> Giveaway:
    """Return a giveaway that was opened, of any brand; NotFound. One that was taken back is there,
    too: nobody draws again and again in secret."""
    rows = Giveaway.objects.all_brands().exclude(state=GiveawayState.DRAFT)
    found = rows.filter(pk=giveaway_id).select_related("show__brand").first()
    if found is None:
        raise NotFound(_("There is no such draw."))
    return found


def path_of(giveaway_id: str) -> str:
    """Return the address of a draw's page."""
    return f"/draws/{giveaway_id}"


def staff_giveaways(show: Show) -> list[StaffGiveaway]:
    """Return every giveaway but those taken back, in the order of their making."""
    rows = of_show(show).exclude(state=GiveawayState.WITHDRAWN).prefetch_related("prizes__entry")
    return [staff_giveaway(one) for one in rows]


def staff_giveaway(giveaway: Giveaway) -> StaffGiveaway:
    return {
        "giveaway_id": giveaway.pk, "title": giveaway.title, "prize": giveaway.prize,
        "terms": giveaway.terms, "rule": giveaway.rule, "winners": giveaway.winners,
        "substitutes": giveaway.substitutes, "entries_max": giveaway.entries_max,
        "claim_hours": giveaway.claim_hours, "state": giveaway.state,
        "closes_at": iso_or_none(giveaway.closes_at),
        "entries": giveaway.entries, "url": path_of(giveaway.pk),
        "prizes": [_staff_prize(one) for one in giveaway.prizes.all()],
    }  # fmt: skip


def _staff_prize(prize: Prize) -> StaffPrize:
    return {
        "rank": prize.rank, "number": prize.entry.number, "state": prize.state,
        "claim_until": iso_or_none(prize.claim_until),
        "name": prize.name, "address": prize.address, "email": prize.email,
    }  # fmt: skip


def opened(giveaway: Giveaway) -> GiveawayOpened:
    """Return the body of the entry that opens it."""
    assert giveaway.closes_at is not None, "a giveaway that was opened has an end"
    return {
        "giveaway_id": giveaway.pk, "title": giveaway.title, "prize": giveaway.prize,
        "rule": giveaway.rule, "asks_email": giveaway.rule in ASKS_EMAIL,
        "winners": giveaway.winners, "substitutes": giveaway.substitutes,
        "closes_at": iso_ms(giveaway.closes_at), "commitment": giveaway.commitment,
        "round": giveaway.round, "url": path_of(giveaway.pk),
    }  # fmt: skip


def entered(giveaway: Giveaway) -> GiveawayEntered:
    return {"giveaway_id": giveaway.pk, "entries": giveaway.entries, "head": giveaway.head}


def drawn(giveaway: Giveaway, seed: bytes, places: Sequence[int]) -> GiveawayDrawn:
    return {
        "giveaway_id": giveaway.pk, "seed": seed.hex(), "round": giveaway.round,
        "signature": giveaway.signature, "beacon_missing": giveaway.beacon_missing,
        "winners": list(places[: giveaway.winners]),
        "substitutes": list(places[giveaway.winners :]),
    }  # fmt: skip


def numbers(giveaway: Giveaway) -> tuple[list[int], list[int]]:
    """Return the entries' numbers of winners and of substitutes, as they were drawn."""
    found = [one.entry.number for one in giveaway.prizes.all()]
    return found[: giveaway.winners], found[giveaway.winners :]


def _view(giveaway: Giveaway) -> GiveawayView:
    assert giveaway.opened_at is not None, "a giveaway that viewers see was opened"
    winning, reserve = numbers(giveaway)
    return {
        **opened(giveaway), "state": giveaway.state, "opened_at": iso_ms(giveaway.opened_at),
        "closed_at": iso_or_none(giveaway.closed_at),
        "drawn_at": iso_or_none(giveaway.drawn_at),
        "entries": giveaway.entries, "winning": winning, "reserve": reserve,
    }  # fmt: skip


def record(giveaway: Giveaway) -> Iterator[str]:
    """Yield the record of a draw as JSON, in pieces: what `verify_draw.py` reads."""
    about = {
        "version": verify_draw.VERSION, "draw_id": giveaway.pk, "drand_chain": beacon.CHAIN,
        "entries": list(timeline_entries(giveaway)),
    }  # fmt: skip
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "seals": ['
    rows = DrawEntry.objects.all_brands().filter(giveaway=giveaway).order_by("number")
    separator = ""
    for seal in rows.values_list("seal", flat=True).iterator(_SEALS_AT_ONCE):
        yield f'{separator}"{seal}"'
        separator = ","
    yield "]}"


def timeline_entries(giveaway: Giveaway) -> Iterator[dict[str, Any]]:
    """Yield the entries of the show's timeline about this giveaway, in order."""
    timeline_id = giveaway.show.timeline_id
    steps = timeline.pick(
        timeline_id, [seq for seq in (giveaway.opened_seq, giveaway.closed_seq) if seq]
    )
    yield from (one.wire() for one in steps[:1])
    heads = timeline.containing(timeline_id, "giveaway.entered", giveaway.pk, giveaway.opened_seq)
    yield from (one.wire() for one in heads)
    yield from (one.wire() for one in steps[1:])
    if result := drawn_entry(giveaway):
        yield result


def drawn_entry(giveaway: Giveaway) -> dict[str, Any] | None:
    """Return the entry that tells the result; None before the draw."""
    found = timeline.pick(giveaway.show.timeline_id, [giveaway.drawn_seq])
    return found[0].wire() if found else None


def claim_rows(giveaway: Giveaway) -> Iterator[list[object]]:
    """Yield the prizes as a table, the heading first."""
    yield ["rank", "entry", "state", "claim_until", "name", "address", "email"]
    for one in map(_staff_prize, giveaway.prizes.all()):
        yield [
            one["rank"] + 1, one["number"], one["state"], one["claim_until"] or "", one["name"],
            one["address"], one["email"],
        ]  # fmt: skip


def offered_to(giveaway: Giveaway, subject: str) -> Prize | None:
    """Return the prize of this person, however it stands; None for somebody who did not win."""
    rows = Prize.objects.all_brands().filter(giveaway=giveaway, entry__owner=subject)
    return rows.exclude(state=PrizeState.RESERVE).select_related("entry").first()
