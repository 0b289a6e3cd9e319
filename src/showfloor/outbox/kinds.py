"""The kinds of messages, which the rooms above register: a name for people, and the content.

The content is rendered when a message is sent, so that a transaction about money renders no
template. A message that brings its content along needs no registered kind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from showfloor.accounts import mail_layout
from showfloor.accounts.models import Brand
from showfloor.outbox.models import OutgoingMessage


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a message. `sender` is a From header."""

    sender: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class MessageKind:
    name: str
    label: Any  # lazily translated
    render: Callable[[OutgoingMessage], Content]
    # The names that a brand's own words may use; empty: the words are ours alone.
    names: Sequence[str] = ()
    # Returns the mail about an invented order of a brand, in a language.
    sample: Callable[[Brand, str], Content] | None = None


_kinds: dict[str, MessageKind] = {}


def register(kind: MessageKind) -> None:
    _kinds[kind.name] = kind


def registered() -> Mapping[str, MessageKind]:
    return _kinds


def label(name: str) -> str:
    kind = _kinds.get(name)
    return str(kind.label) if kind is not None else name


def content(message: OutgoingMessage) -> Content:
    """The content of a message that is about to be sent; LookupError for a kind that no room
    registers."""
    if message.text:
        return Content(message.sender, message.subject, message.text, message.html)
    return in_layout(message.brand_id, _kinds[message.kind].render(message))


def sample(kind: str, brand: Brand, language: str) -> Content:
    """Return the mail about an invented order as it would be sent; LookupError for a kind without
    one."""
    made = _kinds[kind].sample
    if made is None:
        raise LookupError(kind)
    return in_layout(brand.pk, made(brand, language))


def in_layout(brand_id: str | None, content: Content) -> Content:
    """Return a mail with the brand's header and footer in its text; its HTML has them already."""
    return replace(content, text=mail_layout.in_text(brand_id, content.text))
