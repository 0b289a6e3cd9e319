"""Asking questions: many questions of one show in one transaction.

The same `client_id` of the same person is the same question. A question that names no product is
about the one on screen. AutoMod judges the words as it does those of messages.

Locks: show, its timeline, its backstage, then persons' streams by subject.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from showfloor.accounts.subjects import SubjectKind
from showfloor.accounts.tokens import Claims
from showfloor.community import command_batches
from showfloor.community.admission import Admission, admission_for, no_such_show
from showfloor.community.questions import queries, rules, services
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.community.safety import review, speakers
from showfloor.community.safety.auto_mod import (
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
from showfloor.kernel.errors import Invalid, RateLimited
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Highlight, RundownItem
from showfloor.timeline import services as timeline
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.queries import head

CLIENT_ID_CHARS_MAX = 64
LATELY_MAX = 2_000  # questions read to know how often people ask


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    """A question that someone asks. `product_id`: None for no product; ON_SCREEN for the one on
    screen."""

    text: str
    product_id: str | None


ON_SCREEN = ""


@timeline.verb
def ask(
    show_id: str, commands: Sequence[Command], requests: Sequence[QuestionRequest | Outcome]
) -> list[Outcome]:
    """Ask all of these; each outcome has `question_id` and `state` (open, held)."""
    now = utc_now()
    look_through(
        show_id,
        (
            (command.claims, text)
            for command, request in zip(commands, requests, strict=True)
            if isinstance(request, QuestionRequest)
            and (text := usable(rules.clean_text, request.text))
        ),
    )
    with timeline.write():
        admission = admission_for(show_id, commands, now, lock=True)
        if admission is None:
            return no_such_show(commands)
        return _QuestionBatch(admission, commands, now).answers(requests)


@dataclass(slots=True)
class _RecentQuestions:
    """The questions of one person within AutoMod's lookback, the same batch included."""

    asked_at: list[datetime] = field(default_factory=list)
    hashes: set[str] = field(default_factory=set)


class _QuestionBatch:
    """One batch in its transaction, with the show's row locked."""

    def __init__(self, admission: Admission, commands: Sequence[Command], now: datetime) -> None:
        self._admission = admission
        self._show = admission.show
        self._commands = commands
        self._now = now
        self._auto_mod = AutoMod.of(admission.show)
        self._known = self._asked_before()
        self._new: list[tuple[Question, Verdict]] = []

    def answers(self, requests: Sequence[QuestionRequest | Outcome]) -> list[Outcome]:
        language = self._show.brand.language
        made = command_batches.each(self._commands, requests, language, self._one)
        self._write()
        return [one if isinstance(one, Outcome) else self._outcome(one) for one in made]

    def _one(self, command: Command, request: QuestionRequest) -> Question:
        claims, key = command.claims, (command.claims.sub, command.id)
        self._admission.admit(claims)
        if key in self._known:
            return self._known[key]
        if not 1 <= len(command.id) <= CLIENT_ID_CHARS_MAX:
            raise Invalid(_("The question has no usable id."), field="id")
        if not claims.name:
            raise Invalid(_("Choose a name first."), field="name", code="name-needed")
        text = rules.clean_text(request.text)
        product_id = self._product(request.product_id)
        verdict, hashed = self._judge(claims, text), text_hash(text)
        question = Question(
            pk=new_id(), show=self._show, author=claims.sub, author_name=claims.name,
            author_role=claims.role_name, network=claims.network,
            address=claims.address, client_id=command.id,
            text=verdict.text, text_hash=hashed, product_id=product_id,
            state=_STATES[verdict.action], asked_at=self._now,
        )  # fmt: skip
        self._known[key] = question
        self._new.append((question, verdict))
        self._remember(claims, hashed)
        return question

    def _judge(self, claims: Claims, text: str) -> Verdict:
        own = self._lately.get(claims.sub, _NOTHING)
        near = self._neighbours.get(claims.network, []) if claims.shares_network else []
        if not claims.is_staff:
            wait_s = max(
                rules.wait_s(own.asked_at, self._now),
                rules.wait_s(near, self._now, rules.NETWORK_BURST),
            )
            if wait_s > 0:
                raise RateLimited(_("Not so fast."), retry_after_s=wait_s)
        has_spoken = not self._auto_mod.holds_first or claims.sub in self._spoken
        recent = Recent(own.asked_at, near, frozenset(own.hashes), has_spoken)
        verdict = self._auto_mod.judge(claims, text, self._now, recent)
        if verdict.error is not None:
            raise verdict.error
        return verdict

    def _product(self, wanted: str | None) -> str | None:
        if wanted == ON_SCREEN:
            return self._on_screen
        if wanted is not None and wanted not in self._rundown:
            raise Invalid(_("This product is not in the rundown."), field="product_id")
        return wanted

    # --- what is stored already

    def _asked_before(self) -> dict[tuple[str, str], Question]:
        rows = queries.of_show(self._show)
        wanted = {(one.claims.sub, one.id) for one in self._commands}
        return {
            (question.author, question.client_id): question
            for part in command_batches.chunks(sorted({client_id for _sub, client_id in wanted}))
            for question in rows.filter(client_id__in=part)
            if (question.author, question.client_id) in wanted
        }

    @cached_property
    def _lately(self) -> dict[str, _RecentQuestions]:
        found: dict[str, _RecentQuestions] = {}
        rows = queries.of_show(self._show).filter(asked_at__gt=self._now - self._auto_mod.lookback)
        rows = rows.order_by("-asked_at")
        for part in command_batches.chunks(sorted({one.claims.sub for one in self._commands})):
            asked = rows.filter(author__in=part).values_list("author", "asked_at", "text_hash")
            for author, asked_at, hashed in asked[:LATELY_MAX]:
                lately = found.setdefault(author, _RecentQuestions())
                lately.asked_at.append(asked_at)
                lately.hashes.add(hashed)
        return found

    @cached_property
    def _neighbours(self) -> dict[str, list[datetime]]:
        found: dict[str, list[datetime]] = {}
        networks = {one.claims.network for one in self._commands if one.claims.shares_network}
        since = self._now - max(rules.WINDOW, timedelta(seconds=self._auto_mod.slow_s))
        rows = queries.of_show(self._show).filter(
            author__startswith=SubjectKind.GUEST.prefix, asked_at__gt=since
        )
        for part in command_batches.chunks(sorted(networks)):
            asked = rows.filter(network__in=part).order_by("-asked_at")
            for network, asked_at in asked.values_list("network", "asked_at")[:LATELY_MAX]:
                found.setdefault(network, []).append(asked_at)
        return found

    @cached_property
    def _spoken(self) -> set[str]:
        """The senders of whom something was shown here, a message or a question."""
        subjects = {one.claims.sub for one in self._commands}
        asked = queries.of_show(self._show).filter(seq__isnull=False)
        asked = asked.exclude(state=QuestionState.REMOVED)
        found = speakers.shown_before(self._show.pk, subjects)
        for part in command_batches.chunks(sorted(subjects)):
            found.update(asked.filter(author__in=part).values_list("author", flat=True))
        return found

    @cached_property
    def _rundown(self) -> set[str]:
        items = RundownItem.objects.for_brand(self._show.brand_id).filter(show=self._show)
        return set(items.values_list("product_id", flat=True))

    @cached_property
    def _on_screen(self) -> str | None:
        """The first product of the open highlight."""
        rows = Highlight.objects.for_brand(self._show.brand_id)
        current = rows.filter(show=self._show, ended_at__isnull=True).order_by("-started_at")
        through = Highlight.products.through._default_manager.filter(highlight=current.first())
        return through.order_by("pk").values_list("product_id", flat=True).first()

    def _remember(self, claims: Claims, hashed: str) -> None:
        """Count an accepted question for those that follow it in the same batch."""
        lately = self._lately.setdefault(claims.sub, _RecentQuestions())
        lately.asked_at.append(self._now)
        lately.hashes.add(hashed)
        if claims.shares_network:
            self._neighbours.setdefault(claims.network, []).append(self._now)

    def _outcome(self, question: Question) -> Outcome:
        """Return the outcome for the author: a shadowed question looks open to them."""
        state, seq = question.state, question.seq
        if state == QuestionState.SHADOWED:
            state, seq = QuestionState.OPEN, head(self._show.timeline_id).seq
        result: dict[str, Any] = {"question_id": question.pk, "state": str(state)}
        return Outcome(seq=seq, result=result)

    # --- writing

    def _write(self) -> None:
        questions = [question for question, _verdict in self._new]
        shown = [question for question in questions if question.state == QuestionState.OPEN]
        if shown:
            services.publish(self._show, shown)
        Question.objects.all_brands().bulk_create(questions, batch_size=command_batches.IN_QUERY)
        QuestionVote.objects.all_brands().bulk_create(
            [QuestionVote(question=one, voter=one.author) for one in questions],
            batch_size=command_batches.IN_QUERY,
        )
        review.add(
            self._show,
            [
                _waiting(question, verdict)
                for question, verdict in self._new
                if question.state == QuestionState.HELD or verdict.flag
            ],
        )


_STATES = {
    Action.SHOW: QuestionState.OPEN,
    Action.HOLD: QuestionState.HELD,
    Action.SHADOW: QuestionState.SHADOWED,
}
_NOTHING = _RecentQuestions()


def _waiting(question: Question, verdict: Verdict) -> NewReviewItem:
    return NewReviewItem(
        review.QUESTION, question.pk,
        {"id": question.author, "name": question.author_name, "role": question.author_role},
        question.text, verdict.reason, verdict.detail,
    )  # fmt: skip
