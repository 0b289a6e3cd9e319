"""Verbs of the chat: post a message, delete it, pin it, announce something.

Locks: show, then timeline. The words of a message stand on the timeline alone (in its own entry, in
that of a pin, and quoted by answers to it), so that deleting them there deletes them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.tokens import Claims
from showfloor.community.admission import OPEN, lock_show
from showfloor.community.chat import posting, rules
from showfloor.community.chat.models import Announcement, Message, MessageState, Pin
from showfloor.community.chat.posting import MessageRequest, MessageResult
from showfloor.community.command_batches import chunks
from showfloor.community.safety import audit, review, takedowns
from showfloor.community.safety.models import AuditEntry
from showfloor.community.safety.takedowns import Takedown, TakedownReason
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound, ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.shows.rules import picture_time
from showfloor.timeline import queries as log
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


def say(
    show: Show, viewer: Claims, client_id: str, text: str, reply_to: str | None = None
) -> MessageResult:
    """Post a message: a batch of one (see `posting.say`); raise what is refused."""
    language = translation.get_language() or ""
    (answer,) = posting.say(show.pk, [MessageRequest(viewer, client_id, text, reply_to, language)])
    if isinstance(answer, ShowfloorError):
        raise answer
    return answer


@timeline.verb
def delete_message(
    show: Show, message_id: str, by: User, reason: TakedownReason | None = TakedownReason.RULES
) -> None:
    """Delete a message for everyone, for ever; NotFound. Again changes nothing. Its author gets a
    statement of this reason; None: the caller states the reasons."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        message = _message(locked, message_id)
        if message.deleted_at is not None:
            return
        delete_all(locked, [message], by, reason)
        audit.log(
            locked, by, "message.deleted", target=message.pk, target_name=message.author_name,
            subject=message.author, reason=_chosen(reason),
        )  # fmt: skip


def _chosen(reason: TakedownReason | None) -> str:
    """Return the rule that a moderator chose, in words; empty where none was chosen."""
    return "" if reason is None or reason is TakedownReason.RULES else str(reason.label)


def delete_all(
    show: Show, messages: Sequence[Message], by: User, reason: TakedownReason | None
) -> None:
    """Delete these messages of the locked show, in the open transaction, with their words where
    they are pinned or quoted. Each author gets one statement of the reason, unless it is None."""
    gone = [message for message in messages if message.deleted_at is None]
    if not gone:
        return
    now = utc_now()
    taken = [] if reason is None else _takedowns(show, gone)
    for part in chunks([message.pk for message in gone]):
        _messages(show).filter(pk__in=part).update(deleted_at=now, deleted_by=by, held_text="")
    for message in gone:
        message.deleted_at, message.deleted_by = now, by
    shown = _take_words(show, gone)
    if shown:
        timeline.append(
            show.timeline_id,
            [
                NewEntry(
                    "message.deleted",
                    {"message_id": message.pk, "seq": message.seq},
                    actor=_staff(by),
                )
                for message in shown
            ],
        )
    review.forget(show, by, messages=[message.pk for message in gone])
    for one in taken:
        assert reason is not None, "nothing is told without a reason"
        takedowns.tell(one, reason, by)


def restore(show: Show, message_id: str, words: str, by: User) -> bool:
    """Post the words of a deleted or refused message once more, in the open transaction, as a
    message of its author. Return False where that cannot be: the show is over, or its author was
    erased."""
    locked = lock_show(show.brand_id, show.pk)
    is_gone = Q(deleted_at__isnull=False) | Q(state=MessageState.DECLINED)
    gone = _messages(locked).filter(is_gone, pk=message_id).first()
    if locked.state not in OPEN or gone is None or not gone.author_name:
        return False
    again = Message(
        show=locked, author=gone.author, author_name=gone.author_name, network=gone.network,
        address=gone.address, client_id=new_id(), sent_at=utc_now(), state=MessageState.HELD,
        held_text=words, reply_to=gone.reply_to,
    )  # fmt: skip
    again.save(force_insert=True)
    posting.release(locked, [again])
    audit.log(
        locked, by, "message.restored", target=again.pk, target_name=again.author_name,
        subject=again.author,
    )  # fmt: skip
    return True


def forget_author(show: Show, messages: Sequence[Message], by: User | None) -> None:
    """Take words and name out of these messages of an erased person in the locked show, in the open
    transaction. The caller tells that the author is gone."""
    gone = [message for message in messages if message.deleted_at is None]
    _take_words(show, gone)
    for part in chunks([message.pk for message in gone]):
        _messages(show).filter(pk__in=part).update(deleted_at=utc_now(), deleted_by=by)
    for part in chunks([message.pk for message in messages]):
        _messages(show).filter(pk__in=part).update(
            author_name="", held_text="", text_hash="", network="", address=""
        )
    review.forget(show, by, messages=[message.pk for message in messages])


def reword(show: Show, bodies: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Write the new texts of these messages (by id) of the locked show into their pins and review
    items, and take the quotes of them away, in the open transaction. Return the ids that were
    quoted."""
    for part in chunks(bodies):
        for one in _pins(show).filter(message__in=part):
            _redact(show, one.seq, _pinned_of(bodies[one.message_id]))
    _redact_quotes(show, list(bodies))
    review.reword(show, {message_id: body["text"] for message_id, body in bodies.items()})
    return quoted(show, list(bodies))


def quoted(show: Show, ids: Sequence[str]) -> set[str]:
    """Return those of these messages that others have answered, and so quote."""
    answers = _messages(show).filter(seq__isnull=False)
    return {
        found
        for part in chunks(ids)
        for found in answers.filter(reply_to__in=part).values_list("reply_to_id", flat=True)
    }


# --- above the chat


@timeline.verb
def pin(show: Show, message_id: str, picture_at: datetime | None, by: User) -> Pin:
    """Hold a message above the chat, in place of the one that is there, from the picture that was
    seen at `picture_at` on. NotFound; Conflict (the show is over, the message is gone or was never
    shown). Pinning what is pinned changes nothing."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        _check_on(locked)
        message = _message(locked, message_id)
        if message.deleted_at is not None or message.state != MessageState.SHOWN:
            raise Conflict(_("That message is gone."), code="message-gone", field="message_id")
        current = _pins(locked).filter(ended_at__isnull=True).first()
        if current is not None and current.message_id == message.pk:
            return current
        new = _hold_up(locked, current, message, picture_at, by)
        audit.log(
            locked, by, "comment.pinned", target=message.pk, target_name=message.author_name,
            subject=message.author,
            detail={"before": current.message_id if current is not None else None},
        )  # fmt: skip
    return new


@timeline.verb
def unpin(show: Show, picture_at: datetime | None, by: User) -> None:
    """Let go of the pinned message, if there is one."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        current = _pins(locked).filter(ended_at__isnull=True).first()
        if current is None:
            return
        _let_go(locked, current, picture_at, by)
        message = current.message
        audit.log(
            locked, by, "comment.unpinned", target=message.pk, target_name=message.author_name,
            subject=message.author,
        )  # fmt: skip


@timeline.verb
def announce(
    show: Show, text: str, url: str, picture_at: datetime | None, by: User
) -> Announcement:
    """Show a banner above the chat, in place of the one that is there. Invalid (text, url);
    Conflict (the show is over)."""
    said, link = rules.clean_text(text), rules.clean_link(url)
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        _check_on(locked)
        current = _announcements(locked).filter(ended_at__isnull=True).first()
        floor = current.started_at if current is not None else None
        picture = _picture(locked, picture_at, floor)
        entries = [] if current is None else [_end(current, picture, by)]
        new = Announcement(
            pk=new_id(), show=locked, text=said, url=link, started_at=picture, created_by=by
        )
        new.save(force_insert=True)
        body = {"announcement_id": new.pk, "text": said, "url": link or None}
        entries.append(NewEntry("announcement.shown", body, picture, _staff(by)))
        timeline.append(locked.timeline_id, entries)
        audit.log(locked, by, "announcement.shown", target=new.pk)
    return new


@timeline.verb
def end_announcement(
    show: Show, announcement_id: str, picture_at: datetime | None, by: User
) -> None:
    """Take the banner away; NotFound. One that is gone already stays so."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        found = _announcements(locked).filter(pk=announcement_id).first()
        if found is None:
            raise NotFound(_("There is no such announcement."))
        if found.ended_at is None:
            picture = _picture(locked, picture_at, found.started_at)
            timeline.append(locked.timeline_id, [_end(found, picture, by)])
            audit.log(locked, by, "announcement.ended", target=found.pk)


# --- parts of the verbs


def _hold_up(
    show: Show, current: Pin | None, message: Message, picture_at: datetime | None, by: User
) -> Pin:
    """Pin the message in place of `current`, on the locked show."""
    picture = _picture(show, picture_at, current.started_at if current is not None else None)
    if current is not None:
        current.ended_at = picture
        current.save(update_fields=["ended_at"])
    (said,) = log.pick(show.timeline_id, [_seq(message)])
    pinned = NewEntry("comment.pinned", _pinned_of(said.body), picture, _staff(by))
    (entry,) = timeline.append(show.timeline_id, [pinned])
    new = Pin(show=show, message=message, seq=entry.seq, started_at=picture)
    new.save(force_insert=True)
    return new


def _pinned_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a message that a pin repeats; mentions are in it, so that they can be
    found there."""
    return {key: said[key] for key in ("message_id", "author", "text", "mentions") if key in said}


def _let_go(show: Show, current: Pin, picture_at: datetime | None, by: User) -> None:
    picture = _picture(show, picture_at, current.started_at)
    current.ended_at = picture
    current.save(update_fields=["ended_at"])
    body = {"message_id": current.message_id}
    entry = NewEntry("comment.unpinned", body, picture, _staff(by))
    timeline.append(show.timeline_id, [entry])


@audit.undoable("comment.pinned")
def _undo_pin(show: Show, line: AuditEntry, by: User) -> None:
    """Pin again what was pinned before, if it is still there."""
    before = line.detail["before"]
    current = _pins(show).filter(ended_at__isnull=True).first()
    if current is None or current.message_id != line.target:
        raise Conflict(_("Something else has been pinned since."), code="changed-since")
    _check_on(show)
    shown = _messages(show).filter(pk=before, deleted_at__isnull=True, state=MessageState.SHOWN)
    message = shown.first() if before is not None else None
    if message is not None:
        _hold_up(show, current, message, None, by)
    else:
        _let_go(show, current, None, by)


@audit.undoable("comment.unpinned")
def _undo_unpin(show: Show, line: AuditEntry, by: User) -> None:
    if _pins(show).filter(ended_at__isnull=True).exists():
        raise Conflict(_("Something else has been pinned since."), code="changed-since")
    _check_on(show)
    message = _message(show, line.target)
    if message.deleted_at is not None:
        raise Conflict(_("That message is gone."), code="message-gone")
    _hold_up(show, None, message, None, by)


def _check_on(show: Show) -> None:
    if show.state not in OPEN:
        raise posting.chat_closed()


def _picture(show: Show, seen: datetime | None, floor: datetime | None) -> datetime:
    """Return the picture at which something above the chat begins or ends; never before `floor`."""
    begun = [moment for moment in (show.started_at, floor) if moment is not None]
    now = utc_now()
    return picture_time(seen, now, max(begun)) if begun else now


def _end(current: Announcement, picture: datetime, by: User) -> NewEntry:
    current.ended_at = picture
    current.save(update_fields=["ended_at"])
    body = {"announcement_id": current.pk}
    return NewEntry("announcement.ended", body, picture, _staff(by))


def _takedowns(show: Show, messages: Sequence[Message]) -> list[Takedown]:
    """Return what is taken down of each author, with the words as they still stand."""
    shown = {message.seq: message for message in messages if message.seq is not None}
    words: dict[str, list[str]] = {}
    for part in chunks(sorted(shown)):
        for entry in log.pick(show.timeline_id, part):
            author = shown[entry.seq].author
            words.setdefault(author, []).append(str(entry.body.get("text", "")))
    first = {message.author: message for message in sorted(shown.values(), key=_seq, reverse=True)}
    return [
        Takedown(show, "message", first[author].pk, "\n".join(said), author,
                 first[author].author_name, len(said))
        for author, said in words.items()
    ]  # fmt: skip


def _take_words(show: Show, messages: Sequence[Message]) -> list[Message]:
    """Empty the messages on the timeline, also where they are pinned or quoted; return those that
    stood there."""
    shown = [message for message in messages if message.seq is not None]
    for message in shown:
        _redact(show, message.seq, {"message_id": message.pk})
    _redact_pins(show, shown)
    _redact_quotes(show, [message.pk for message in shown])
    return shown


def _redact(show: Show, seq: int | None, body: Mapping[str, object]) -> None:
    assert seq is not None, "only what is on the timeline is redacted"
    timeline.redact(show.timeline_id, seq, body)


def _redact_pins(show: Show, messages: Sequence[Message]) -> None:
    """Empty every pin that ever repeated these messages; a pin that is open ends."""
    for part in chunks([message.pk for message in messages]):
        pins = _pins(show).filter(message__in=part)
        for one in pins:
            _redact(show, one.seq, {"message_id": one.message_id})
        pins.filter(ended_at__isnull=True).update(ended_at=utc_now())


def _redact_quotes(show: Show, ids: Sequence[str]) -> None:
    """Empty the quotes of these messages in the answers to them."""
    for part in chunks(ids):
        replies = _messages(show).filter(
            reply_to__in=part, seq__isnull=False, deleted_at__isnull=True
        )
        seqs = [seq for seq in replies.values_list("seq", flat=True) if seq]
        for some in chunks(seqs):
            for entry in log.pick(show.timeline_id, some):
                if "reply_to" in entry.body:  # gone where an erasure of its author is under way
                    gone = {"message_id": entry.body["reply_to"]["message_id"]}
                    _redact(show, entry.seq, {**entry.body, "reply_to": gone})


def _message(show: Show, message_id: str) -> Message:
    found = _messages(show).filter(pk=message_id).first()
    if found is None:
        raise NotFound(_("There is no such message."))
    return found


def _messages(show: Show) -> QuerySet[Message]:
    return Message.objects.for_brand(show.brand_id).filter(show=show)


def _pins(show: Show) -> QuerySet[Pin]:
    return Pin.objects.for_brand(show.brand_id).filter(show=show)


def _announcements(show: Show) -> QuerySet[Announcement]:
    return Announcement.objects.for_brand(show.brand_id).filter(show=show)


def _seq(message: Message) -> int:
    assert message.seq is not None, "what is shown stands on the timeline"
    return message.seq


def _staff(user: User) -> str:
    return str(user.staff_subject)
