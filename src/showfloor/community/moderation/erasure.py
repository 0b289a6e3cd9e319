"""Erasing a person at a brand: name and words are gone from rows and from the log, and so from
ticks, ranges, replay, exports and caches, which are made from it. What stays is an id that says
nothing, and that something was done: places on timelines, votes, lines of the audit log.

Bounded transactions, so that a talkative person holds nobody up; what was done in one stays done if
a later one fails, and erasing again goes on from there. Orders stay: the law keeps them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import forgetting
from showfloor.accounts.models import Brand, User
from showfloor.community.batches import chunks, lock_show
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message
from showfloor.community.moderation import audit
from showfloor.community.moderation.models import AuditEntry, Report, Restriction
from showfloor.community.polls import services as polls
from showfloor.community.questions import erasure as questions
from showfloor.community.questions.models import Question
from showfloor.community.reactions import services as reactions
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from showfloor.kernel.ids import is_id
from showfloor.shows.models import Show
from showfloor.timeline import people, queries
from showfloor.timeline import services as timeline
from showfloor.timeline.log import Entry, NewEntry
from showfloor.timeline.models import Entry as EntryRow

BATCH = 100  # messages or entries in one transaction
QUOTED_MAX = 300  # messages named in one entry
_GONE_NAME = "@…"
_OWN_KEYS = ("message_id", "question_id", "item_id", "of", "target_id", "reason", "reports")

# Is given the brand's id and the person's `sub`; runs in a transaction of its own, and again if
# someone is erased again.
type Step = Callable[[str, str], object]
_steps: list[Step] = [
    forgetting.forget_person, polls.forget_person, reactions.forget_person, people.forget,
]  # fmt: skip


@dataclass(slots=True)
class Erased:
    """What was found in this run: nothing, when all was gone before. `quoted`: by show, the
    messages of theirs that others quote."""

    messages: int = 0
    questions: int = 0
    entries: int = 0  # of others, where the person was named
    shows: set[str] = field(default_factory=set)
    quoted: dict[str, set[str]] = field(default_factory=dict)


def register(step: Step) -> None:
    """Let another room forget a person, too."""
    if step not in _steps:
        _steps.append(step)


def erase(brand: Brand, subject: str, by: User) -> Erased:
    """Erase the person of this `sub` (a token's) at the brand. Invalid for what is none."""
    kind, __, key = subject.partition(":")
    if kind not in {"g", "m", "u"} or not is_id(key):
        raise Invalid(_("Say whom."), field="subject")
    erased = Erased()
    asked = _questions_of(brand, subject)
    for show in _shows_with_words(brand, subject):
        while _erase_messages(show, subject, by, erased):
            pass
    erased.questions = len(asked)
    erased.shows |= {show_id for _pk, show_id in asked}
    questions.forget_person(brand.pk, subject)
    question_ids = [pk for pk, _show in asked]
    _scrub_log(brand, subject, question_ids, erased)
    _forget_lines(brand, subject, question_ids)
    _forget_rows(brand, subject)
    for step in _steps:
        with timeline.write():
            step(brand.pk, subject)
    for show_id in sorted(erased.shows):
        quoted = sorted(erased.quoted.get(show_id, ()))
        _announce(brand, show_id, subject, quoted, by)
    with timeline.write():
        audit.log_brand(brand, by, "person.erased", target=subject, subject=subject)
    return erased


# --- what they wrote


def _shows_with_words(brand: Brand, subject: str) -> list[Show]:
    own = _messages(brand, subject).values("show")
    return list(Show.objects.for_brand(brand).filter(pk__in=own).order_by("pk"))


def _erase_messages(show: Show, subject: str, by: User, erased: Erased) -> bool:
    """The next messages in one transaction; False when there were none."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        found = list(_messages(locked.brand, subject).filter(show=locked).order_by("pk")[:BATCH])
        if not found:
            return False
        erased.quoted.setdefault(show.pk, set()).update(_quoted(locked, found))
        chat.forget_author(locked, found, by)
    erased.messages += len(found)
    erased.shows.add(show.pk)
    return True


def _quoted(show: Show, messages: Sequence[Message]) -> list[str]:
    """Which of these others have answered, so that it stands in theirs, too."""
    ids = [message.pk for message in messages if message.seq is not None]
    answers = Message.objects.for_brand(show.brand_id).filter(reply_to__in=ids, seq__isnull=False)
    return list(answers.values_list("reply_to_id", flat=True).distinct())


def _messages(brand: Brand, subject: str) -> QuerySet[Message]:
    """Theirs that are not forgotten yet."""
    rows = Message.objects.for_brand(brand).filter(author=subject)
    return rows.filter(~Q(author_name="") | ~Q(held_text="") | Q(deleted_at__isnull=True))


def _questions_of(brand: Brand, subject: str) -> list[tuple[str, str]]:
    """Ids of their questions and of the shows."""
    rows = Question.objects.for_brand(brand).filter(author=subject).order_by("pk")
    return list(rows.values_list("pk", "show_id"))


# --- where others name them


def _scrub_log(brand: Brand, subject: str, question_ids: Sequence[str], erased: Erased) -> None:
    """Entries of the brand's timelines that name the person, or answer what they asked."""
    for found in _pages(_entries_about(brand, subject, question_ids)):
        with timeline.write():
            for timeline_id, seqs in found.items():
                for entry in queries.pick(timeline_id, seqs):
                    body = _scrubbed(entry, subject, set(question_ids))
                    if body != entry.body:
                        timeline.redact(timeline_id, entry.seq, body)
                        erased.entries += 1
                        erased.shows |= _show_of(brand, timeline_id)


def _entries_about(
    brand: Brand, subject: str, question_ids: Sequence[str]
) -> Iterator[tuple[str, int]]:
    """Timeline and `seq` of each, read without a transaction: the log only grows."""
    rows = EntryRow.objects.for_brand(brand)
    wanted = [Q(actor=subject) | Q(body__contains=subject)]
    wanted += [Q(kind="question.changed", body__contains=one) for one in question_ids]
    for query in wanted:
        last = 0
        while page := list(
            rows.filter(query, pk__gt=last)
            .order_by("pk")
            .values_list("pk", "timeline_id", "seq")[:BATCH]
        ):
            last = page[-1][0]
            yield from ((timeline_id, seq) for _pk, timeline_id, seq in page)


def _pages(found: Iterable[tuple[str, int]]) -> Iterator[dict[str, list[int]]]:
    for part in chunks(found):
        by_timeline: dict[str, list[int]] = {}
        for timeline_id, seq in sorted(part):  # timelines are taken in the order of their ids
            by_timeline.setdefault(timeline_id, []).append(seq)
        yield by_timeline


def _scrubbed(entry: Entry, subject: str, question_ids: set[str]) -> dict[str, Any]:
    body = dict(entry.body)
    if isinstance(body.get("author"), Mapping) and body["author"].get("id") == subject:
        return {key: body[key] for key in _OWN_KEYS if key in body}
    if "mentions" in body:
        body = _without_mention(body, subject)
    if body.get("question_id") in question_ids and body.get("answer") is not None:
        body["answer"] = None
    return _without_actor(entry.kind, body) if entry.actor == subject else body


def _without_mention(body: dict[str, Any], subject: str) -> dict[str, Any]:
    gone = [one["name"] for one in body["mentions"] if one["id"] == subject]
    left = [one for one in body["mentions"] if one["id"] != subject]
    if not gone:
        return body
    text = body.get("text", "")
    for name in gone:
        text = _replace_name(text, name)
    body = {**body, "text": text, "mentions": left}
    if not left:
        del body["mentions"]
    return body


def _replace_name(text: str, name: str) -> str:
    """`@Ana` in whatever case, where it is written."""
    lower, wanted, parts, place = text.casefold(), f"@{name}".casefold(), [], 0
    if len(lower) != len(text):  # a letter that is two in lower case: places don't agree
        return text.replace(f"@{name}", _GONE_NAME)
    while (at := lower.find(wanted, place)) >= 0:
        parts += [text[place:at], _GONE_NAME]
        place = at + len(wanted)
    return "".join([*parts, text[place:]])


def _without_actor(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """What staff who are erased have done, without their name. What they answered in writing is the
    brand's word, and keeps the name that it was given under."""
    if kind == "audit.logged":
        return {**body, "actor": ""}
    if kind in {"review.taken", "review.decided"} and body.get("by"):
        return {**body, "by": ""}
    return body


def _show_of(brand: Brand, timeline_id: str) -> set[str]:
    """The show whose public timeline it is."""
    rows = Show.objects.for_brand(brand).filter(timeline_id=timeline_id)
    return set(rows.values_list("pk", flat=True))


# --- what is kept about them


def _forget_lines(brand: Brand, subject: str, question_ids: Sequence[str]) -> None:
    """Lines of the audit log keep what was done, and lose the name."""
    own = Message.objects.for_brand(brand).filter(author=subject).values("pk")
    about = Q(subject=subject) | Q(target=subject) | Q(target__in=own)
    lines = AuditEntry.objects.for_brand(brand).filter(about | Q(target__in=question_ids[:500]))
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


def _forget_rows(brand: Brand, subject: str) -> None:
    """What stands against them stands, for an id without a name. What they reported is gone."""
    with timeline.write():
        restrictions = Restriction.objects.for_brand(brand).filter(subject=subject)
        restrictions.update(name="", reason="")
        is_over = Q(lifted_at__isnull=False) | Q(until__lte=utc_now())
        restrictions.filter(is_over).update(network="")
        Report.objects.for_brand(brand).filter(reporter=subject).delete()


def _announce(brand: Brand, show_id: str, subject: str, quoted: Sequence[str], by: User) -> None:
    """Whoever shows something of them takes it away at once."""
    parts = [quoted[at : at + QUOTED_MAX] for at in range(0, len(quoted), QUOTED_MAX)] or [()]
    with timeline.write():
        show = lock_show(brand.pk, show_id)
        entries = [
            NewEntry("author.erased", {"author": subject, "quoted": list(part)}, actor=f"u:{by.pk}")
            for part in parts
        ]
        timeline.append(show.timeline_id, entries)
