"""The chat rules of a show (who may write, how often, what is held) and the shield, one switch for
an attack.

Under the shield only signed-in people can write: guest cookies are free, but an account costs an
e-mail address. Accounts can be made, too, so each person's first message in the show is held for
review; regulars write on as before.
Beside that, slow mode is on, links are held, and floods begin at half the size. The rules from
before are remembered, and put back when the shield goes down. Locks: show, its timeline, its
backstage.
"""

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.tokens import TRAIT_CHARS_MAX
from showfloor.community.admission import lock_show
from showfloor.community.safety import audit, auto_mod
from showfloor.community.safety.models import AuditEntry, ChatMode, ChatSettings
from showfloor.kernel.errors import Invalid
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

SLOW_S_MAX = 600
SHIELD_SLOW_S = 30


@dataclass(frozen=True, slots=True)
class Rules:
    """`trait` only with the mode of that name; `slow_s` 0: no slow mode."""

    mode: str = ChatMode.EVERYONE
    trait: str = ""
    slow_s: int = 0
    holds_links: bool = False
    holds_first: bool = False

    @property
    def shielded(self) -> "Rules":
        """The rules under the shield: never less strict than these."""
        is_open = self.mode == ChatMode.EVERYONE
        return Rules(
            ChatMode.SIGNED_IN if is_open else self.mode, self.trait,
            max(self.slow_s, SHIELD_SLOW_S), holds_links=True, holds_first=True,
        )  # fmt: skip


def settings_of(show: Show) -> ChatSettings:
    """Return the show's settings, or the default ones that hold without a row."""
    found = ChatSettings.objects.for_brand(show.brand_id).filter(show=show).first()
    return found or ChatSettings(show=show)


def rules_of(row: ChatSettings) -> Rules:
    return Rules(row.mode, row.trait, row.slow_s, row.holds_links, row.holds_first)


@timeline.verb
def set_chat_rules(show: Show, wanted: Rules, by: User) -> ChatSettings:
    """Set the rules; Invalid (`mode`, `trait`, `slow_s`). Rules that hold already change nothing.
    While the shield is up they hold until it goes down."""
    rules = _checked(wanted)
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        row = settings_of(locked)
        before = rules_of(row)
        if rules != before:
            _write(locked, row, rules, by)
            detail = {"before": asdict(before), "after": asdict(rules), "shield": row.shield}
            audit.log(locked, by, "chat.rules", detail=detail)
    return row


@timeline.verb
def set_shield(show: Show, *, on: bool, by: User) -> ChatSettings:
    """Raise or lower the shield. Again changes nothing."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        row = settings_of(locked)
        if row.shield == on:
            return row
        before = rules_of(row)
        _shield(locked, row, by, on=on)
        audit.log(
            locked, by, "shield.on" if on else "shield.off", detail={"before": asdict(before)}
        )
    return row


@audit.undoable("chat.rules")
def _undo_rules(show: Show, line: AuditEntry, by: User) -> None:
    """Undo a change of the rules. A change from before the shield is taken back behind it, so that
    the shield stays whole."""
    row, was_shielded = settings_of(show), line.detail.get("shield", False)
    is_behind = row.shield and not was_shielded
    now = row.before_shield if is_behind else asdict(rules_of(row))
    if now != line.detail["after"] or (was_shielded and not row.shield):
        raise audit.changed_since()
    if is_behind:
        row.before_shield = line.detail["before"]
        row.save()
    else:
        _write(show, row, Rules(**line.detail["before"]), by)


@audit.undoable("shield.on")
def _undo_raising(show: Show, line: AuditEntry, by: User) -> None:
    _shield(show, _as_turned(show, line, on=True), by, on=False)


@audit.undoable("shield.off")
def _undo_lowering(show: Show, line: AuditEntry, by: User) -> None:
    """Raise the shield again, with the rules that were set while it was up."""
    row = _as_turned(show, line, on=False)
    _shield(show, row, by, on=True, rules=Rules(**line.detail["before"]))


def _as_turned(show: Show, line: AuditEntry, *, on: bool) -> ChatSettings:
    """Return the settings if nobody has turned the shield since this line; Conflict."""
    row = settings_of(show)
    turns = audit.standing(show.brand_id).filter(show=show, action__in=("shield.on", "shield.off"))
    if row.shield != on or turns.filter(pk__gt=line.pk).exists():
        raise audit.changed_since()
    return row


def _shield(
    show: Show, row: ChatSettings, by: User, *, on: bool, rules: Rules | None = None
) -> None:
    """Turn the shield. `rules`: rules to raise it with, in place of the stricter form of those that
    hold."""
    before = rules_of(row)
    row.shield = on
    if on:
        row.before_shield = asdict(before)
        _write(show, row, rules or before.shielded, by)
    else:
        put_back, row.before_shield = Rules(**row.before_shield), {}
        _write(show, row, put_back, by)


def _write(show: Show, row: ChatSettings, rules: Rules, by: User) -> None:
    row.mode, row.trait, row.slow_s = rules.mode, rules.trait, rules.slow_s
    row.holds_links, row.holds_first = rules.holds_links, rules.holds_first
    row.save()
    body: dict[str, Any] = {
        "mode": row.mode, "trait": row.trait or None, "slow_s": row.slow_s, "shield": row.shield,
    }  # fmt: skip
    timeline.append(show.timeline_id, [NewEntry("chat.rules", body, actor=str(by.staff_subject))])
    transaction.on_commit(partial(auto_mod.announce_change, show.pk))


def _checked(wanted: Rules) -> Rules:
    if wanted.mode not in ChatMode.values:
        raise Invalid(_("There is no such mode."), field="mode")
    if not 0 <= wanted.slow_s <= SLOW_S_MAX:
        raise Invalid(
            _("Choose at most %(count)d seconds.") % {"count": SLOW_S_MAX}, field="slow_s"
        )
    trait = wanted.trait.strip() if wanted.mode == ChatMode.TRAIT else ""
    if wanted.mode == ChatMode.TRAIT and not 1 <= len(trait) <= TRAIT_CHARS_MAX:
        raise Invalid(_("Say which trait."), field="trait")
    return Rules(wanted.mode, trait, wanted.slow_s, wanted.holds_links, wanted.holds_first)
