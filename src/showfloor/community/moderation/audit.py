"""The audit log: what moderators did, in the transaction that did it. Only ever added to.

An undo is another entry that names the first; the database lets an entry be undone once.
"""

from collections.abc import Mapping
from typing import Any

from showfloor.accounts.models import User
from showfloor.accounts.services import staff_name
from showfloor.community.moderation.models import AuditEntry
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


def log(
    show: Show, user: User, action: str, *, target: str = "", target_name: str = "",
    reason: str = "", detail: Mapping[str, Any] | None = None,
) -> AuditEntry:  # fmt: skip
    """Write down what `user` did in this show (locked by the caller), in the open transaction.

    `target`: an id; `detail`: what an undo needs, ids and settings, never anybody's words.
    """
    entry = AuditEntry(
        brand_id=show.brand_id, show=show, at=utc_now(), actor=f"u:{user.pk}",
        actor_name=staff_name(user, show.brand), action=action, target=target,
        target_name=target_name[:30], reason=reason[:200], detail=dict(detail or {}),
    )  # fmt: skip
    entry.save(force_insert=True)
    body = {
        "audit_id": entry.pk,
        "action": action,
        "actor": entry.actor_name,
        "target_name": entry.target_name,
        "reason": entry.reason,
        "can_undo": False,
    }
    timeline.append(show.backstage_id, [NewEntry("audit.logged", body, actor=entry.actor)])
    return entry
