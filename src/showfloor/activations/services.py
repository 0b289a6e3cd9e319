"""Verbs of staff: an activation point is prepared, opened, closed, taken back.

Staff lock the show, then the point, then the timeline. Several may be open at a time.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.activations import queries, rules
from showfloor.activations.models import Activation, ActivationState
from showfloor.activations.rules import ActivationDraft
from showfloor.community.admission import OPEN, lock_show, show_closed
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.shows.models import Show
from showfloor.shows.rules import picture_time
from showfloor.shows.rundown_kinds import Payload
from showfloor.shows.services.locking import staff_actor
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

_FIELDS = (
    "kind", "title", "text", "payload", "consent", "for_marketing", "takes_max", "per_person",
    "in_replay",
)  # fmt: skip


@timeline.verb
def create(show: Show, draft: ActivationDraft) -> Activation:
    """Prepare a point; Invalid, Conflict (too many)."""
    clean, payload = rules.clean_draft(draft)
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        kept = queries.of_show(locked).exclude(state=ActivationState.WITHDRAWN)
        if kept.count() >= rules.ACTIVATIONS_MAX:
            raise Conflict(
                _("A show has at most %(count)s activation points.")
                % {"count": rules.ACTIVATIONS_MAX}, code="activations-full",
            )  # fmt: skip
        made = Activation(show=locked, **_values(clean, payload))
        made.save(force_insert=True)
    return made


@timeline.verb
def change(show: Show, activation_id: str, values: Mapping[str, Any]) -> Activation:
    """Change a draft: only the keys of `ActivationDraft` that are there."""
    with timeline.write():
        _show, point = lock(show, activation_id)
        rules.check_unused(point.state)
        before = point.consent
        clean, payload = rules.clean_draft(replace(_draft_of(point), **values))
        for name, value in _values(clean, payload).items():
            setattr(point, name, value)
        point.consent_version += point.consent != before
        point.save()
    return point


@timeline.verb
def delete(show: Show, activation_id: str) -> None:
    """Delete a draft; NotFound, Conflict."""
    with timeline.write():
        _show, point = lock(show, activation_id)
        rules.check_unused(point.state)
        point.delete()


@timeline.verb
def open_activation(
    show: Show, activation_id: str, picture_at: datetime | None, by: User
) -> Activation:
    """Put a point on screen, from the picture that the producer saw. Again changes nothing."""
    with timeline.write():
        locked, point = lock(show, activation_id)
        if point.state == ActivationState.OPEN:
            return point
        rules.check_transition(point.state, ActivationState.OPEN)
        if locked.state not in OPEN:
            raise show_closed()
        point.state = ActivationState.OPEN
        point.opened_at = _picture(locked, picture_at)
        point.save(update_fields=["state", "opened_at"])
        entry = NewEntry(
            "activation.opened", queries.opened(point), point.opened_at, staff_actor(by)
        )
        timeline.append(locked.timeline_id, [entry])
        _log(locked, point, by, "opened", {"fresh": True})
    return point


def open_item(show: Show, payload: Payload, picture_at: datetime | None, by: User) -> Activation:
    """Open the point of a rundown's item, whose turn has come."""
    return open_activation(show, payload["activation_id"], picture_at, by)


@timeline.verb
def close(show: Show, activation_id: str, picture_at: datetime | None, by: User) -> Activation:
    """Take a point down. Again changes nothing."""
    with timeline.write():
        locked, point = lock(show, activation_id)
        if point.state == ActivationState.CLOSED:
            return point
        rules.check_transition(point.state, ActivationState.CLOSED)
        assert point.opened_at is not None, "an open point was opened"
        point.state = ActivationState.CLOSED
        point.closed_at = max(_picture(locked, picture_at), point.opened_at)
        point.save(update_fields=["state", "closed_at"])
        body = {"activation_id": point.pk}
        entry = NewEntry("activation.closed", body, point.closed_at, staff_actor(by))
        timeline.append(locked.timeline_id, [entry])
        _log(locked, point, by, "closed")
    return point


@timeline.verb
def withdraw(show: Show, activation_id: str, by: User) -> Activation:
    """Take a point back as if it had not been. Again changes nothing."""
    with timeline.write():
        locked, point = lock(show, activation_id)
        if point.state != ActivationState.WITHDRAWN:
            _withdraw(locked, point, by)
            _log(locked, point, by, "withdrawn")
    return point


def lock(show: Show, activation_id: str) -> tuple[Show, Activation]:
    """Return the show and its point, both kept for this transaction; NotFound."""
    locked = lock_show(show.brand_id, show.pk)
    rows = queries.of_show(locked).filter(pk=activation_id)
    point = rows.select_for_update(of=("self",), no_key=True).first()
    if point is None:
        raise NotFound(_("There is no such activation point."))
    return locked, point


def _picture(show: Show, seen: datetime | None) -> datetime:
    now = utc_now()
    return now if show.started_at is None else picture_time(seen, now, show.started_at)


def _withdraw(show: Show, point: Activation, by: User) -> None:
    rules.check_transition(point.state, ActivationState.WITHDRAWN)
    point.state = ActivationState.WITHDRAWN
    point.save(update_fields=["state"])
    body = {"activation_id": point.pk}
    entry = NewEntry("activation.withdrawn", body, actor=staff_actor(by))
    timeline.append(show.timeline_id, [entry])


def _values(draft: ActivationDraft, payload: Payload) -> dict[str, Any]:
    return {**{name: getattr(draft, name) for name in _FIELDS}, "payload": payload}


def _draft_of(point: Activation) -> ActivationDraft:
    return ActivationDraft(**{name: getattr(point, name) for name in _FIELDS})


def _log(
    show: Show, point: Activation, by: User, verb: str, detail: Mapping[str, Any] | None = None
) -> None:
    audit.log(
        show, by, f"activation.{verb}", target=point.pk, target_name=point.title, detail=detail
    )


@audit.undoable("activation.opened", "fresh")
def _undo_opening(show: Show, line: AuditEntry, by: User) -> None:
    """Withdraw the point and prepare a copy of it, as long as nobody has taken part."""
    locked, point = lock(show, line.target)
    if point.state != ActivationState.OPEN or point.taken:
        raise audit.changed_since()
    _withdraw(locked, point, by)
    again = Activation(show=locked, **{name: getattr(point, name) for name in _FIELDS})
    again.save(force_insert=True)
