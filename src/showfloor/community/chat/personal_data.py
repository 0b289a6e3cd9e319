"""Columns of the chat with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.community.chat.models import Message
from showfloor.community.command_batches import chunks
from showfloor.kernel.slices import PersonalColumns
from showfloor.timeline import queries as timeline


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the messages of this person, with the words that are still there."""
    rows = Message.objects.for_brand(brand_id).filter(author=subject).exclude(author_name="")
    messages = row_values(
        rows, show="show__slug", sent_at="sent_at", name="author_name", text="held_text",
        deleted_at="deleted_at", timeline="show__timeline", seq="seq",
    )  # fmt: skip
    by_timeline: dict[str, dict[int, dict[str, Any]]] = {}
    for message in messages:
        timeline_id, seq = message.pop("timeline"), message.pop("seq")
        if seq is not None:
            by_timeline.setdefault(timeline_id, {})[seq] = message
    for timeline_id, found in by_timeline.items():
        for part in chunks(sorted(found)):
            for entry in timeline.pick(timeline_id, part):
                found[entry.seq]["text"] = entry.body.get("text", "")
    return {"messages": messages}


COLUMNS: Final = (
    PersonalColumns(
        "community.Message",
        (
            "author", "author_name", "network", "address", "client_id", "held_text", "text_hash",
            "deleted_by",
        ),
        "the chat of a show, its replay, and rules against floods", "until the show is deleted",
        "words, name, network and address are emptied; an id stays",
    ),
    PersonalColumns(
        "community.Announcement", ("created_by",),
        "which member of staff announced something", "until the show is deleted",
        "the link is emptied with the account",
    ),
)  # fmt: skip
