"""The verbs of notice-and-action: take a notice, decide it, take a complaint, decide that.

Each mail is queued in the transaction of its cause and rendered when it is sent. A decision is
always a person's: no verb decides without one. Locks: the notice, then its show (by the verbs that
take content down), then its author's stream.
"""

from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts import languages
from showfloor.accounts.models import Brand, User
from showfloor.accounts.services import emails_of_member
from showfloor.accounts.subjects import Subject
from showfloor.accounts.transactions import verb, write
from showfloor.community.notices import content, links, rules
from showfloor.community.notices.models import (
    ComplaintSide,
    ComplaintState,
    ContentKind,
    ContentNotice,
    NoticeComplaint,
    NoticeState,
)
from showfloor.community.notices.rules import Decision, NoticeDraft
from showfloor.community.safety.takedowns import AutomatedMeans
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.legal import queries as legal
from showfloor.outbox import services as outbox
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

RECEIVED = "notice-received"
ARRIVED = "notice-arrived"  # to the brand's point of contact
DECIDED = "notice-decided"
STATEMENT = "statement-of-reasons"
COMPLAINT_RECEIVED = "complaint-received"
COMPLAINT_DECIDED = "complaint-decided"


@verb
def submit(
    brand: Brand, given: NoticeDraft, key: str, now: datetime, notifier: str = ""
) -> ContentNotice:
    """Take a notice and confirm its receipt; Invalid names the field. The same `key` submits
    once. `notifier`: a token's `sub`, where the person has one."""
    draft = rules.check(given)
    with write():
        known = ContentNotice.objects.for_brand(brand).filter(pk=key).first()
        if known is not None:
            return known
        found = content.find(brand, rules.named(draft.location))
        made = ContentNotice(
            id=key, brand=brand, location=draft.location, kind=found.kind, target=found.target,
            show=found.show, content=found.words, author=found.author,
            author_name=found.author_name, category=draft.category, explanation=draft.explanation,
            name=draft.name, email=draft.email, notifier=notifier, language=_spoken(brand),
            submitted_at=now, due_at=rules.due_at(draft.category, now),
        )  # fmt: skip
        made.save(force_insert=True)
        _mail(made, RECEIVED, made.email, now)
        _mail(made, ARRIVED, legal.profile(brand.pk).email, now)
        return made


@verb
def decide(notice: ContentNotice, given: Decision, by: User) -> ContentNotice:
    """Decide a notice: take the content down, or leave it; tell both sides with reasons. Invalid
    names the field; Conflict `notice-decided`."""
    decision = rules.check_decision(given, notice.kind)
    with write():
        locked = _lock(notice)
        if locked.state != NoticeState.OPEN:
            raise Conflict(_("This was decided already."), code="notice-decided")
        now = utc_now()
        locked.state, locked.reason = decision.state, decision.reason
        locked.ground, locked.clause = decision.ground, decision.clause
        locked.measure = decision.measure
        if decision.state == NoticeState.REMOVED:
            content.take_down(locked, by)
        locked.decided_at, locked.decided_by = now, by
        locked.save()
        _mail(locked, DECIDED, locked.email, now)
        if decision.state != NoticeState.LAWFUL:
            send_statement(locked, now)
    return locked


@verb
def complain(
    notice: ContentNotice, side: ComplaintSide, text: str, email: str, now: datetime
) -> NoticeComplaint:
    """Complain about a decision, once from each side. Invalid names the field; Conflict without a
    decision or after six months."""
    text, email = rules.check_complaint(text, email)
    with write():
        locked = _lock(notice)
        rules.check_may_complain(locked.state, locked.decided_at, side, now)
        rows = NoticeComplaint.objects.for_brand(locked.brand_id).filter(notice=locked, side=side)
        known = rows.first()
        if known is not None:
            return known
        known_email = locked.email if side == ComplaintSide.NOTIFIER else author_email(locked)
        made = NoticeComplaint(
            notice=locked, side=side, text=text, email=email or known_email,
            language=_spoken(locked.brand), submitted_at=now,
        )  # fmt: skip
        made.save(force_insert=True)
        _mail(made, COMPLAINT_RECEIVED, made.email, now)
        _mail(made, ARRIVED, legal.profile(locked.brand_id).email, now)
        return made


@timeline.verb
def answer(complaint: NoticeComplaint, *, grant: bool, text: str, by: User) -> NoticeComplaint:
    """Decide a complaint, with reasons. A notifier's complaint that is granted takes the content
    down by hand or by a new notice; an author's brings a message or a question back where its show
    goes on, and lifts a ban. Invalid names the field; Conflict `complaint-decided`."""
    text = rules.check_answer(text)
    with timeline.write():
        notice = _lock(complaint.notice)
        now = utc_now()
        state = ComplaintState.GRANTED if grant else ComplaintState.REJECTED
        rows = NoticeComplaint.objects.for_brand(complaint.owning_brand_id)
        changed = rows.filter(pk=complaint.pk, state=ComplaintState.OPEN).update(
            state=state, answer=text, decided_at=now, decided_by=by
        )
        if not changed:
            raise Conflict(_("This was decided already."), code="complaint-decided")
        is_undone = notice.state == NoticeState.REMOVED or notice.kind == ContentKind.PERSON
        if grant and complaint.side == ComplaintSide.AUTHOR and is_undone:
            rows.filter(pk=complaint.pk).update(put_back=content.put_back(notice, by))
        complaint.refresh_from_db()
        _mail(complaint, COMPLAINT_DECIDED, complaint.email, now)
    return complaint


def send_statement(notice: ContentNotice, now: datetime) -> None:
    """Have the statement of reasons sent to the author, in the open transaction: by mail where an
    address is known, and on the person's own stream. It stands on the page of decisions about what
    they wrote, too."""
    _mail(notice, STATEMENT, author_email(notice), now)
    if Subject.parse_person(notice.author) is not None:
        body = {
            "content": notice.kind, "state": notice.state, "clause": notice.clause,
            "was_held": notice.automated != AutomatedMeans.NONE,
            "url": links.path_of(notice, ComplaintSide.AUTHOR),
        }  # fmt: skip
        entry = NewEntry("statement.made", body)
        personal_stream.tell(notice.brand_id, notice.author, [entry])


def author_email(notice: ContentNotice) -> str:
    """Return the address of a member who wrote the content; empty for guests and for the brand."""
    person = Subject.parse_person(notice.author)
    if person is None or not person.is_member:
        return ""
    return next(iter(emails_of_member(notice.brand_id, notice.author)), "")


def _lock(notice: ContentNotice) -> ContentNotice:
    rows = ContentNotice.objects.for_brand(notice.brand_id).select_related("brand", "show")
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=notice.pk).first()
    if row is None:
        raise NotFound(_("There is no such notice."))
    return row


def _mail(row: ContentNotice | NoticeComplaint, kind: str, to: str, now: datetime) -> None:
    if to:
        outbox.queue_once(row.owning_brand_id, kind, outbox.cause_of(row), to, now)


def _spoken(brand: Brand) -> str:
    return languages.spoken(get_language() or "", brand.language)
