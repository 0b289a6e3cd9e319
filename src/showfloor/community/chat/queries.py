"""Reading what was said."""

from typing import TypedDict

from showfloor.community.chat.events import Author
from showfloor.community.chat.models import Message
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline

RECENT = 50


class MessageView(TypedDict):
    message_id: str
    seq: int
    at: str
    author: Author
    text: str


def recent_messages(show: Show, limit: int = RECENT) -> list[MessageView]:
    """The last messages that were not deleted, oldest first. The words come from the timeline."""
    rows = Message.objects.for_brand(show.brand_id).filter(show=show, deleted_at__isnull=True)
    seqs = sorted(rows.order_by("-seq").values_list("seq", flat=True)[:limit])
    views: list[MessageView] = []
    for entry in timeline.pick(show.timeline_id, seqs):
        wire = entry.wire()
        views.append(
            {
                "message_id": entry.body["message_id"],
                "seq": entry.seq,
                "at": wire["at"],
                "author": entry.body["author"],
                "text": entry.body["text"],
            }
        )
    return views


def count(show: Show) -> int:
    """How many messages were written, without those deleted."""
    rows = Message.objects.for_brand(show.brand_id).filter(show=show, deleted_at__isnull=True)
    return rows.count()
