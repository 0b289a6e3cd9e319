"""The draw: giveaways close by themselves, the seed is revealed, prizes are offered and lapse.

Each step is one transaction under the giveaway's lock that checks the state first, so that a step
that ran, or that another process runs, is not done twice; a restart goes on where the rows say. The
round of drand is asked for between transactions.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from showfloor.accounts import sealing
from showfloor.accounts import services as accounts
from showfloor.accounts.subjects import Subject
from showfloor.giveaways import beacon, mails, queries, rules, services, verify_draw
from showfloor.giveaways.models import DrawEntry, Giveaway, GiveawayState, Prize, PrizeState
from showfloor.giveaways.rules import PrizeClaim
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import NotFound
from showfloor.outbox import services as outbox
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

log = logging.getLogger(__name__)

DUE_MAX: Final = 50  # giveaways, or prizes, in one run of a job
# The time for which a draw asks for its round before it goes on without.
PATIENCE: Final = timedelta(seconds=60)
NOT_CONFIGURED, NO_ANSWER = "not-configured", "no-answer"


def close_due(now: datetime) -> int:
    """Close the giveaways whose time is over or whose show has ended; return their number."""
    over = Q(closes_at__lte=now - rules.LATE) | Q(show__state=ShowState.ENDED)
    return _each(GiveawayState.OPEN, over, lambda one: _close_one(one, now))


def draw_due(now: datetime) -> int:
    """Draw the closed giveaways whose round can be had, or cannot be had; return their number. It
    waits for drand between transactions."""
    due = Q(round__lte=beacon.round_at(now))
    return _each(GiveawayState.CLOSED, due, lambda one: _draw_one(one, now))


def lapse_due(now: datetime) -> int:
    """Let the prizes lapse that nobody has claimed in time; return their number."""
    rows = Prize.objects.all_brands().filter(state=PrizeState.OFFERED, claim_until__lte=now)
    found = list(rows.order_by("claim_until").select_related("giveaway__show")[:DUE_MAX])
    return sum(_lapse_one(one.giveaway, one.pk, now) for one in found)


def _each(state: str, over: Q, step: Callable[[Giveaway], bool]) -> int:
    rows = Giveaway.objects.all_brands().filter(over, state=state).select_related("show")
    return sum(step(one) for one in rows.order_by("pk")[:DUE_MAX])


@timeline.verb
def _close_one(found: Giveaway, now: datetime) -> bool:
    with timeline.write():
        show, giveaway = services.lock(found.show, found.pk)
        ends = (giveaway.closes_at, show.ended_at)
        end = min((moment for moment in ends if moment is not None), default=None)
        if giveaway.state != GiveawayState.OPEN or end is None or end > now:
            return False  # somebody closed it in the meantime
        services.shut(giveaway, end)
    return True


def _draw_one(giveaway: Giveaway, now: datetime) -> bool:
    signature, missing = b"", ""
    source = beacon.used()
    if not giveaway.round or source is None:
        missing = NOT_CONFIGURED
    elif now < beacon.time_of(giveaway.round):
        return False
    else:
        try:
            signature = source.signature(giveaway.round)
        except beacon.NoAnswer:
            if now < beacon.time_of(giveaway.round) + PATIENCE:
                return False
            missing = NO_ANSWER
    try:
        return draw(giveaway, signature, missing, now)
    except sealing.CannotOpen:  # another secret key by now: this draw waits, the others go on
        log.warning("draw_seed_unreadable giveaway=%s", giveaway.pk)
        return False


@timeline.verb
def draw(found: Giveaway, signature: bytes, missing: str, now: datetime) -> bool:
    """Reveal the seed, write the result, and offer the prizes; False when it is drawn already."""
    with timeline.write():
        show, giveaway = services.lock(found.show, found.pk)
        if giveaway.state != GiveawayState.CLOSED:
            return False
        seed = services.seed_of(giveaway)
        drawn = verify_draw.places(
            seed, bytes.fromhex(giveaway.head), verify_draw.beacon_of(signature),
            giveaway.entries, giveaway.winners + giveaway.substitutes,
        )  # fmt: skip
        giveaway.state, giveaway.drawn_at = GiveawayState.DRAWN, now
        giveaway.signature, giveaway.beacon_missing = signature.hex(), missing
        _write_prizes(giveaway, drawn)
        body = queries.drawn(giveaway, seed, drawn)
        (written,) = timeline.append(show.timeline_id, [NewEntry("giveaway.drawn", body, now)])
        giveaway.drawn_seq = written.seq
        giveaway.save()
        offer(giveaway, now)
    return True


def _write_prizes(giveaway: Giveaway, drawn: list[int]) -> None:
    rows = DrawEntry.objects.all_brands().filter(giveaway=giveaway, number__in=drawn)
    entries = {one.number: one for one in rows}
    Prize.objects.all_brands().bulk_create(
        Prize(giveaway=giveaway, rank=rank, entry=entries[number])
        for rank, number in enumerate(drawn)
    )


def offer(giveaway: Giveaway, now: datetime) -> None:
    """Offer the prizes that nobody has to the next in order. The prize goes on at once where the
    winner cannot be told, for the data are erased, where a person who entered as a guest and as a
    member has had an offer, and where a guest turned out to be of the brand's staff."""
    prizes = list(Prize.objects.all_brands().filter(giveaway=giveaway).select_related("entry"))
    taken = sum(one.state in {PrizeState.OFFERED, PrizeState.CLAIMED} for one in prizes)
    asked = {one.entry.owner for one in prizes if one.state != PrizeState.RESERVE}
    offered = []
    for prize in prizes:
        if taken == giveaway.winners:
            break
        if prize.state != PrizeState.RESERVE:
            continue
        owner = prize.entry.owner
        person = Subject.parse_person(owner)
        if person is None or person.is_staff or owner in asked:
            _settle(prize, PrizeState.LAPSED, now)
            continue
        prize.state = PrizeState.OFFERED
        prize.claim_until = now + timedelta(hours=giveaway.claim_hours)
        prize.save(update_fields=["state", "claim_until"])
        offered.append(prize)
        asked.add(owner)
        taken += 1
    for prize in sorted(offered, key=lambda one: one.entry.owner):  # streams in their order
        _tell(giveaway, prize, now)


def _tell(giveaway: Giveaway, prize: Prize, now: datetime) -> None:
    """Tell the winner alone: on their stream, and by mail where an address is known."""
    assert prize.claim_until is not None, "an offered prize has a deadline"
    brand_id, entry = giveaway.show.brand_id, prize.entry
    body = {
        "giveaway_id": giveaway.pk, "title": giveaway.title, "prize": giveaway.prize,
        "claim_until": iso_ms(prize.claim_until), "url": queries.path_of(giveaway.pk),
    }  # fmt: skip
    personal_stream.tell(brand_id, entry.owner, [NewEntry("prize.offered", body)])
    known = [entry.email] if entry.email else accounts.emails_of_member(brand_id, entry.owner)
    if known:
        outbox.queue_once(brand_id, mails.OFFERED, outbox.cause_of(prize), known[0], now)


@timeline.verb
def claim(giveaway: Giveaway, prize_id: str, given: PrizeClaim) -> Prize:
    """Take a prize, with the address that it goes to; Invalid, Conflict."""
    clean = rules.clean_claim(given)
    with timeline.write():
        now = utc_now()
        _locked, prize = _lock_prize(giveaway, prize_id)
        rules.check_claimable(prize.state, prize.claim_until, now)
        prize.name, prize.address = clean.name, clean.address
        prize.email = clean.email or prize.entry.email
        _settle(prize, PrizeState.CLAIMED, now)
    return prize


@timeline.verb
def decline(giveaway: Giveaway, prize_id: str) -> Prize:
    """Leave a prize to the next substitute; Conflict."""
    with timeline.write():
        now = utc_now()
        locked, prize = _lock_prize(giveaway, prize_id)
        rules.check_claimable(prize.state, prize.claim_until, now)
        _settle(prize, PrizeState.DECLINED, now)
        offer(locked, now)
    return prize


@timeline.verb
def _lapse_one(giveaway: Giveaway, prize_id: str, now: datetime) -> bool:
    with timeline.write():
        locked, prize = _lock_prize(giveaway, prize_id)
        is_late = prize.claim_until is not None and prize.claim_until <= now
        if prize.state != PrizeState.OFFERED or not is_late:
            return False
        _settle(prize, PrizeState.LAPSED, now)
        body = {"giveaway_id": locked.pk, "prize": locked.prize}
        entry = NewEntry("prize.lapsed", body)
        personal_stream.tell(locked.show.brand_id, prize.entry.owner, [entry])
        offer(locked, now)
    return True


def _settle(prize: Prize, state: PrizeState, now: datetime) -> None:
    prize.state, prize.settled_at = state, now
    prize.save()


def _lock_prize(found: Giveaway, prize_id: str) -> tuple[Giveaway, Prize]:
    show: Show = found.show
    _show, giveaway = services.lock(show, found.pk)
    prize = (
        Prize.objects.all_brands()
        .filter(giveaway=giveaway, pk=prize_id)
        .exclude(state=PrizeState.RESERVE)
        .select_related("entry")
        .first()
    )
    if prize is None:
        raise NotFound(_("There is no such prize."))
    prize.giveaway = giveaway
    return giveaway, prize
