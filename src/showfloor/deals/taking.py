"""Taps of viewers on deals: many in one transaction, each a row that survives, decided later.

A tap's place follows from the picture that its sender saw and from what the edge served to the
sender (`shows.delivery_clocks`). It is decided once no tap that is still on its way can come before
it; at once, where there is enough for everybody who is there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import batch_sql
from showfloor.checkout.pauses import queries as pauses
from showfloor.checkout.pauses import rules as pause_rules
from showfloor.community import command_batches
from showfloor.community.admission import Admission, admission_for, no_such_show
from showfloor.deals import queries, rules
from showfloor.deals.models import Deal, DealRequest, RequestState
from showfloor.deals.rules import Opening, Tap, Timing
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.ids import is_id, new_id
from showfloor.shows import delivery_clocks as clocks
from showfloor.shows.models import Show
from showfloor.timeline import presence
from showfloor.timeline import services as timeline
from showfloor.timeline.commands import Command, Outcome

_COLUMNS: Final = {
    "id": "text", "deal_id": "text", "variant_id": "text", "owner": "text", "asked_by": "text",
    "quantity": "integer", "key": "text", "show_time_s": "double precision", "arrived_ms": "bigint",
    "delay_ms": "integer", "response_ms": "bigint", "decided_ms": "bigint", "state": "text",
    "reason": "text", "reservation_id": "text",
}  # fmt: skip
_values_of = attrgetter(*_COLUMNS)


@dataclass(frozen=True, slots=True)
class Take:
    """A tap, as it was sent. `picture_ms`: the picture that the player showed, Unix time in ms."""

    deal_id: str
    variant_id: str
    quantity: int
    picture_ms: int | None


@dataclass(slots=True)
class _Counts:
    """What people have of one deal: units by person, and what waits. A guest who has signed in
    still counts with what was handed over, beside the account."""

    left: int | None
    pending: int
    variant_ids: frozenset[str]
    held: dict[str, int] = field(default_factory=dict)
    open: dict[str, DealRequest | Tap] = field(default_factory=dict)
    by_key: dict[tuple[str, str], DealRequest | Tap] = field(default_factory=dict)

    def add(self, person: str, row: DealRequest) -> None:
        self.by_key[person, row.key] = row
        if row.state == RequestState.PENDING:
            self.open[person] = row
        elif row.state in queries.TAKEN:
            self.held[person] = self.held.get(person, 0) + row.quantity


@timeline.verb
def take(
    show_id: str, commands: Sequence[Command], takes: Sequence[Take | Outcome]
) -> list[Outcome]:
    """Note a batch of taps; each outcome says when it is decided. A tap that is sent again is the
    one that is there already."""
    now = utc_now()
    with timeline.write():
        admission = admission_for(show_id, commands, now)
        if admission is None:
            return no_such_show(commands)
        show = admission.show
        # PostgreSQL takes not every text, and one tap's must not spoil the others of its batch.
        named = {one.deal_id for one in takes if isinstance(one, Take)}
        deals = _lock_deals(show, {one for one in named if is_id(one)})
        batch = _Taps(admission, deals, {one.claims.sub for one in commands}, now)
        noted = command_batches.each(commands, takes, show.brand.language, batch.note)
        batch.write()
    return [one if isinstance(one, Outcome) else _outcome(one) for one in noted]


def _outcome(row: DealRequest | Tap) -> Outcome:
    return Outcome(result={"deal": {"deal_id": row.deal_id, **queries.mine_of(row)}})


def _lock_deals(show: Show, deal_ids: set[str]) -> dict[str, Deal]:
    rows: QuerySet[Deal] = queries.of_show(show).filter(pk__in=deal_ids, state__in=queries.SEEN)
    locked = rows.order_by("pk").select_for_update(of=("self",), no_key=True)
    found = {deal.pk: deal for deal in locked.prefetch_related("items")}
    for deal in found.values():
        deal.show = show
    return found


class _Taps:
    """One batch in its transaction."""

    def __init__(
        self, admission: Admission, deals: Mapping[str, Deal], people: Collection[str],
        now: datetime,
    ) -> None:  # fmt: skip
        self._admission = admission
        self._deals = deals
        self._now_ms = to_epoch_ms(now)
        self._unproven_ms: int = settings.SHOWFLOOR.unproven_delay_ms
        self._people = presence.read(admission.show.timeline_id).viewers
        self._counts = {deal.pk: _counts_of(deal, people) for deal in deals.values()}
        self._pause = pauses.pause_of_show(admission.show)
        self._new: list[Tap] = []

    def note(self, command: Command, one: Take) -> DealRequest | Tap:
        self._admission.admit(command.claims)
        self._check_sells()
        deal = self._deals.get(one.deal_id)
        if deal is None or not deal.is_limited:
            raise queries.no_such_deal()
        counts, owner = self._counts[deal.pk], command.claims.sub
        earlier = counts.by_key.get((owner, command.id)) or counts.open.get(owner)
        if earlier is not None:
            return earlier
        _check_wish(deal, counts.variant_ids, one)
        timing = self._timing(deal, command, one)
        _check_limits(deal, counts, owner, one.quantity)
        return self._add(deal, counts, command, one, timing)

    def _check_sells(self) -> None:
        if self._admission.show.rehearses_id is not None:
            raise Conflict(_("This is a rehearsal: nothing is sold in it."), code="rehearsal")
        if self._pause is not None:
            raise pause_rules.refusal(self._pause)

    def _timing(self, deal: Deal, command: Command, one: Take) -> Timing:
        assert deal.opens_at is not None and deal.ends_at is not None, "announced"  # noqa: PT018
        ends_at = min(deal.ends_at, deal.ended_at or deal.ends_at)
        opening = Opening(to_epoch_ms(deal.opens_at), to_epoch_ms(ends_at), deal.window_ms)
        arrived = clocks.arrival_ms(command.arrived_ms, self._now_ms)
        slug = self._admission.show.slug
        delivery = clocks.delivery_of(command.pictures, slug, opening.opened_ms)
        return rules.timing(opening, one.picture_ms, arrived, delivery, self._unproven_ms)

    def _add(self, deal: Deal, counts: _Counts, command: Command, one: Take, timing: Timing) -> Tap:
        owner, decided = command.claims.sub, timing.decided_ms
        is_plenty = counts.left is None or rules.is_enough_for_all(
            counts.left, counts.pending, self._people, deal.per_person
        )
        row = Tap(
            id=new_id(), deal_id=deal.pk, variant_id=one.variant_id, owner=owner,
            asked_by=owner, quantity=one.quantity, key=command.id, arrived_ms=timing.arrived_ms,
            show_time_s=_show_time_s(self._admission.show, timing), delay_ms=timing.delay_ms,
            response_ms=timing.response_ms, decided_ms=self._now_ms if is_plenty else decided,
        )  # fmt: skip
        counts.pending += one.quantity
        counts.open[owner] = counts.by_key[owner, command.id] = row
        self._new.append(row)
        return row

    def write(self) -> None:
        if self._new:
            rows = [_values_of(one) for one in self._new]
            with connection.cursor() as cursor:
                batch_sql.insert(cursor, "deals_dealrequest", _COLUMNS, rows)


def _counts_of(deal: Deal, people: Collection[str]) -> _Counts:
    """Read what people have of a deal, those of the batch by name."""
    standing = queries.standing(deal)
    ids = frozenset(item.variant_id for item in deal.items.all())
    counts = _Counts(standing["left"], standing["pending"], ids)
    rows = DealRequest.objects.all_brands().filter(deal=deal)
    for some in map(frozenset, command_batches.chunks(people)):
        # A union, and no `OR`: each half has its index.
        for row in rows.filter(owner__in=some).union(rows.filter(asked_by__in=some)):
            for person in some & {row.owner, row.asked_by}:
                counts.add(person, row)
    return counts


def _check_wish(deal: Deal, variant_ids: Collection[str], one: Take) -> None:
    if one.variant_id not in variant_ids:
        raise Invalid(_("This is not in the deal."), field="variant_id")
    most = min(deal.per_person or rules.PER_PERSON_MAX, deal.units_max or rules.PER_PERSON_MAX)
    if not 1 <= one.quantity <= most:
        said = _("Between %(least)d and %(most)d.") % {"least": 1, "most": most}
        raise Invalid(said, field="quantity")


def _check_limits(deal: Deal, counts: _Counts, owner: str, quantity: int) -> None:
    held = counts.held.get(owner, 0)
    if deal.per_person is not None and held + quantity > deal.per_person:
        said = _("You have what one person can get of this.")
        raise Conflict(said, code="deal-limit", field="quantity")
    if counts.left is not None and counts.left < quantity:
        raise Conflict(_("All of it is taken."), code="deal-sold-out")


def _show_time_s(show: Show, timing: Timing) -> float | None:
    if show.started_at is None:
        return None
    shown = timing.arrived_ms - timing.delay_ms
    return max(0.0, (shown - to_epoch_ms(show.started_at)) / 1000)
