"""The verbs of the stage: invitations, the green room, and who stands before the camera.

Each is one transaction: lock the show, then the guest, check, write. The open pages learn of it
after the commit, by a notice.
"""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from showfloor.accounts.display_names import clean_given_name
from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb, write
from showfloor.community.safety import audit
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from showfloor.shows.models import Show, ShowState
from showfloor.shows.services.locking import lock, lock_by_id
from showfloor.stage import notices, queries, rules
from showfloor.stage.models import StageGuest, StageRole, StageState
from showfloor.timeline.bus import bus

_ACTIONS = {
    StageState.ON_STAGE: "stage.let_in",
    StageState.GREEN_ROOM: "stage.sent_back",
    StageState.REMOVED: "stage.removed",
}


@verb
def invite(show: Show, by: User, role: StageRole, name: str) -> tuple[StageGuest, str]:
    """Invite one person, or one camera; return the row and the key of its link, which is stored
    nowhere. Conflict when the places are taken or the show has ended."""
    clean = clean_given_name(name)
    now, key = utc_now(), rules.new_key()
    with write():
        locked = _open(lock(show))
        _check_place(locked, role)
        guest = StageGuest(
            show=locked, role=role, name=clean, key_hash=rules.hash_of(key), invited_at=now,
            expires_at=now + rules.LASTS[role],
        )  # fmt: skip
        guest.save(force_insert=True)
        audit.log(locked, by, "stage.invited", target=guest.pk, target_name=guest.name)
        _tell(locked)
    return guest, key


@verb
def renew_link(show: Show, by: User, guest_id: str) -> tuple[StageGuest, str]:
    """Give somebody who is not on stage a new link, with its full life, for any browser: the old
    one opens nothing any more, and whoever sits in its seat leaves it."""
    key = rules.new_key()
    with write():
        locked = _open(lock(show))
        guest = _locked_guest(locked, guest_id)
        if guest.state in {StageState.ON_STAGE, StageState.REMOVED}:
            raise Conflict(_("This is not possible now."), code="stage-state")
        if not rules.takes_place(guest.state, guest.expires_at, utc_now()):
            _check_place(locked, StageRole(guest.role))
        guest.key_hash, guest.seat_hash = rules.hash_of(key), ""
        guest.expires_at = utc_now() + rules.LASTS[guest.role]
        if guest.state != StageState.INVITED:
            guest.state = StageState.LEFT
        guest.save(update_fields=["key_hash", "seat_hash", "expires_at", "state"])
        audit.log(locked, by, "stage.new_link", target=guest.pk, target_name=guest.name)
        _tell(locked)
    return guest, key


@verb
def move(show: Show, by: User, guest_id: str, to: StageState) -> StageGuest:
    """Let a guest in, send her back to the green room, or remove her for good. A guest who is
    there already stays; Conflict for a step that does not exist."""
    with write():
        locked = lock(show)
        guest = _locked_guest(locked, guest_id)
        if guest.state == to:
            return guest
        if not rules.may_move(guest.state, to):
            raise Conflict(_("This is not possible now."), code="stage-state")
        guest.state = to
        guest.save(update_fields=["state"])
        audit.log(locked, by, _ACTIONS[to], target=guest.pk, target_name=guest.name)
        _tell(locked)
    return guest


@verb
def enter(key: str, seat: str, consent_version: str) -> tuple[StageGuest, str]:
    """Come into the green room by a link; return the row and the key of the seat.

    `seat`: what this browser got the first time; empty for one that comes first. NotFound,
    Forbidden for a link in use elsewhere, Conflict for one that is over, Invalid without the
    agreement to the words of today.
    """
    found = queries.by_link(key)
    with write():
        show = lock_by_id(found.show_id)
        guest = _locked_guest(show, found.pk)
        _check_link(show, guest, key)
        if consent_version != rules.CONSENT_VERSION:
            raise Invalid(_("Agree to be shown first."), field="consent", code="consent")
        given = seat if _sits(guest, seat) else _take_seat(guest)
        guest.state = StageState(rules.entered(guest.state))
        if guest.consent_version != consent_version:
            guest.consent_version, guest.consented_at = consent_version, utc_now()
        guest.save(update_fields=["state", "seat_hash", "consent_version", "consented_at"])
        _tell(show)
    return guest, given


@verb
def leave(guest_id: str) -> None:
    """Let somebody leave, by their own word or because their page has long been gone; nothing
    happens to those who are not there."""
    found = StageGuest.objects.all_brands().filter(pk=guest_id).first()
    if found is None:
        return
    with write():
        show = lock_by_id(found.show_id)
        guest = _locked_guest(show, guest_id)
        if not rules.may_move(guest.state, StageState.LEFT):
            return
        guest.state = StageState.LEFT
        guest.save(update_fields=["state"])
        _tell(show)


def check_link(guest: StageGuest) -> None:
    """Raise Conflict unless a link that exists still opens the green room."""
    if guest.state == StageState.REMOVED:
        raise Conflict(_("The host has taken this invitation back."), code="link-revoked")
    if guest.show.state == ShowState.ENDED:
        raise Conflict(_("The show has ended."), code="show-ended")
    if not rules.takes_place(guest.state, guest.expires_at, utc_now()):
        raise Conflict(_("This link is too old. Ask the host for a new one."), code="link-expired")


def _check_link(show: Show, guest: StageGuest, key: str) -> None:
    if guest.key_hash != rules.hash_of(key):  # renewed meanwhile
        raise queries.no_such_link()
    guest.show = show
    check_link(guest)


def _check_place(show: Show, role: StageRole) -> None:
    rows = StageGuest.objects.for_brand(show.brand_id).filter(show=show, role=role)
    now = utc_now()
    taken = sum(rules.takes_place(one.state, one.expires_at, now) for one in rows)
    if taken < rules.PLACES[role]:
        return
    if role == StageRole.CLOSE_UP:
        raise Conflict(_("A phone is invited already: remove it first."), code="stage-full")
    raise Conflict(
        _("At most %(count)d guests come on stage: remove one first.")
        % {"count": rules.PLACES[role]},
        code="stage-full",
    )


def _sits(guest: StageGuest, seat: str) -> bool:
    return bool(seat) and guest.seat_hash == rules.hash_of(seat)


def _take_seat(guest: StageGuest) -> str:
    if guest.seat_hash:
        raise Forbidden(
            _(
                "Somebody came in by this link in another browser. Ask the host for a link of your"
                " own."
            ),
            code="link-used",
        )
    seat = rules.new_key()
    guest.seat_hash = rules.hash_of(seat)
    return seat


def _open(show: Show) -> Show:
    if show.state == ShowState.ENDED:
        raise Conflict(_("The show has ended."), code="show-ended")
    return show


def _locked_guest(show: Show, guest_id: str) -> StageGuest:
    rows = StageGuest.objects.for_brand(show.brand_id).select_for_update()
    guest = rows.filter(show=show, pk=guest_id).first()
    if guest is None:
        raise NotFound(_("There is no such guest."))
    return guest


def _tell(show: Show) -> None:
    transaction.on_commit(partial(bus.publish, notices.TOPIC, notices.changed(show.pk)))
