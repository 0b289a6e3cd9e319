"""Comments that buy, as the chat posts them: each becomes a row of the queue in the transaction of
its message, so that a process that is killed loses neither or both.

The chat locks a show and its timeline, stock is locked before timelines: so nothing is reserved
here. `deciding` works the queue off a moment later.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from showfloor.accounts.subjects import SubjectKind
from showfloor.comment_buying import deciding, rules
from showfloor.comment_buying.models import CommentBuying, CommentCode, CommentRequest
from showfloor.community.chat.readers import Said
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show, ShowState

_MICROSECOND: Final = timedelta(microseconds=1)


def read(show: Show, said: Sequence[Said]) -> Collection[str]:
    """Queue the comments of a live show that ask for something; return the ids of those that the
    chat does not show. Staff buy nothing: a host says the codes."""
    if show.state != ShowState.LIVE or show.started_at is None:
        return ()
    likely = [
        one for one in said
        if len(one.text) <= rules.COMMENT_CHARS_MAX
        and not one.author.startswith(SubjectKind.STAFF.prefix)
    ]  # fmt: skip
    rows = CommentBuying.objects.for_brand(show.brand_id)
    setting = rows.filter(show=show, is_on=True).first() if likely else None
    if setting is None:
        return ()
    codes = {one.folded: one for one in CommentCode.objects.for_brand(show.brand_id).filter(
        show=show
    )}  # fmt: skip
    now = utc_now()
    requests: list[CommentRequest] = []
    for one in likely:
        asked = rules.asked(one.text, codes, setting.words)
        if asked is not None:
            requests.append(CommentRequest(
                show=show, message_id=one.message_id, owner=one.author, language=one.language,
                code=asked.code, quantity=asked.quantity,
                asked_at=now + len(requests) * _MICROSECOND,  # first come, first served
                show_time_s=max(0.0, (now - show.started_at).total_seconds()),
            ))  # fmt: skip
    # One who asks for the same while the first is not decided asks for nothing more.
    CommentRequest.objects.all_brands().bulk_create(requests, ignore_conflicts=True)
    if requests:
        deciding.wake.send()
    return () if setting.shows_messages else {one.message_id for one in requests}
