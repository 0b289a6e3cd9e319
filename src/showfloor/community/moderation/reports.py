"""Reports of messages by viewers. Each person counts once; a message that three have reported
becomes a review item.

Guests of one network count as one person: a new cookie is no new reporter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.tokens import Claims
from showfloor.community import command_batches
from showfloor.community.admission import Admission, admission_for, no_such_show
from showfloor.community.chat.models import Message, MessageState
from showfloor.community.moderation.models import Report
from showfloor.community.safety import review
from showfloor.community.safety.models import ReviewItem, ReviewState
from showfloor.community.safety.review import NewReviewItem
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound, RateLimited
from showfloor.shows.models import Show
from showfloor.timeline import queries
from showfloor.timeline import services as timeline
from showfloor.timeline.commands import Command, Outcome

REPORTERS_MIN = 3
# Numbers of reporters at which moderators are told again of an open item.
TOLD_AGAIN_AT = frozenset({5, 10, 20, 50, 100})
MOST, WITHIN = 10, timedelta(minutes=10)  # reports of one person
COUNTED_MAX = 200  # of one message


@timeline.verb
def report_all(
    show_id: str, commands: Sequence[Command], wanted: Sequence[tuple[str, str] | Outcome]
) -> list[Outcome]:
    """Report all of these (message id, reason) in one transaction."""
    now = utc_now()
    with timeline.write():
        admission = admission_for(show_id, commands, now, lock=True)
        if admission is None:
            return no_such_show(commands)

        def step(command: Command, one: tuple[str, str]) -> Outcome:
            _report(admission, command.claims, *one, now)
            return Outcome()

        outcomes = command_batches.each(commands, wanted, admission.show.brand.language, step)
        return list(outcomes)


def _report(
    admission: Admission, claims: Claims, message_id: str, reason: str, now: datetime
) -> None:
    """Report one message. NotFound, Conflict (gone), Invalid (their own), RateLimited; Forbidden
    and the like."""
    admission.admit(claims)
    show = admission.show
    message = _messages(show).filter(pk=message_id, state=MessageState.SHOWN).first()
    if message is None:
        raise NotFound(_("There is no such message."), field="message_id")
    if message.deleted_at is not None:
        raise Conflict(_("That message is gone."), code="message-gone", field="message_id")
    if message.author == claims.sub:
        raise Invalid(_("This message is your own."), field="message_id")
    if message.reports.filter(reporter=claims.sub).exists():
        return
    own = Report.objects.for_brand(show.brand_id).filter(reporter=claims.sub)
    lately = own.filter(created_at__gt=now - WITHIN).order_by("-created_at")
    times = list(lately.values_list("created_at", flat=True)[:MOST])
    if len(times) >= MOST:
        wait_s = (times[-1] + WITHIN - now).total_seconds()
        raise RateLimited(_("You have reported a lot. Wait a little."), retry_after_s=wait_s)
    before = _reporters(message)
    network = claims.network if claims.is_guest else ""
    Report.objects.create(message=message, reporter=claims.sub, network=network, reason=reason)
    count = _reporters(message)
    if count > before and count >= REPORTERS_MIN:
        _let_wait(show, message, reason, count)


def _let_wait(show: Show, message: Message, reason: str, count: int) -> None:
    """Add a review item for the message. A message whose reports a moderator has decided on gets
    none."""
    items = review.items_of(show).filter(message=message)
    waits = items.filter(state=ReviewState.OPEN).first()
    if waits is None and items.filter(reason="report").exists():
        return
    if waits is not None and count > REPORTERS_MIN and count not in TOLD_AGAIN_AT:
        ReviewItem.objects.for_brand(show.brand_id).filter(pk=waits.pk).update(reports=count)
        return
    assert message.seq is not None, "what is shown stands on the timeline"
    (entry,) = queries.pick(show.timeline_id, [message.seq])
    one = NewReviewItem(
        review.MESSAGE, message.pk, entry.body["author"], entry.body["text"], "report", reason,
        count,
    )  # fmt: skip
    if waits is None:
        review.add(show, [one])
    else:
        review.count_reports(show, waits, one)


def _reporters(message: Message) -> int:
    """Return how many people reported the message: guests of one network are one."""
    rows = message.reports.order_by("pk").values_list("reporter", "network")[:COUNTED_MAX]
    return len({network or reporter for reporter, network in rows})


def _messages(show: Show) -> QuerySet[Message]:
    return Message.objects.for_brand(show.brand_id).filter(show=show)
