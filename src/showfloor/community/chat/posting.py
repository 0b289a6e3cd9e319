"""Posting messages: many messages of one show in one transaction.

Each message is judged by itself and has an answer of its own. The database is asked once for all of
them. The same `client_id` of the same person is the same message, also twice in one batch. Locks:
show, its timeline, its backstage, then persons' streams by subject.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from showfloor.accounts.languages import override_language
from showfloor.accounts.subjects import Subject
from showfloor.accounts.tokens import Claims
from showfloor.community.admission import OPEN, Admission, admission_of
from showfloor.community.authors import Author
from showfloor.community.chat import readers, rows, rules
from showfloor.community.chat.events import Reply
from showfloor.community.chat.models import Message, MessageState
from showfloor.community.chat.readers import Said
from showfloor.community.chat.rows import NewMessage
from showfloor.community.safety import review
from showfloor.community.safety.auto_mod import (
    NOBODY,
    Action,
    AutoMod,
    Recent,
    Verdict,
    look_through,
    text_hash,
)
from showfloor.community.safety.review import NewReviewItem
from showfloor.community.texts import usable
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    RateLimited,
    ShowfloorError,
)
from showfloor.kernel.ids import is_id, new_id
from showfloor.shows.models import Show
from showfloor.shows.queries import by_id
from showfloor.timeline import queries
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


def chat_closed() -> Conflict:
    return Conflict(_("The chat is closed."), code="chat-closed")


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """A message that someone wants to post. `client_id` is made by the sender: the same one is the
    same message."""

    claims: Claims
    client_id: str
    text: str
    reply_to: str | None = None
    language: str = ""  # for the sentence of a refusal; empty: the brand's


@dataclass(frozen=True, slots=True)
class MessageResult:
    """`state`: shown or held. A message that only its author sees has the state shown."""

    message_id: str
    seq: int | None
    state: str


@timeline.verb
def say(show_id: str, requests: Sequence[MessageRequest]) -> list[MessageResult | ShowfloorError]:
    """Post all of these in one transaction; return an answer for each, in their order.

    An answer may be Invalid (text, name, client_id), NotSignedIn, Forbidden (banned, or the chat's
    rules), NotFound (the show, the message that is answered), Conflict (the show has ended, that
    message is gone) or RateLimited.
    """
    look_through(
        show_id,
        ((one.claims, text) for one in requests if (text := usable(rules.clean_text, one.text))),
    )
    with timeline.write():
        show = by_id(show_id, lock=True)
        if show is None:
            return [NotFound(_("There is no such show."))] * len(requests)
        return _MessageBatch(show, requests).answers()


def approve(show: Show, message: Message) -> None:
    """Let a held message be said now, in the open transaction; the caller has locked the show."""
    said = Said(message.pk, message.author, message.held_text)
    if message.pk in readers.read(show, [said]):
        message.state = MessageState.ASIDE
        message.save(update_fields=["state"])
    else:
        release(show, [message])


def release(show: Show, messages: Sequence[Message]) -> None:
    """Post these held messages now, in the open transaction; the caller has locked the show. A
    message that they answer is quoted if it is still there."""
    quotes = quotes_of(show, {one.reply_to_id for one in messages if one.reply_to_id is not None})
    mentions = mentions_in(show, {one.pk: one.held_text for one in messages})
    entries = []
    for message in messages:
        body = _posted(
            message.pk, _author(message.author, message.author_name), message.held_text,
            message.client_id,
        )  # fmt: skip
        quote = quotes.get(message.reply_to_id or "")
        if quote is not None and "text" in quote:
            body["reply_to"] = quote
        if message.pk in mentions:
            body["mentions"] = mentions[message.pk]
        entries.append(NewEntry("message.posted", body, actor=message.author))
    for message, entry in zip(messages, timeline.append(show.timeline_id, entries), strict=True):
        message.seq, message.state, message.held_text = entry.seq, MessageState.SHOWN, ""
        message.save(update_fields=["seq", "state", "held_text"])


@dataclass(slots=True)
class _Draft:
    """A message that is going to be written."""

    message_id: str
    request: MessageRequest
    verdict: Verdict
    state: MessageState
    text_hash: str
    reply: Reply | None = None
    seq: int | None = None


class _MessageBatch:
    """One batch in its transaction, with the show's row locked."""

    def __init__(self, show: Show, requests: Sequence[MessageRequest]) -> None:
        self._show = show
        self._requests = requests
        self._now = utc_now()
        self._auto_mod = AutoMod.of(show)
        self._drafts: dict[tuple[str, str], _Draft] = {}
        self._before = rows.sent_before(show.pk, {_key(one) for one in requests})
        self._new = [one for one in requests if _key(one) not in self._before]

    def answers(self) -> list[MessageResult | ShowfloorError]:
        found: list[_Draft | MessageResult | ShowfloorError] = []
        with override_language(self._show.brand.language) as speak:
            for request in self._requests:
                speak(request.language)
                try:
                    found.append(self._one(request))
                except ShowfloorError as error:
                    found.append(error)
        if self._drafts:
            self._write(list(self._drafts.values()))
        return [_said(one) if isinstance(one, _Draft) else one for one in found]

    def _one(self, request: MessageRequest) -> _Draft | MessageResult:
        key = _key(request)
        before = self._before.get(key)
        if before is not None:
            return self._sent_before(before)
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = self._draft(request)
        return draft

    def _sent_before(self, sent: rows.Sent) -> MessageResult:
        """Return the answer that the message had when it was first sent."""
        if sent.state in _AUTHORS_OWN:
            return MessageResult(sent.message_id, self._looks_like_seq, MessageState.SHOWN)
        state = MessageState.SHOWN if sent.state == MessageState.SHOWN else MessageState.HELD
        return MessageResult(sent.message_id, sent.seq, state)

    def _draft(self, request: MessageRequest) -> _Draft:
        claims = request.claims
        self._admit(request)
        text = rules.clean_text(request.text)
        recent = self._recent_of(claims)
        verdict = self._judge(claims, text, recent)
        reply = self._reply(request, verdict) if request.reply_to is not None else None
        hashed = text_hash(text)
        self._remember(claims, hashed)
        return _Draft(new_id(), request, verdict, _STATES[verdict.action], hashed, reply)

    def _admit(self, request: MessageRequest) -> None:
        claims = request.claims
        if not rules.is_client_id(request.client_id):
            raise Invalid(_("The message has no usable client_id."), field="client_id")
        if self._show.state not in OPEN:
            raise chat_closed()
        self._admission.admit(claims)
        if not claims.name:
            raise Invalid(_("Choose a name first."), field="name", code="name-needed")

    def _judge(self, claims: Claims, text: str, recent: Recent) -> Verdict:
        wait_s = rules.wait_s(recent.sent_at, self._now) if recent.sent_at else 0.0
        if recent.neighbours_at:
            neighbours_s = rules.wait_s(recent.neighbours_at, self._now, rules.NETWORK_BURST)
            wait_s = max(wait_s, neighbours_s)
        if wait_s > 0:
            raise RateLimited(_("Not so fast."), retry_after_s=wait_s)
        verdict = self._auto_mod.judge(claims, text, self._now, recent)
        if verdict.error is not None:
            raise verdict.error
        return verdict

    def _reply(self, request: MessageRequest, verdict: Verdict) -> Reply:
        message_id = request.reply_to or ""
        answered = self._answered.get(message_id)
        if answered is None and verdict.action is Action.SHADOW:
            own = shadowed_quotes(self._show, request.claims.sub, {message_id})
            answered = own.get(message_id)
        if answered is None:
            raise NotFound(_("There is no such message."), field="reply_to")
        if "text" not in answered:
            raise Conflict(_("That message is gone."), code="message-gone", field="reply_to")
        return answered

    # --- what is stored already

    def _recent_of(self, claims: Claims) -> Recent:
        sent = self._lately.get(claims.sub)
        near = self._lately_near.get(claims.network) if claims.shares_network else None
        has_spoken = not self._auto_mod.holds_first or claims.sub in self._spoken
        if sent is None and near is None and has_spoken:
            return NOBODY
        return Recent(
            [moment for moment, _hash in sent or ()], near or (),
            frozenset(hashed for _moment, hashed in sent or ()), has_spoken,
        )  # fmt: skip

    def _remember(self, claims: Claims, hashed: str) -> None:
        """Count an accepted message for those that follow it in the same batch."""
        self._lately.setdefault(claims.sub, []).append((self._now, hashed))
        if claims.shares_network:
            self._lately_near.setdefault(claims.network, []).append(self._now)

    @cached_property
    def _admission(self) -> Admission:
        return admission_of(self._show, [one.claims for one in self._new], self._now)

    @cached_property
    def _lately(self) -> dict[str, list[tuple[datetime, str]]]:
        authors = {one.claims.sub for one in self._new}
        return rows.sent_lately(self._show.pk, authors, self._now - self._auto_mod.lookback)

    @cached_property
    def _lately_near(self) -> dict[str, list[datetime]]:
        networks = {one.claims.network for one in self._new if one.claims.shares_network}
        if not networks:
            return {}
        since = max(rules.WINDOW, timedelta(seconds=self._auto_mod.slow_s))
        return rows.sent_by_neighbours(self._show.pk, networks, self._now - since)

    @cached_property
    def _spoken(self) -> set[str]:
        return rows.have_spoken(self._show.pk, {one.claims.sub for one in self._new})

    @cached_property
    def _answered(self) -> dict[str, Reply]:
        return quotes_of(self._show, {one.reply_to for one in self._new if one.reply_to})

    @cached_property
    def _looks_like_seq(self) -> int:
        """A number for the author of a shadowed message that could be its `seq`."""
        return queries.head(self._show.timeline_id).seq

    # --- writing

    def _write(self, drafts: list[_Draft]) -> None:
        said = [_as_said(draft) for draft in drafts if draft.state is MessageState.SHOWN]
        aside = readers.read(self._show, said)
        for draft in drafts:
            if draft.message_id in aside:
                draft.state = MessageState.ASIDE
        shown = [draft for draft in drafts if draft.state is MessageState.SHOWN]
        if shown:
            texts = {draft.message_id: draft.verdict.text for draft in shown}
            mentions = mentions_in(self._show, texts)
            entries = [
                NewEntry("message.posted", _body(draft, mentions), actor=draft.request.claims.sub)
                for draft in shown
            ]
            for draft, entry in zip(
                shown, timeline.append(self._show.timeline_id, entries), strict=True
            ):
                draft.seq = entry.seq
        rows.insert(self._show.pk, self._now, [_row(draft) for draft in drafts])
        for draft in drafts:
            if draft.state in _AUTHORS_OWN:
                draft.seq = self._looks_like_seq
        held = [one for one in drafts if one.state is MessageState.HELD or one.verdict.flag]
        review.add(self._show, [_waiting(draft) for draft in held])


_STATES = {
    Action.SHOW: MessageState.SHOWN,
    Action.HOLD: MessageState.HELD,
    Action.SHADOW: MessageState.SHADOWED,
}
_AUTHORS_OWN = (MessageState.SHADOWED, MessageState.ASIDE)  # no other viewer sees them


def quotes_of(show: Show, ids: Collection[str]) -> dict[str, Reply]:
    """Return the messages of this show that are answered, by id; one without text is gone."""
    shown = Message.objects.for_brand(show.brand_id).filter(
        show=show, pk__in=[one for one in ids if is_id(one)], seq__isnull=False,
        state=MessageState.SHOWN,
    )  # fmt: skip
    found = {
        pk: (seq, name)
        for pk, seq, name in shown.values_list("pk", "seq", "author_name")
        if seq is not None
    }
    said = queries.pick(show.timeline_id, [seq for seq, _name in found.values()])
    texts = {entry.seq: entry.body.get("text") for entry in said}
    return {pk: _reply_to(pk, name, texts.get(seq)) for pk, (seq, name) in found.items()}


def shadowed_quotes(show: Show, author: str, ids: Collection[str]) -> dict[str, Reply]:
    """Return the same of messages that only this author sees."""
    rows = Message.objects.for_brand(show.brand_id).filter(
        show=show, pk__in=[one for one in ids if is_id(one)], author=author,
        state=MessageState.SHADOWED, deleted_at__isnull=True,
    )  # fmt: skip
    return {row.pk: _reply_to(row.pk, row.author_name, row.held_text) for row in rows}


def mentions_in(show: Show, texts: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    """Return the people whom each message names, by message id, among those who have written in
    this show."""
    typed = {pk: rules.names_in(text) for pk, text in texts.items() if "@" in text}
    wanted = {name for names in typed.values() for spellings in names for name in spellings}
    known = rows.named(show.pk, wanted) if wanted else {}
    return {
        pk: [{"id": sub, "name": name} for sub, name in found]
        for pk, names in typed.items()
        if (found := rules.mentioned(names, known))
    }


def _key(request: MessageRequest) -> tuple[str, str]:
    return request.claims.sub, request.client_id


def _as_said(draft: _Draft) -> Said:
    request = draft.request
    return Said(draft.message_id, request.claims.sub, draft.verdict.text, request.language)


def _said(draft: _Draft) -> MessageResult:
    state = MessageState.HELD if draft.state is MessageState.HELD else MessageState.SHOWN
    return MessageResult(draft.message_id, draft.seq, state)


def _reply_to(message_id: str, name: str, text: str | None) -> Reply:
    if text is None:
        return {"message_id": message_id}
    return {"message_id": message_id, "name": name, "text": rules.excerpt(text)}


def _body(draft: _Draft, mentions: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    claims = draft.request.claims
    author: Author = {"id": claims.sub, "name": claims.name, "role": claims.role_name}
    body = _posted(draft.message_id, author, draft.verdict.text, draft.request.client_id)
    if draft.reply is not None:
        body["reply_to"] = draft.reply
    if draft.message_id in mentions:
        body["mentions"] = mentions[draft.message_id]
    return body


def _posted(message_id: str, author: Author, text: str, client_id: str) -> dict[str, Any]:
    return {"message_id": message_id, "author": author, "text": text, "client_id": client_id}


def _author(subject: str, name: str) -> Author:
    """Return the author of a held message. Staff are never held."""
    role = "guest" if Subject.parse(subject).is_guest else "member"
    return {"id": subject, "name": name, "role": role}


def _waiting(draft: _Draft) -> NewReviewItem:
    claims, verdict = draft.request.claims, draft.verdict
    author: Author = {"id": claims.sub, "name": claims.name, "role": claims.role_name}
    is_held = draft.state is MessageState.HELD
    return NewReviewItem(
        review.MESSAGE, draft.message_id, author, verdict.text, verdict.reason, verdict.detail,
        client_id=draft.request.client_id if is_held else None,
    )  # fmt: skip


def _row(draft: _Draft) -> NewMessage:
    claims = draft.request.claims
    return NewMessage(
        draft.message_id, draft.seq, claims.sub, claims.name, claims.network,
        claims.address, draft.request.client_id, draft.state.value,
        "" if draft.state is MessageState.SHOWN else draft.verdict.text,
        draft.request.reply_to, draft.text_hash,
    )  # fmt: skip
