"""The state of a show as its audience sees it, kept from the entries of the timeline. Pure."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from showfloor.kernel.clock import parse_iso
from showfloor.shows.rules import show_time_s

QUESTIONS_MAX: Final = 50
MESSAGES_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant that can be bought: `reference` and `product` of its product."""

    sku: str
    variant_id: str
    reference: str
    product: str
    product_id: str


@dataclass(frozen=True, slots=True)
class OpenPoll:
    poll_id: str
    options: int
    since_s: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of somebody in the room."""

    message_id: str
    author: str
    text: str
    at_s: float


@dataclass(slots=True)
class Room:
    """The show as its audience sees it: products, poll, questions, stock, real people's words."""

    goods: Mapping[str, Goods] = field(default_factory=dict)  # by variant id
    available: dict[str, int] = field(default_factory=dict)  # by variant id
    product_id: str = ""  # on screen; empty: none
    shown_since_s: float = 0.0
    poll: OpenPoll | None = None
    questions: dict[str, str] = field(default_factory=dict)  # open ones: id -> author
    messages: deque[Heard] = field(default_factory=lambda: deque(maxlen=MESSAGES_MAX))
    real_message_s: float | None = None
    started_at: datetime | None = None
    ended: bool = False

    @property
    def reference(self) -> str:
        """The reference of the product on screen; empty when there is none."""
        return next((g.reference for g in self.goods.values() if self._is_shown(g)), "")

    @property
    def product(self) -> str:
        """The name of the product on screen; empty when there is none."""
        return next((g.product for g in self.goods.values() if self._is_shown(g)), "")

    def _is_shown(self, goods: Goods) -> bool:
        return bool(self.product_id) and goods.product_id == self.product_id

    def show_time_s(self, now: datetime) -> float | None:
        """Return the show time now; None before the show has started."""
        return None if self.started_at is None else show_time_s(self.started_at, now)

    def on_screen(self) -> list[Goods]:
        """The variants of the product on screen."""
        return [goods for goods in self.goods.values() if self._is_shown(goods)]

    def feed(self, entry: Mapping[str, Any], now_s: float, own: Collection[str]) -> None:
        """Take one entry; `own`: the ids of the synthetic viewers. Other kinds change nothing."""
        body: Mapping[str, Any] = entry.get("body", {})
        match entry.get("kind"):
            case "highlight.started":
                self.product_id = next(iter(body["product_ids"]), "")
                self.shown_since_s = now_s
            case "highlight.ended":
                self.product_id = ""
            case "stock.level":
                self.available[body["variant_id"]] = body["available"]
            case "poll.opened":
                self.poll = OpenPoll(body["poll_id"], len(body["options"]), now_s)
            case "poll.closed" | "poll.withdrawn":
                self.poll = None
            case "question.asked" | "question.changed":
                self._take_question(body)
            case "message.posted":
                self._take_message(body, now_s, own)
            case "show.started":
                self.started_at = parse_iso(body["started_at"])
            case "show.ended":
                self.ended = True

    def _take_question(self, body: Mapping[str, Any]) -> None:
        if body.get("state", "open") != "open":
            self.questions.pop(body["question_id"], None)
        elif "author" in body:
            self.questions[body["question_id"]] = body["author"]["id"]
            if len(self.questions) > QUESTIONS_MAX:
                del self.questions[next(iter(self.questions))]

    def _take_message(self, body: Mapping[str, Any], now_s: float, own: Collection[str]) -> None:
        author = body.get("author")
        if author is None:
            return  # deleted
        self.messages.append(Heard(body["message_id"], author["id"], body.get("text", ""), now_s))
        if author["id"] not in own and author["role"] in {"guest", "member"}:
            self.real_message_s = now_s
