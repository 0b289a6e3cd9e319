"""The slice of comment to buy."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from showfloor.accounts import handover
from showfloor.accounts.row_deletion import delete_some
from showfloor.accounts.row_values import row_values
from showfloor.comment_buying import events, jobs, reading, services
from showfloor.comment_buying.models import CommentRequest
from showfloor.community.chat import readers
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.retention import Keep
from showfloor.kernel.slices import Erasure, PersonalColumns, PersonalData
from showfloor.shows.slices import ShowSlice


def _erase(order: Erasure) -> Mapping[str, int]:
    return {"comment_requests": services.forget(order.brand_id, order.subject)}


def _take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    rows = CommentRequest.objects.for_brand(brand_id).filter(owner=subject)
    return {
        "comment_requests": row_values(
            rows, show="show__slug", code="code__code", quantity="quantity", state="state",
            reason="reason", asked_at="asked_at",
        )
    }  # fmt: skip


def _forget(before: datetime, limit: int) -> int:
    rows = CommentRequest.objects.all_brands().filter(asked_at__lt=before)
    return delete_some(rows.order_by("asked_at"), limit)


_COLUMNS: Final = (
    PersonalColumns(
        "comment_buying.CommentRequest",
        ("message_id", "owner", "language", "quantity", "show_time_s", "asked_at"),
        "to keep goods for people who ask for them in the chat, and to answer questions about it",
        "comment_requests", "deleted",
    ),
)  # fmt: skip

readers.register(reading.read)
handover.on_handover(services.hand_over)

SLICE = ShowSlice(
    "comment_buying",
    jobs=(Job("decide_comments", jobs.EVERY_S, jobs.decide_comments, JobQueue.PROMPT),),
    privacy=PersonalData(
        _erase,
        take_out=_take_out,
        columns=_COLUMNS,
        keeps=(Keep("comment_requests", 30, _forget),),
    ),
    private_kinds=events.PRIVATE_KINDS,
)
