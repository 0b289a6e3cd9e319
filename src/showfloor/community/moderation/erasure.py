"""The community's part of erasing a person: name and words leave the rows and the log, and so the
ticks, ranges, replay, exports and caches, which are made from it.

Places on timelines, votes and lines of the audit log stay, with an id that says nothing. The
transactions are bounded, so that a talkative person holds nobody up; what was done in one stays
done if a later one fails, and erasing again goes on from there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from showfloor.accounts.models import Brand, User
from showfloor.accounts.subjects import Subject
from showfloor.community.admission import lock_show
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message
from showfloor.community.command_batches import chunks
from showfloor.community.moderation import scrubbing
from showfloor.community.moderation.models import Report
from showfloor.community.questions import erasure as questions
from showfloor.community.questions.erasure import FORGOTTEN
from showfloor.community.questions.models import Question
from showfloor.community.safety import audit, review
from showfloor.community.safety.models import AuditEntry, Restriction
from showfloor.kernel.clock import utc_now
from showfloor.kernel.slices import Erasure
from showfloor.shows.models import Show
from showfloor.timeline import queries
from showfloor.timeline import services as timeline
from showfloor.timeline.log import Entry, NewEntry
from showfloor.timeline.models import Entry as EntryRow

BATCH = 100  # messages in one transaction, entries in one read
QUOTED_MAX = 300  # messages named in one entry
ROUNDS_MAX = 3  # for messages written while the erasure runs


@dataclass(slots=True)
class Erased:
    """Rows found in this run: none, when all was gone before. `quoted`: by show, the messages that
    others quote, written by the person or naming them."""

    messages: int = 0
    questions: int = 0
    entries: int = 0  # of others, where the person was named
    shows: set[str] = field(default_factory=set)
    quoted: dict[str, set[str]] = field(default_factory=dict)


@timeline.verb
def erase(order: Erasure) -> Mapping[str, int]:
    """Erase the words and the name of this person at the brand."""
    brand, subject = Brand.objects.get(pk=order.brand_id), order.subject
    by = User.objects.filter(pk=Subject.parse(order.by).id).first() if order.by else None
    erased = Erased()
    for number in range(ROUNDS_MAX):  # the person may be writing meanwhile
        if not _erase_said(brand, subject, by, erased) and number > 0:
            break
        _scrub_log(brand, subject, erased)
        _scrub_news(brand, erased)
    _forget_lines(brand, subject)
    _forget_rows(brand, subject)
    for show_id in sorted(erased.shows):
        quoted = sorted(erased.quoted.get(show_id, ()))
        _announce(brand, show_id, subject, quoted, by)
    with timeline.write():
        audit.log_brand(brand, by, "person.erased", target=subject, subject=subject)
    return {
        "messages": erased.messages, "questions": erased.questions, "entries": erased.entries,
        "shows": len(erased.shows),
    }  # fmt: skip


# --- the person's own words


def _erase_said(brand: Brand, subject: str, by: User | None, erased: Erased) -> bool:
    """Erase messages and questions; return whether there were any."""
    before = erased.messages + erased.questions
    for show in _shows_of(brand, _messages(brand, subject)):
        while _erase_messages(show, subject, by, erased):
            pass
    asked = Question.objects.for_brand(brand).filter(author=subject)
    erased.shows |= {show.pk for show in _shows_of(brand, asked)}
    erased.questions += questions.forget_person(brand.pk, subject)
    return erased.messages + erased.questions > before


def _shows_of(brand: Brand, rows: QuerySet[Message] | QuerySet[Question]) -> list[Show]:
    return list(Show.objects.for_brand(brand).filter(pk__in=rows.values("show")).order_by("pk"))


@timeline.verb
def _erase_messages(show: Show, subject: str, by: User | None, erased: Erased) -> bool:
    """Erase the next messages in one transaction; return False when there were none."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        own = _messages(locked.brand, subject).filter(show=locked)
        found = list(own.order_by("pk")[:BATCH])
        if not found:
            return False
        names = own.exclude(author_name="").values_list("author_name", flat=True).distinct()
        _scrub_held(locked, set(names))
        quoted = chat.quoted(locked, [message.pk for message in found])
        erased.quoted.setdefault(show.pk, set()).update(quoted)
        chat.forget_author(locked, found, by)
    erased.messages += len(found)
    erased.shows.add(show.pk)
    return True


def _messages(brand: Brand, subject: str) -> QuerySet[Message]:
    """Return the person's messages that are not erased yet."""
    rows = Message.objects.for_brand(brand).filter(author=subject)
    return rows.filter(~Q(author_name="") | ~Q(held_text="") | Q(deleted_at__isnull=True))


# --- places where others name the person


def _scrub_held(show: Show, names: Collection[str]) -> None:
    """Take these names out of held messages. Messages that are not on the timeline know only names,
    not the persons meant."""
    rows = Message.objects.for_brand(show.brand_id).filter(show=show, seq__isnull=True)
    changed: dict[str, str] = {}
    for pk, text in rows.filter(held_text__contains="@").values_list("pk", "held_text"):
        if (left := scrubbing.without_names(text, names)) != text:
            changed[pk] = left
            rows.filter(pk=pk).update(held_text=left)
    review.reword(show, changed)


@timeline.verb
def _scrub_log(brand: Brand, subject: str, erased: Erased) -> None:
    """Scrub the entries of the brand's timelines, backstages and streams that name the person."""
    # By timeline and question: the names under which the person was answering.
    marks: dict[str, dict[str, set[str]]] = {}
    for found in _pages(_entries_about(brand, subject)):
        for timeline_id, seqs in found.items():
            with timeline.write():
                show = _show_of(brand, timeline_id)
                _scrub(show, timeline_id, queries.pick(timeline_id, seqs), subject, erased, marks)
    for timeline_id, names in marks.items():
        _scrub_marks(timeline_id, names, erased)


def _scrub(
    show: Show | None, timeline_id: str, entries: Sequence[Entry], subject: str, erased: Erased,
    marks: dict[str, dict[str, set[str]]],
) -> None:  # fmt: skip
    """Scrub these entries of one timeline, in the open transaction. `show` is the show whose public
    timeline it is, or None."""
    reworded = {}
    for entry in entries:
        body = scrubbing.scrubbed(entry, subject)
        if body == entry.body:
            continue
        timeline.redact(timeline_id, entry.seq, body)
        erased.entries += 1
        if entry.kind == "message.posted" and "text" in body:
            reworded[body["message_id"]] = body
        if entry.kind == "question.changed":
            names = marks.setdefault(timeline_id, {}).setdefault(body["question_id"], set())
            names.add(entry.body["answering"])
        if show is not None:
            erased.shows.add(show.pk)
    if show is not None and reworded:
        erased.quoted.setdefault(show.pk, set()).update(chat.reword(show, reworded))


@timeline.verb
def _scrub_marks(timeline_id: str, names: Mapping[str, Collection[str]], erased: Erased) -> None:
    """Scrub the name from entries that other people caused while the person was answering."""
    for question_id, gone in names.items():
        with timeline.write():
            for entry in queries.containing(timeline_id, "question.changed", question_id):
                if entry.body["question_id"] == question_id and entry.body["answering"] in gone:
                    timeline.redact(timeline_id, entry.seq, {**entry.body, "answering": None})
                    erased.entries += 1


@timeline.verb
def _scrub_news(brand: Brand, erased: Erased) -> None:
    """Scrub answers to an erased question from the streams of people who asked the same, also after
    a run that did not come to its end."""
    told = Q(kind="question.news", body__contains='"merged_into":"')
    for found in _pages(_entries(brand, told)):
        for timeline_id, seqs in found.items():
            news = [
                one for one in queries.pick(timeline_id, seqs) if one.body["answer"] is not None
            ]  # fmt: skip
            heard = Question.objects.for_brand(brand).filter(
                pk__in={one.body["merged_into"] for one in news}, author__startswith=FORGOTTEN
            )
            gone = set(heard.values_list("pk", flat=True))
            with timeline.write():
                for one in news:
                    if one.body["merged_into"] in gone:
                        timeline.redact(timeline_id, one.seq, {**one.body, "answer": None})
                        erased.entries += 1


def _entries_about(brand: Brand, subject: str) -> Iterator[tuple[str, int]]:
    return _entries(brand, Q(actor=subject) | Q(body__contains=subject))


def _entries(brand: Brand, wanted: Q) -> Iterator[tuple[str, int]]:
    """Yield timeline and `seq` of each entry, read without a transaction: the log only grows."""
    rows = EntryRow.objects.for_brand(brand).filter(wanted).order_by("pk")
    last = 0
    while page := list(rows.filter(pk__gt=last).values_list("pk", "timeline_id", "seq")[:BATCH]):
        last = page[-1][0]
        yield from ((timeline_id, seq) for _pk, timeline_id, seq in page)


def _pages(found: Iterable[tuple[str, int]]) -> Iterator[dict[str, list[int]]]:
    for part in chunks(found):
        by_timeline: dict[str, list[int]] = {}
        for timeline_id, seq in part:
            by_timeline.setdefault(timeline_id, []).append(seq)
        yield by_timeline


def _show_of(brand: Brand, timeline_id: str) -> Show | None:
    """Return the show whose public timeline it is, kept for this transaction, so that nothing is
    pinned or quoted meanwhile."""
    rows = Show.objects.for_brand(brand).filter(timeline_id=timeline_id)
    show_id = rows.values_list("pk", flat=True).first()
    return lock_show(brand.pk, show_id) if show_id is not None else None


# --- rows about the person


@timeline.verb
def _forget_lines(brand: Brand, subject: str) -> None:
    """Take the name out of lines of the audit log. The actions stay."""
    own = Message.objects.for_brand(brand).filter(author=subject).values("pk")
    asked = Question.objects.for_brand(brand).filter(author__startswith=FORGOTTEN).values("pk")
    about = Q(subject=subject) | Q(target=subject) | Q(target__in=own) | Q(target__in=asked)
    lines = AuditEntry.objects.for_brand(brand).filter(about)
    named = lines.filter(~Q(target_name="") | ~Q(reason="")).select_related("show")
    while found := list(named.order_by("pk")[:BATCH]):
        with timeline.write():
            for line in found:
                if line.show is not None and line.seq is not None:
                    _forget_in_entry(line.show.backstage_id, line.seq)
            AuditEntry.forget_names(brand.pk, [line.pk for line in found])
    with timeline.write():
        AuditEntry.forget_actor(brand.pk, subject)


def _forget_in_entry(backstage_id: str, seq: int) -> None:
    for entry in queries.pick(backstage_id, [seq]):
        timeline.redact(backstage_id, seq, {**entry.body, "target_name": "", "reason": ""})


@timeline.verb
def _forget_rows(brand: Brand, subject: str) -> None:
    """Take the name out of restrictions, which stay in force for the id, and delete the person's
    reports."""
    with timeline.write():
        restrictions = Restriction.objects.for_brand(brand).filter(subject=subject)
        restrictions.update(name="", reason="")
        is_over = Q(lifted_at__isnull=False) | Q(until__lte=utc_now())
        restrictions.filter(is_over).update(network="", address="")
        Report.objects.for_brand(brand).filter(reporter=subject).delete()


@timeline.verb
def _announce(
    brand: Brand, show_id: str, subject: str, quoted: Sequence[str], by: User | None
) -> None:
    """Tell clients to take away at once what they show of the person."""
    parts = [quoted[at : at + QUOTED_MAX] for at in range(0, len(quoted), QUOTED_MAX)] or [()]
    with timeline.write():
        show = lock_show(brand.pk, show_id)
        entries = [
            NewEntry(
                "author.erased",
                {"author": subject, "quoted": list(part)},
                actor=str(by.staff_subject) if by is not None else "",
            )
            for part in parts
        ]
        timeline.append(show.timeline_id, entries)
