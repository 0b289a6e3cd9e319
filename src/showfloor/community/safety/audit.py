"""The audit log: the actions of moderators, each written in the transaction that does it. Lines are
only ever added.

An undo is another line that names the first; the database lets a line be undone once. It takes back
what its line says and nothing else; when somebody has changed the same thing since, it is refused
with `changed-since`. The slice that does an action says how it is undone:

    @audit.undoable("time_out")
    def _undo_time_out(show: Show, line: AuditEntry, by: User) -> None: …
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, User
from showfloor.accounts.services import staff_name
from showfloor.community.admission import lock_show
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

UNDO = "undo"

# Takes the locked show where the undo happens, the line, and its author. It writes no line.
type Undo = Callable[[Show, AuditEntry, User], None]
_undos: dict[str, tuple[Undo, frozenset[str]]] = {}


@dataclass(frozen=True, slots=True)
class _Line:
    """The facts of a line. `target`: an id; `subject`: the person concerned, a token's `sub`;
    `detail`: what an undo needs: ids and settings, never anybody's words."""

    action: str
    target: str = ""
    target_name: str = ""
    subject: str = ""
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    undoes: AuditEntry | None = None


def undoable(action: str, *needs: str) -> Callable[[Undo], Undo]:
    """Register how lines of this action are undone. `needs`: keys of `detail` that have to be
    there; lines without them cannot be undone."""

    def register(undo_it: Undo) -> Undo:
        assert action not in _undos, f"{action} is undone in two ways"
        _undos[action] = undo_it, frozenset(needs)
        return undo_it

    return register


def can_undo(line: AuditEntry) -> bool:
    """Return whether the line can be undone by what it says, undone already or not."""
    if line.undoes_id is not None or line.action not in _undos:
        return False
    _undo, needs = _undos[line.action]
    return needs.issubset(line.detail)


def changed_since() -> Conflict:
    """Return the refusal of an undo that would take back more than its line says."""
    return Conflict(_("This has been changed since."), code="changed-since")


def standing(brand_id: str) -> QuerySet[AuditEntry]:
    """Return the lines that were not undone and are no undo."""
    lines = AuditEntry.objects.for_brand(brand_id)
    return lines.filter(undoes__isnull=True, undone_by__isnull=True)


def log(
    show: Show, user: User, action: str, *, target: str = "", target_name: str = "",
    subject: str = "", reason: str = "", detail: Mapping[str, Any] | None = None,
) -> AuditEntry:  # fmt: skip
    """Write down what `user` did in this show (locked by the caller), in the open transaction, and
    tell those who follow its backstage. See `_Line`."""
    line = _Line(action, target, target_name, subject, reason, detail or {})
    return _write_in(show, user, line)


def log_brand(
    brand: Brand, user: User | None, action: str, *, target: str = "", target_name: str = "",
    subject: str = "", detail: Mapping[str, Any] | None = None,
) -> AuditEntry:  # fmt: skip
    """Write down what was done to no show in particular, in the open transaction; nobody is told.
    `user` is None for a person who did it to their own data."""
    line = _Line(action, target, target_name, subject, detail=detail or {})
    entry = _entry(brand, user, line)
    entry.save(force_insert=True)
    return entry


@timeline.verb
def undo(show: Show, audit_id: str, by: User) -> AuditEntry:
    """Take back what a line of this show (or of its brand) says; return the line of the undo.
    NotFound; Conflict (`not-undoable`, `undone-already`, or a refusal of the action's own undo)."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        line = _find(locked, audit_id)
        if not can_undo(line):
            raise Conflict(_("This can't be undone."), code="not-undoable")
        if _is_undone(line):
            raise _undone_already()
        undo_it, _needs = _undos[line.action]
        undo_it(locked, line, by)
        undone = _Line(
            UNDO, line.target, line.target_name, line.subject, detail={"action": line.action},
            undoes=line,
        )  # fmt: skip
        try:
            with transaction.atomic():
                return _write_in(locked, by, undone)
        except IntegrityError:  # somebody undid the brand's line from another show at this moment
            raise _undone_already() from None


def _find(show: Show, audit_id: str) -> AuditEntry:
    lines = AuditEntry.objects.for_brand(show.brand_id)
    line = lines.filter(Q(show=show) | Q(show__isnull=True), pk=audit_id).first()
    if line is None:
        raise NotFound(_("There is no such line in the log."))
    return line


def _is_undone(line: AuditEntry) -> bool:
    return AuditEntry.objects.for_brand(line.brand_id).filter(undoes=line).exists()


def _undone_already() -> Conflict:
    return Conflict(_("This was undone already."), code="undone-already")


def _write_in(show: Show, user: User, line: _Line) -> AuditEntry:
    entry = _entry(show.brand, user, line)
    entry.show = show
    body: dict[str, Any] = {
        "audit_id": entry.pk,
        "action": entry.action,
        "actor": entry.actor_name,
        "target_name": entry.target_name,
        "reason": entry.reason,
        "can_undo": can_undo(entry),
    }
    if line.undoes is not None:
        body["undoes"] = line.undoes.pk
    told = NewEntry("audit.logged", body, actor=entry.actor)
    (written,) = timeline.append(show.backstage_id, [told])
    entry.seq = written.seq
    entry.save(force_insert=True)
    return entry


def _entry(brand: Brand, user: User | None, line: _Line) -> AuditEntry:
    actor = str(user.staff_subject) if user is not None else ""
    name = staff_name(user, brand) if user is not None else ""
    return AuditEntry(
        pk=_next_id(), brand=brand, at=utc_now(), actor=actor, actor_name=name,
        action=line.action, target=line.target,
        target_name=line.target_name[:30], subject=line.subject, reason=line.reason[:200],
        detail=dict(line.detail), undoes=line.undoes,
    )  # fmt: skip


_lock = threading.Lock()
_last_ms = 0


def _next_id() -> str:
    """Return an identifier above all earlier ones: those of one millisecond have no order, lines
    have one."""
    global _last_ms
    with _lock:
        _last_ms = max(_last_ms + 1, to_epoch_ms(utc_now()))
        return new_id(_last_ms)
