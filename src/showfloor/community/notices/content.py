"""The content that a notice is about: how it is found, and how it is taken down."""

from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Q

from showfloor.accounts.models import Brand, User
from showfloor.catalogue import services as catalogue
from showfloor.catalogue.models import Product
from showfloor.community.admission import lock_show
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message
from showfloor.community.moderation import services as moderation
from showfloor.community.notices.models import (
    ContentKind,
    ContentNotice,
    NoticeComplaint,
    PutBack,
)
from showfloor.community.notices.rules import Named
from showfloor.community.polls import queries as poll_queries
from showfloor.community.polls import services as polls
from showfloor.community.polls.models import Poll, PollState
from showfloor.community.questions import services as questions
from showfloor.community.questions import takedowns as question_takedowns
from showfloor.community.questions.models import Question, QuestionState
from showfloor.community.safety import audit
from showfloor.kernel.errors import NotFound
from showfloor.shows import queries as shows
from showfloor.shows import services as show_services
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline

WORDS_MAX = 4000


@dataclass(frozen=True, slots=True)
class Found:
    """Content as it stands. `author` is empty where the brand itself published it."""

    kind: ContentKind
    target: str = ""
    show: Show | None = None
    words: str = ""
    author: str = ""
    author_name: str = ""


def find(brand: Brand, about: Named) -> Found:
    """Return the brand's content that an address names; `other` where there is none (any more)."""
    if about.kind == ContentKind.PRODUCT:
        return _product(brand, about.target)
    show = Show.objects.for_brand(brand).filter(slug=about.show).first() if about.show else None
    if show is None or not shows.is_public(show):
        return Found(ContentKind.OTHER)
    if about.kind == ContentKind.MESSAGE:
        return _message(show, about.target)
    if about.kind == ContentKind.QUESTION:
        return _question(show, about.target)
    if about.kind == ContentKind.POLL:
        return _poll(show, about.target)
    return Found(ContentKind.SHOW, show.pk, show, f"{show.title}\n{show.description}"[:WORDS_MAX])


def take_down(notice: ContentNotice, by: User) -> None:
    """Remove the content of a notice, inside the open transaction; a person does it where the
    address leads to none. Content that is gone already stays gone."""
    show, target = notice.show, notice.target
    if notice.kind == ContentKind.PRODUCT:
        catalogue.unpublish(notice.brand_id, target)
        audit.log_brand(notice.brand, by, "product.hidden", target=target)
    elif show is None:
        return
    elif notice.kind == ContentKind.SHOW:
        show_services.update_show(show, show_services.ShowChanges({"published": False}))
        audit.log_brand(notice.brand, by, "show.hidden", target=target)
    elif notice.kind == ContentKind.POLL:
        polls.withdraw(show, target, by)
    elif notice.kind == ContentKind.MESSAGE:
        chat.delete_message(show, target, by, reason=None)
    elif notice.kind == ContentKind.QUESTION:
        questions.remove(show, target, by, reason=None)


def put_back(notice: ContentNotice, by: User) -> PutBack:
    """Bring back what a decision has removed, or lift the ban, inside the open transaction; return
    whether it is there again, or why not."""
    show, target = notice.show, notice.target
    if notice.kind == ContentKind.PERSON and show is not None:
        with suppress(NotFound):  # it is long over
            moderation.lift_ban(show, target, by)
        return PutBack.LET_IN
    is_one = notice.kind in (ContentKind.MESSAGE, ContentKind.QUESTION) and not notice.measure
    if not is_one or not notice.content or show is None:
        return PutBack.BY_HAND
    if _is_back(notice, show):
        return PutBack.BACK
    if notice.kind == ContentKind.MESSAGE:
        is_back = chat.restore(show, target, notice.content, by)
    else:
        is_back = question_takedowns.restore(show, target, notice.content, notice.author_name, by)
    return PutBack.BACK if is_back else PutBack.SHOW_OVER


def _is_back(notice: ContentNotice, show: Show) -> bool:
    """Return whether the content came back already, by the complaint about another decision."""
    lock_show(show.brand_id, show.pk)
    return NoticeComplaint.objects.for_brand(notice.brand_id).filter(
        put_back=PutBack.BACK, notice__show=show, notice__kind=notice.kind,
        notice__target=notice.target,
    ).exists()  # fmt: skip


def _message(show: Show, message_id: str) -> Found:
    row = Message.objects.for_brand(show.brand_id).filter(show=show, pk=message_id).first()
    if row is None or row.seq is None or row.deleted_at is not None:
        return Found(ContentKind.OTHER, show=show)
    (entry,) = timeline.pick(show.timeline_id, [row.seq])
    words = str(entry.body.get("text", ""))
    return Found(ContentKind.MESSAGE, row.pk, show, words, row.author, row.author_name)


def _question(show: Show, question_id: str) -> Found:
    rows = Question.objects.for_brand(show.brand_id).filter(show=show, seq__isnull=False)
    row = rows.exclude(state=QuestionState.REMOVED).filter(pk=question_id).first()
    if row is None:
        return Found(ContentKind.OTHER, show=show)
    words = f"{row.text}\n{row.answer}".strip()[:WORDS_MAX]
    return Found(ContentKind.QUESTION, row.pk, show, words, row.author, row.author_name)


def _poll(show: Show, poll_id: str) -> Found:
    rows = Poll.objects.for_brand(show.brand_id).filter(show=show, pk=poll_id)
    row = rows.filter(state__in=[PollState.OPEN, PollState.CLOSED]).first()
    if row is None:
        return Found(ContentKind.OTHER, show=show)
    words = [row.question, *(one.text for one in poll_queries.options_of(row))]
    return Found(ContentKind.POLL, row.pk, show, "\n".join(words)[:WORDS_MAX])


def _product(brand: Brand, address: str) -> Found:
    rows = Product.objects.for_brand(brand).filter(published=True)
    by_address = Q(slug=address) | Q(reference=address) | Q(pk=address)
    row = rows.filter(by_address).order_by("pk").first()
    if row is None:
        return Found(ContentKind.OTHER)
    words = f"{row.name}\n{row.description}"[:WORDS_MAX]
    return Found(ContentKind.PRODUCT, row.pk, None, words)
