"""Review items: held messages and questions, and flagged or reported messages, until a moderator
decides.

A moderator who takes an item has it for two minutes; for others it is locked (compare-and-set). The
words stand backstage in `review.added`, and are taken away there when they are gone elsewhere.
Locks: show, its timeline, its backstage, then persons' streams by subject.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.services import staff_name
from showfloor.community.admission import lock_show
from showfloor.community.authors import Author
from showfloor.community.command_batches import chunks
from showfloor.community.safety.models import ReviewItem, ReviewState
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream, queries
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

TAKEN_FOR = timedelta(minutes=2)
MESSAGE, QUESTION = "message", "question"


@dataclass(frozen=True, slots=True)
class NewReviewItem:
    """An item to be added. `of`: MESSAGE or QUESTION, with the id `target_id`; `reason`: word,
    unchecked, link, first, flag, report. `client_id`: of a held message, whose author is told."""

    of: str
    target_id: str
    author: Author
    text: str
    reason: str
    detail: str = ""
    reports: int = 0
    client_id: str | None = None


def add(show: Show, waiting: Sequence[NewReviewItem]) -> None:
    """Add these items, and tell moderators, and the authors of messages that are held. In the open
    transaction, after its entries on the show's timeline; the caller has locked the show."""
    if not waiting:
        return
    items = [_item(show, one) for one in waiting]
    bodies = [_added(item, one) for item, one in zip(items, waiting, strict=True)]
    written = timeline.append(
        show.backstage_id, [NewEntry("review.added", body) for body in bodies]
    )
    for item, entry in zip(items, written, strict=True):
        item.seq = entry.seq
    ReviewItem.objects.all_brands().bulk_create(items, batch_size=500)
    _tell_held(show, waiting)


def count_reports(show: Show, item: ReviewItem, one: NewReviewItem) -> None:
    """Tell moderators that more people have reported an open item: the words move on to the new
    entry."""
    item.reports = one.reports
    (entry,) = timeline.append(show.backstage_id, [NewEntry("review.added", _added(item, one))])
    _redact(show, item)
    item.seq = entry.seq
    item.save(update_fields=["reports", "seq"])


@timeline.verb
def take(show: Show, item_id: str, by: User) -> ReviewItem:
    """Open an item: for two minutes it is locked for others; taking it again keeps it. NotFound;
    Conflict `review-taken` (with `by` and `until`), `review-decided`."""
    with timeline.write():
        locked, now = lock_show(show.brand_id, show.pk), utc_now()
        until = now + TAKEN_FOR
        if not _take(locked, item_id, by, now, until):
            raise refusal(find(locked, item_id), locked)
        _tell_taken(locked, item_id, staff_name(by, locked.brand), by)
        return find(locked, item_id)


@timeline.verb
def release(show: Show, item_id: str, by: User) -> None:
    """Let go of an item. One that another moderator has open, or that was decided, stays as it
    is."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        find(locked, item_id)
        own = items_of(locked).filter(pk=item_id, state=ReviewState.OPEN, taken_by=by)
        if own.update(taken_by=None, taken_until=None):
            _tell_taken(locked, item_id, None, by)


def items_of(show: Show) -> QuerySet[ReviewItem]:
    return ReviewItem.objects.for_brand(show.brand_id).filter(show=show)


def find(show: Show, item_id: str, *related: str) -> ReviewItem:
    """Return an item of this show, read together with these rows that it names; NotFound."""
    item = items_of(show).select_related("taken_by", *related).filter(pk=item_id).first()
    if item is None:
        raise NotFound(_("There is nothing of this kind to review."))
    return item


def refusal(item: ReviewItem, show: Show) -> Conflict:
    """Return the reason why a moderator cannot have the item: it was decided, or another one has it
    open."""
    if item.state != ReviewState.OPEN:
        return Conflict(_("This was decided already."), code="review-decided")
    # The moderator who had it may have let go of it, or lost the account, at this very moment.
    name = staff_name(item.taken_by, show.brand) if item.taken_by is not None else show.brand.name
    until = item.taken_until if item.taken_until is not None else utc_now()
    return Conflict(
        _("%(name)s has this open.") % {"name": name}, code="review-taken",
        more={"by": name, "until": iso_ms(until)},
    )  # fmt: skip


def free_for(by: User, now: datetime) -> Q:
    """Match items that `by` may decide: no other moderator has them open."""
    return is_free(now) | Q(taken_by=by)


def is_free(now: datetime) -> Q:
    """Match items that no moderator has open. A deleted account has nothing open."""
    return Q(taken_by__isnull=True) | Q(taken_until__isnull=True) | Q(taken_until__lte=now)


def decided(show: Show, item_id: str, state: ReviewState, by: User | None) -> NewEntry:
    """Return the entry that tells moderators of a decision; `by` is None when time ran out."""
    name = staff_name(by, show.brand) if by is not None else None
    actor = str(by.staff_subject) if by is not None else ""
    body = {"item_id": item_id, "state": state.value, "by": name}
    return NewEntry("review.decided", body, actor=actor)


def forget(
    show: Show, by: User | None, *, messages: Collection[str] = (), questions: Collection[str] = ()
) -> None:
    """Close the items of these deleted messages and questions, and take their words away backstage,
    in the open transaction."""
    items = [
        *(item for part in chunks(messages) for item in items_of(show).filter(message__in=part)),
        *(item for part in chunks(questions) for item in items_of(show).filter(question__in=part)),
    ]
    open_ones = [item for item in items if item.state == ReviewState.OPEN]
    for item in items:
        _redact(show, item)
    for part in chunks([item.pk for item in open_ones]):
        items_of(show).filter(pk__in=part).update(state=ReviewState.DECLINED, decided_at=utc_now())
    if open_ones:
        entries = [decided(show, item.pk, ReviewState.DECLINED, by) for item in open_ones]
        timeline.append(show.backstage_id, entries)


def reword(show: Show, texts: Mapping[str, str]) -> None:
    """Write the new texts of these messages into the entries backstage, in the open transaction."""
    for part in chunks(texts):
        for item in items_of(show).filter(message__in=part, seq__isnull=False):
            for entry in queries.pick(show.backstage_id, [item.seq or 0]):
                if "text" in entry.body:
                    body = {**entry.body, "text": texts[item.message_id or ""]}
                    timeline.redact(show.backstage_id, entry.seq, body)


def forget_words(show: Show, item: ReviewItem) -> None:
    """Take the item's words away backstage, in the open transaction."""
    _redact(show, item)


def _take(show: Show, item_id: str, by: User, now: datetime, until: datetime) -> bool:
    """Take the item for `by` and return whether it was free. In one UPDATE only one of two
    moderators finds it free."""
    free = items_of(show).filter(free_for(by, now), pk=item_id, state=ReviewState.OPEN)
    return bool(free.update(taken_by=by, taken_until=until))


def _tell_taken(show: Show, item_id: str, name: str | None, by: User) -> None:
    entry = NewEntry("review.taken", {"item_id": item_id, "by": name}, actor=str(by.staff_subject))
    timeline.append(show.backstage_id, [entry])


def _item(show: Show, one: NewReviewItem) -> ReviewItem:
    return ReviewItem(
        pk=new_id(), show=show, reason=one.reason, detail=one.detail[:200], reports=one.reports,
        message_id=one.target_id if one.of == MESSAGE else None,
        question_id=one.target_id if one.of == QUESTION else None,
    )  # fmt: skip


def _added(item: ReviewItem, one: NewReviewItem) -> dict[str, object]:
    return {
        "item_id": item.pk,
        "of": one.of,
        "target_id": one.target_id,
        "author": one.author,
        "text": one.text,
        "reason": item.reason,
        "detail": item.detail,
        "reports": one.reports,
    }


def _redact(show: Show, item: ReviewItem) -> None:
    if item.seq is None:
        return
    body = {
        "item_id": item.pk,
        "of": MESSAGE if item.message_id is not None else QUESTION,
        "target_id": item.message_id or item.question_id,
        "reason": item.reason,
        "detail": item.detail,
        "reports": item.reports,
    }
    timeline.redact(show.backstage_id, item.seq, body)


def _tell_held(show: Show, waiting: Sequence[NewReviewItem]) -> None:
    told: dict[str, list[NewEntry]] = {}
    for one in waiting:
        if one.client_id is not None:
            body = {"client_id": one.client_id, "message_id": one.target_id}
            told.setdefault(one.author["id"], []).append(NewEntry("message.held", body))
    for subject in sorted(told):
        personal_stream.tell(show.brand_id, subject, told[subject])
