"""Verbs of staff: a giveaway is prepared, opened, closed before its time, taken back.

Staff lock the show, then the giveaway, then the timeline. One giveaway of a show is open at a time.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from showfloor.accounts import sealing
from showfloor.accounts.models import User
from showfloor.community.admission import OPEN, lock_show, show_closed
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.giveaways import beacon, queries, rules, verify_draw
from showfloor.giveaways.models import Giveaway, GiveawayState
from showfloor.giveaways.rules import GiveawayDraft
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.shows.models import Show
from showfloor.shows.rules import picture_time
from showfloor.shows.rundown_kinds import Payload
from showfloor.shows.services.locking import staff_actor
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

SEED_BYTES = 32
ITEM_OPEN_S = 180  # of a giveaway that the rundown opens
SEED_PURPOSE = "giveaway-seed"
_FIELDS = (
    "title", "prize", "terms", "rule", "winners", "substitutes", "entries_max", "claim_hours",
)  # fmt: skip


@timeline.verb
def create(show: Show, draft: GiveawayDraft) -> Giveaway:
    """Prepare a giveaway; Invalid, Conflict (too many)."""
    clean = rules.clean_draft(draft)
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        kept = queries.of_show(locked).exclude(state=GiveawayState.WITHDRAWN)
        if kept.count() >= rules.GIVEAWAYS_MAX:
            raise Conflict(
                _("A show has at most %(count)s giveaways.") % {"count": rules.GIVEAWAYS_MAX},
                code="giveaways-full",
            )
        giveaway = Giveaway(show=locked, **_values(clean))
        giveaway.save(force_insert=True)
    return giveaway


@timeline.verb
def change(show: Show, giveaway_id: str, values: Mapping[str, Any]) -> Giveaway:
    """Change a draft: only the keys of `GiveawayDraft` that are there."""
    with timeline.write():
        _show, giveaway = lock(show, giveaway_id)
        rules.check_unused(giveaway.state)
        clean = rules.clean_draft(replace(_draft_of(giveaway), **values))
        for name, value in _values(clean).items():
            setattr(giveaway, name, value)
        giveaway.save()
    return giveaway


@timeline.verb
def delete(show: Show, giveaway_id: str) -> None:
    """Delete a draft; NotFound, Conflict."""
    with timeline.write():
        _show, giveaway = lock(show, giveaway_id)
        rules.check_unused(giveaway.state)
        giveaway.delete()


@timeline.verb
def open_giveaway(
    show: Show, giveaway_id: str, seconds: int, picture_at: datetime | None, by: User
) -> Giveaway:
    """Let people enter for `seconds`, from the picture that the producer saw.

    The seed is fixed here, and so is the round of drand: the first after the last moment at which
    an entry can count. A giveaway that is open already stays as it is.
    """
    with timeline.write():
        locked, giveaway = lock(show, giveaway_id)
        if giveaway.state == GiveawayState.OPEN:
            return giveaway
        rules.check_transition(giveaway.state, GiveawayState.OPEN)
        if locked.state not in OPEN:
            raise show_closed()
        if queries.of_show(locked).filter(state=GiveawayState.OPEN).exists():
            raise Conflict(
                _("Another giveaway is open. Close it first."), code="giveaway-open-already"
            )
        now = utc_now()
        giveaway.closes_at = rules.closes_at(seconds, now)
        giveaway.opened_at = picture_of(locked, picture_at, now)
        _commit(giveaway)
        giveaway.state = GiveawayState.OPEN
        body = queries.opened(giveaway)
        entry = NewEntry("giveaway.opened", body, giveaway.opened_at, staff_actor(by))
        (written,) = timeline.append(locked.timeline_id, [entry])
        giveaway.opened_seq = written.seq
        giveaway.save()
        _log(locked, giveaway, by, "opened", {"fresh": True})
    return giveaway


def open_item(show: Show, payload: Payload, picture_at: datetime | None, by: User) -> Giveaway:
    """Open the giveaway of a rundown's item, whose turn has come."""
    return open_giveaway(show, payload["giveaway_id"], ITEM_OPEN_S, picture_at, by)


@timeline.verb
def close(show: Show, giveaway_id: str, picture_at: datetime | None, by: User) -> Giveaway:
    """Refuse entries from now on. The draw still waits for the round that was named at the
    opening. Again changes nothing."""
    with timeline.write():
        locked, giveaway = lock(show, giveaway_id)
        if giveaway.state == GiveawayState.CLOSED:
            return giveaway
        rules.check_transition(giveaway.state, GiveawayState.CLOSED)
        picture = picture_of(locked, picture_at, utc_now())
        shut(giveaway, picture, staff_actor(by))
        _log(locked, giveaway, by, "closed")
    return giveaway


@timeline.verb
def withdraw(show: Show, giveaway_id: str, by: User) -> Giveaway:
    """Take a giveaway back before it is drawn. Again changes nothing."""
    with timeline.write():
        locked, giveaway = lock(show, giveaway_id)
        if giveaway.state != GiveawayState.WITHDRAWN:
            _withdraw(locked, giveaway, by)
            _log(locked, giveaway, by, "withdrawn")
    return giveaway


def lock(show: Show, giveaway_id: str) -> tuple[Show, Giveaway]:
    """Return the show and its giveaway, both kept for this transaction; NotFound."""
    locked = lock_show(show.brand_id, show.pk)
    rows = queries.of_show(locked).filter(pk=giveaway_id)
    giveaway = rows.select_for_update(of=("self",), no_key=True).first()
    if giveaway is None:
        raise NotFound(_("There is no such giveaway."))
    giveaway.show = locked
    return locked, giveaway


def picture_of(show: Show, seen: datetime | None, now: datetime) -> datetime:
    """Return the picture for an entry of staff."""
    return now if show.started_at is None else picture_time(seen, now, show.started_at)


def shut(giveaway: Giveaway, picture: datetime, actor: str = "") -> None:
    """Close a locked giveaway, in the open transaction, with the entry that fixes its list."""
    assert giveaway.opened_at is not None, "an open giveaway was opened"
    giveaway.state = GiveawayState.CLOSED
    giveaway.closed_at = max(picture, giveaway.opened_at)
    body = {"giveaway_id": giveaway.pk, "entries": giveaway.entries, "root": giveaway.head}
    entry = NewEntry("giveaway.closed", body, giveaway.closed_at, actor)
    (written,) = timeline.append(giveaway.show.timeline_id, [entry])
    giveaway.closed_seq = written.seq
    giveaway.save(update_fields=["state", "closed_at", "closed_seq"])


def seed_of(giveaway: Giveaway) -> bytes:
    """Return the seed; CannotOpen where the installation's secret key is another one by now."""
    return bytes.fromhex(sealing.unseal(giveaway.sealed_seed, SEED_PURPOSE))


def _commit(giveaway: Giveaway) -> None:
    """Fix the seed, the round and the beginning of the chain."""
    assert giveaway.closes_at is not None, "the end is known when the seed is fixed"
    seed = secrets.token_bytes(SEED_BYTES)
    giveaway.sealed_seed = sealing.seal(seed.hex(), SEED_PURPOSE)
    giveaway.commitment = verify_draw.commitment_of(seed).hex()
    giveaway.head = verify_draw.first_head(giveaway.pk).hex()
    if beacon.used() is not None:
        giveaway.round = beacon.round_after(giveaway.closes_at + rules.LATE)


def _withdraw(show: Show, giveaway: Giveaway, by: User) -> None:
    rules.check_transition(giveaway.state, GiveawayState.WITHDRAWN)
    giveaway.state = GiveawayState.WITHDRAWN
    giveaway.save(update_fields=["state"])
    body = {"giveaway_id": giveaway.pk}
    timeline.append(show.timeline_id, [NewEntry("giveaway.withdrawn", body, actor=staff_actor(by))])


def _values(draft: GiveawayDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in _FIELDS}


def _draft_of(giveaway: Giveaway) -> GiveawayDraft:
    return GiveawayDraft(**{name: getattr(giveaway, name) for name in _FIELDS})


def _log(
    show: Show, giveaway: Giveaway, by: User, verb: str, detail: Mapping[str, Any] | None = None
) -> None:
    audit.log(
        show, by, f"giveaway.{verb}", target=giveaway.pk, target_name=giveaway.title, detail=detail
    )


@audit.undoable("giveaway.opened", "fresh")
def _undo_opening(show: Show, line: AuditEntry, by: User) -> None:
    """Withdraw the giveaway and prepare a copy of it, as long as nobody has entered."""
    locked, giveaway = lock(show, line.target)
    if giveaway.state != GiveawayState.OPEN or giveaway.entries:
        raise audit.changed_since()
    _withdraw(locked, giveaway, by)
    Giveaway(show=locked, **_values(_draft_of(giveaway))).save(force_insert=True)
