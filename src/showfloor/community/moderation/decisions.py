"""Decisions on review items, by a moderator or by the end of their time.

A held message that is approved gets its place on the timeline at that moment. Locks: show, its
timeline, its backstage, then persons' streams by subject.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.community.admission import OPEN, lock_show
from showfloor.community.chat import posting
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message, MessageState
from showfloor.community.questions import services as questions
from showfloor.community.questions.models import Question, QuestionState
from showfloor.community.safety import audit, review, takedowns
from showfloor.community.safety.models import ReviewItem, ReviewState
from showfloor.community.safety.takedowns import AutomatedMeans, Takedown, TakedownReason
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

APPROVE, DECLINE = "approve", "decline"
HELD_FOR = timedelta(minutes=10)
OPEN_FOR = timedelta(minutes=20)  # at most, also while a moderator has the item open
LISTED_FOR = timedelta(days=1)  # items whose text is shown
EXPIRED_MAX = 200  # items in one run of the job
NOTE_CHARS_MAX = 200


@timeline.verb
def decide(
    show: Show, item_id: str, decision: str, note: str, by: User,
    reason: TakedownReason = TakedownReason.RULES,
) -> ReviewItem:  # fmt: skip
    """Decide an item. `approve` shows a held message or question from now on, and leaves one that
    was shown. `decline` does not show a held one, and deletes one that was shown; its author hears
    `note`, and gets a statement of the reason.

    NotFound; Invalid; Conflict `review-taken`, `review-decided`, `chat-closed` (nothing can be
    shown in a show that is over).
    """
    if decision not in {APPROVE, DECLINE}:
        raise Invalid(_("Say approve or decline."), field="decision")
    note = " ".join(note.split())[:NOTE_CHARS_MAX]
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        item = review.find(locked, item_id, "message", "question")
        state = ReviewState.APPROVED if decision == APPROVE else ReviewState.DECLINED
        if not _close(locked, item, state, by):
            raise review.refusal(review.find(locked, item_id), locked)
        subject, name = _author(item)
        refused = [] if state is ReviewState.APPROVED else _refused([item], AutomatedMeans.HELD)
        told = _settle(locked, item, state, by, note, reason)
        timeline.append(locked.backstage_id, [review.decided(locked, item.pk, state, by)])
        audit.log(
            locked, by, f"review.{state}", target=item.message_id or item.question_id or "",
            target_name=name, subject=subject, reason=note, detail={"item_id": item.pk},
        )  # fmt: skip
        _state_reasons(refused, reason, by)
        _tell(locked, told)
    item.state = state
    return item


def expire(now: datetime) -> int:
    """Decline what was held for ten minutes and is not open with a moderator, and tell its authors.
    An item whose text is shown leaves the list after a day. Return the number of items."""
    rows = ReviewItem.objects.all_brands().filter(_due(now), state=ReviewState.OPEN)
    found = list(rows.select_related("show__brand").order_by("created_at")[:EXPIRED_MAX])
    shows = {item.show_id: item.show for item in found}
    expired = 0
    for show_id in sorted(shows):
        ids = [item.pk for item in found if item.show_id == show_id]
        expired += _expire_in(shows[show_id], ids, now)
    return expired


def _due(now: datetime) -> Q:
    held = Q(message__state=MessageState.HELD) | Q(question__state=QuestionState.HELD)
    waited = Q(created_at__lte=now - HELD_FOR) & review.is_free(now)
    return Q(created_at__lte=now - LISTED_FOR) | held & (waited | Q(created_at__lte=now - OPEN_FOR))


@timeline.verb
def _expire_in(show: Show, ids: Sequence[str], now: datetime) -> int:
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        rows = review.items_of(locked).select_related("message", "question", "taken_by")
        items = list(rows.filter(_due(now), pk__in=ids, state=ReviewState.OPEN))
        told: list[tuple[str, NewEntry]] = []
        refused = _refused([item for item in items if _is_held(item)], AutomatedMeans.EXPIRED)
        for item in items:
            item.state, item.decided_at = ReviewState.EXPIRED, utc_now()
            item.save(update_fields=["state", "decided_at"])
            if _is_held(item):
                told += _settle(locked, item, ReviewState.EXPIRED, None, "")
        if items:
            entries = [review.decided(locked, one.pk, ReviewState.EXPIRED, None) for one in items]
            timeline.append(locked.backstage_id, entries)
        _state_reasons(refused, TakedownReason.RULES, None)
        _tell(locked, told)
    return len(items)


def _refused(items: Sequence[ReviewItem], automated: AutomatedMeans) -> list[Takedown]:
    """Return what is held of these items and will not be shown, together for each author."""
    found: dict[tuple[str, str], Takedown] = {}
    for item in items:
        of = item.message if item.message is not None else item.question
        if of is None or not _is_held(item):
            continue
        kind = review.MESSAGE if item.message is not None else review.QUESTION
        words = of.held_text if isinstance(of, Message) else of.text
        one = Takedown(
            item.show, kind, of.pk, words, of.author, of.author_name, automated=automated
        )
        first = found.get((of.author, kind))
        if first is not None:
            words = f"{first.words}\n{words}"
            one = replace(first, words=words, count=first.count + 1)
        found[of.author, kind] = one
    return [found[key] for key in sorted(found)]


def _state_reasons(refused: Sequence[Takedown], reason: TakedownReason, by: User | None) -> None:
    for one in refused:
        takedowns.tell(one, reason, by)


def _close(show: Show, item: ReviewItem, state: ReviewState, by: User) -> bool:
    """Close the item for `by` and return whether it was open. In one UPDATE only one of two
    decisions counts."""
    now = utc_now()
    rows = review.items_of(show).filter(pk=item.pk, state=ReviewState.OPEN)
    free = rows.filter(review.free_for(by, now))
    return bool(free.update(state=state, decided_at=now, taken_by=None, taken_until=None))


def _settle(
    show: Show, item: ReviewItem, state: ReviewState, by: User | None, note: str,
    reason: TakedownReason = TakedownReason.RULES,
) -> list[tuple[str, NewEntry]]:  # fmt: skip
    """Carry the decision out; return the entries for persons that are to be told after it.
    Questions tell their authors themselves."""
    is_in = state is ReviewState.APPROVED
    if is_in and _is_held(item) and show.state not in OPEN:
        raise posting.chat_closed()
    if not is_in:
        review.forget_words(show, item)
    if item.question is not None:
        _settle_question(show, item.question, reason, is_in=is_in, by=by)
        return []
    assert item.message is not None, "an item is of a message or a question"
    return _settle_message(show, item.message, state, by, note, reason)


def _settle_question(
    show: Show, question: Question, reason: TakedownReason, *, is_in: bool, by: User | None
) -> None:
    if question.state == QuestionState.HELD:
        (questions.admit if is_in else questions.decline)(show, question)
    elif not is_in and question.state != QuestionState.REMOVED:
        questions.take_away(show, question, by, reason)


def _settle_message(
    show: Show, message: Message, state: ReviewState, by: User | None, note: str,
    reason: TakedownReason,
) -> list[tuple[str, NewEntry]]:  # fmt: skip
    is_in = state is ReviewState.APPROVED
    if message.state == MessageState.HELD:
        if is_in:
            posting.approve(show, message)
        else:
            message.state, message.held_text = MessageState.DECLINED, ""
            message.save(update_fields=["state", "held_text"])
    elif is_in or by is None or message.deleted_at is not None:
        return []  # the message stays, or is gone already
    else:
        chat.delete_all(show, [message], by, reason)
    body = {"client_id": message.client_id, "message_id": message.pk, "state": state.value}
    if note:
        body["note"] = note
    return [(message.author, NewEntry("message.reviewed", body))]


def _tell(show: Show, told: Sequence[tuple[str, NewEntry]]) -> None:
    entries: dict[str, list[NewEntry]] = {}
    for subject, entry in told:
        entries.setdefault(subject, []).append(entry)
    for subject in sorted(entries):
        personal_stream.tell(show.brand_id, subject, entries[subject])


def _is_held(item: ReviewItem) -> bool:
    if item.message is not None:
        return item.message.state == MessageState.HELD
    return item.question is not None and item.question.state == QuestionState.HELD


def _author(item: ReviewItem) -> tuple[str, str]:
    of = item.message if item.message is not None else item.question
    assert of is not None, "an item is of a message or a question"
    return of.author, of.author_name
