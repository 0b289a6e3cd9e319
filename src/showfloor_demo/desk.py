"""The producer's desk: the verbs of the rooms as a producer uses them in one show. Blocking."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from showfloor.accounts.models import User
from showfloor.catalogue.models import Variant
from showfloor.community.chat import queries as chat_queries
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Announcement
from showfloor.community.polls import services as polls
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.community.questions import queries as question_queries
from showfloor.community.questions import services as questions
from showfloor.community.questions.services import AnswerRequest
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.services import highlights
from showfloor.stock import services as stock
from showfloor.stock.models import MovementReason, Stock
from showfloor.timeline import queries as timeline
from showfloor.timeline.models import Entry

LOW: Final = 4  # so few left of a variant: a delivery comes
DELIVERY_MIN: Final = 6
PIN_CHARS_MIN: Final = 24  # a comment that is worth being pinned says something
BY_PEOPLE: Final = (
    "highlight.", "poll.opened", "poll.closed", "poll.withdrawn", "comment.", "announcement.",
    "question.changed",
)  # fmt: skip


class Desk:
    """One show in the hands of one producer. `levels`: what a delivery fills up to, by SKU."""

    def __init__(self, show: Show, by: User, answers: Mapping[str, str], levels: Mapping[str, int]):
        self.poll_id = ""  # of the last one that was opened
        self._show = show
        self._by = by
        self._answers = answers
        self._levels = levels
        self._products = {p.reference: p.pk for p in shows.rundown_products(show)}
        self._picked: tuple[str, str] | None = None  # id and text of the question taken on
        self._announcement: Announcement | None = None
        self._seen_seq = timeline.head(show.timeline_id).seq

    def show_product(self, reference: str, picture: datetime) -> None:
        highlights.highlight(self._show, [self._products[reference]], picture, self._by)

    def take_down(self, picture: datetime) -> None:
        for one in shows.highlights(self._show):
            if one["ended_at"] is None:
                highlights.take_down(self._show, one["highlight_id"], picture, self._by)

    def open_poll(
        self, question: str, options: tuple[str, ...], seconds: int, picture: datetime
    ) -> None:
        draft = PollDraft(question, [OptionDraft(text) for text in options])
        poll = polls.create(self._show, draft)
        polls.open_poll(self._show, poll.pk, picture, seconds, self._by)
        self.poll_id = poll.pk

    def close_poll(self, picture: datetime) -> None:
        polls.close(self._show, self.poll_id, picture, self._by)

    def pick_question(self, picture: datetime) -> None:
        """Take on the open question that most people want answered."""
        waiting = [
            one for one in question_queries.staff_questions(self._show) if one["state"] == "open"
        ]
        if waiting and self._picked is None:
            best = max(waiting, key=lambda one: one["votes"])
            questions.pick(self._show, best["question_id"], picture, self._by)
            self._picked = best["question_id"], best["text"]

    def answer_question(self, picture: datetime) -> None:
        """Answer the question that was taken on: in writing if there are words for it."""
        if self._picked is None:
            return
        (question_id, text), self._picked = self._picked, None
        words = self._answers.get(text, "")
        order = AnswerRequest("public", words) if words else AnswerRequest("on_air", "", picture)
        questions.answer(self._show, question_id, order, self._by)

    def pin_comment(self, picture: datetime) -> None:
        """Pin the newest comment that says something."""
        for message in reversed(chat_queries.recent_messages(self._show)):
            if len(message["text"]) >= PIN_CHARS_MIN and "reply_to" not in message:
                chat.pin(self._show, message["message_id"], picture, self._by)
                return

    def unpin(self, picture: datetime) -> None:
        chat.unpin(self._show, picture, self._by)

    def announce(self, text: str, picture: datetime) -> None:
        self._announcement = chat.announce(self._show, text, "", picture, self._by)

    def end_announcement(self, picture: datetime) -> None:
        gone, self._announcement = self._announcement, None
        if gone is not None:
            chat.end_announcement(self._show, gone.pk, picture, self._by)

    def restock(self) -> None:
        """Take a delivery of what is nearly gone, a variant at a time."""
        variants = shows.variant_ids(self._show.brand, list(self._products.values()))
        low = Stock.objects.for_brand(self._show.brand_id).filter(variant__in=variants)
        for level in low.select_related("variant").order_by("on_hand"):
            wanted = self._levels.get(level.variant.sku, 0)
            if level.available < LOW and wanted >= DELIVERY_MIN:
                self._deliver(level.variant, wanted - level.on_hand)
                return

    def _deliver(self, variant: Variant, units: int) -> None:
        if units > 0:
            cause = stock.Cause(MovementReason.RECEIVED, self._by.pk)
            stock.move(self._show.brand_id, variant.pk, units, cause)

    def was_used_by_others(self) -> bool:
        """Return whether another person of the staff did something since this was asked last."""
        last = timeline.head(self._show.timeline_id).seq
        entries = Entry.objects.all_brands().filter(
            timeline_id=self._show.timeline_id, seq__gt=self._seen_seq, actor__startswith="u:"
        )
        others = entries.exclude(actor=f"u:{self._by.pk}").values_list("kind", flat=True)
        self._seen_seq = last
        return any(kind.startswith(BY_PEOPLE) for kind in others)
