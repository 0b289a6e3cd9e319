"""Actions of moderators and viewers, and their traces."""

from collections.abc import Mapping
from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat.models import Message
from showfloor.community.moderation.commands import perform_acknowledge, perform_report
from showfloor.community.safety import audit, auto_mod
from showfloor.community.safety.models import AuditEntry, ReviewItem, WordRule
from showfloor.kernel.errors import Conflict
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Command, Outcome
from tests.support.chat import post_message

SOMEONE = "g:" + "0" * 26
HELD_WORD = "fake"


def member(brand: Brand, name: str = "Mia") -> Claims:
    return Claims(f"m:{new_id()}", brand.pk, name)


def word(brand: Brand, pattern: str, action: str, **more: Any) -> WordRule:
    """A rule that holds at once."""
    row = WordRule(brand=brand, pattern=pattern, action=action, **more)
    row.save()
    auto_mod.forget()
    return row


def held(show: Show, viewer: Claims, text: str = "It is fake", client_id: str = "h1") -> Message:
    """A message that waits for review."""
    if not WordRule.objects.for_brand(show.brand_id).filter(pattern=HELD_WORD).exists():
        word(show.brand, HELD_WORD, "hold")
    message = post_message(show, viewer, client_id, text)
    assert message.state == "held"
    return message


def waiting(show: Show) -> ReviewItem:
    """The one open review item."""
    return ReviewItem.objects.for_brand(show.brand_id).get(show=show, state="open")


def report(show: Show, viewer: Claims, message: Message, reason: str = "spam") -> Outcome:
    body = {"message_id": message.pk, "reason": reason}
    (outcome,) = perform_report(show.pk, [_command("report", viewer, body, show)])
    return outcome


def acknowledge(show: Show, viewer: Claims, warning_id: str) -> Outcome:
    sent = _command("acknowledge", viewer, {"warning_id": warning_id}, show)
    (outcome,) = perform_acknowledge(show.pk, [sent])
    auto_mod.forget()
    return outcome


def problem(outcome: Outcome) -> tuple[int, str, str | None]:
    """Status, code and field of a refusal."""
    assert outcome.problem is not None, outcome
    assert outcome.problem["detail"], "a problem has a sentence"
    return outcome.problem["status"], outcome.problem["code"], outcome.problem.get("field")


def heard(viewer: Claims) -> list[tuple[str, Mapping[str, Any]]]:
    """The entries on the person's own stream: kind and body."""
    return [(entry.kind, entry.body) for entry in personal_stream.read(viewer.brand, viewer.sub)]


def told(timeline_id: str, *kinds: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Kind and body of a timeline's entries, of these kinds or of all."""
    entries = timeline.read(timeline_id, after=0)
    return [(one.kind, one.body) for one in entries if not kinds or one.kind in kinds]


def lines(brand: Brand) -> list[tuple[str, str, str]]:
    """Action, name and reason of the audit log, in order."""
    rows = AuditEntry.objects.for_brand(brand).order_by("pk")
    return list(rows.values_list("action", "target_name", "reason"))


def last_line(brand: Brand) -> AuditEntry:
    return AuditEntry.objects.for_brand(brand).order_by("-pk")[0]


def undo_refused(show: Show, line: AuditEntry, by: User) -> str:
    """The code of the refusal of an undo, which leaves no line."""
    before = AuditEntry.objects.for_brand(show.brand_id).count()
    with pytest.raises(Conflict) as refused:
        audit.undo(show, line.pk, by)
    assert AuditEntry.objects.for_brand(show.brand_id).count() == before
    return refused.value.code


def _command(name: str, viewer: Claims, body: Mapping[str, Any], show: Show) -> Command:
    return Command(new_id(), name, body, viewer, show.pk, "en")
