"""Verbs for restrictions: warnings, time-outs, shadows and bans, and their end.

A person has to acknowledge a warning before writing again. A timed-out person reads on. Only a
shadowed person sees what they write, for a day at most. Staff cannot be restricted. Locks: show,
its timeline, its backstage, then persons' streams by subject.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import bans
from showfloor.accounts.models import Ban, User
from showfloor.accounts.subjects import Subject
from showfloor.community.admission import lock_show
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message
from showfloor.community.questions.models import Question
from showfloor.community.safety import audit, auto_mod, takedowns
from showfloor.community.safety.models import AuditEntry, Restriction, RestrictionKind
from showfloor.community.safety.takedowns import Exclusion, TakedownReason
from showfloor.kernel.clock import from_epoch_ms, iso_ms, utc_now
from showfloor.kernel.errors import Invalid, NotFound
from showfloor.kernel.ids import made_ms
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

BAN_MINUTES_MAX = 60 * 24 * 365
MINUTES_MAX = {RestrictionKind.TIME_OUT: 60 * 24 * 7, RestrictionKind.SHADOW: 60 * 24}
MINUTES = {RestrictionKind.TIME_OUT: 5, RestrictionKind.SHADOW: 60}  # when the request says none
DELETED_WITH_BAN_MAX = 200  # messages deleted with one ban
REASON_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class BanRequest:
    """A ban to be made. The person is named by a message of theirs or by id."""

    message_id: str | None = None
    viewer_id: str | None = None  # a token's `sub`
    reason: str = ""
    minutes: int | None = None  # None: until lifted
    delete_messages: bool = False
    # The rule that the person broke, for the reasons of the ban and of what it deletes.
    delete_reason: TakedownReason = TakedownReason.RULES


@dataclass(frozen=True, slots=True)
class NewRestriction:
    """A restriction to be made; the person is named in the same way. `minutes`: of a time-out or a
    shadow."""

    kind: RestrictionKind
    message_id: str | None = None
    viewer_id: str | None = None
    reason: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class _Person:
    """The person concerned. `network` and `address` are filled for guests only."""

    subject: str
    name: str
    network: str = ""
    address: str = ""


@timeline.verb
def ban_viewer(show: Show, request: BanRequest, by: User) -> Ban:
    """Ban someone from the brand's shows: the person, and a guest also by network, so that clearing
    cookies does not undo it. Open connections are cut when this commits."""
    if request.minutes is not None and not 1 <= request.minutes <= BAN_MINUTES_MAX:
        raise Invalid(_("Choose 1 minute to 1 year."), field="minutes")
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        person = _person(locked, request.message_id, request.viewer_id)
        reason, until = request.reason.strip(), _after(request.minutes)
        stood = bans.standing(show.brand_id).filter(subject=person.subject).first()
        ban = bans.ban(
            show.brand_id, person.subject, name=person.name, network=person.network,
            reason=reason, by=by, until=until,
        )  # fmt: skip
        if request.delete_messages:
            theirs = _messages(locked).filter(author=person.subject, deleted_at__isnull=True)
            chat.delete_all(locked, list(theirs.order_by("-seq")[:DELETED_WITH_BAN_MAX]), by,
                            request.delete_reason)  # fmt: skip
        audit.log(
            locked, by, "ban", target=person.subject, target_name=ban.name,
            subject=person.subject, reason=reason,
            detail={
                "ban_id": ban.pk, "until": _stored(until),
                "was": {"until": _stored(stood.until)} if stood is not None else None,
            },
        )  # fmt: skip
        out = Exclusion(locked, ban.pk, person.subject, ban.name, reason, until)
        takedowns.tell(out, request.delete_reason, by)
    return ban


@timeline.verb
def lift_ban(show: Show, ban_id: str, by: User) -> None:
    """End a ban; NotFound. Lifting a lifted ban changes nothing."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        standing = Ban.objects.for_brand(show.brand_id).filter(pk=ban_id).first()
        is_lifted = standing is not None and standing.lifted_at is not None
        ban = bans.lift_ban(show.brand_id, ban_id)
        if not is_lifted:
            audit.log(
                locked, by, "ban.lifted", target=ban.subject, target_name=ban.name,
                subject=ban.subject, detail={"ban_id": ban.pk},
            )  # fmt: skip


@timeline.verb
def restrict(show: Show, request: NewRestriction, by: User) -> Restriction:
    """Warn someone, time them out, or shadow them. The new restriction takes the place of one of
    the same kind that is in force. The person is told, unless it is a shadow.

    Invalid (the person, `minutes`, staff), NotFound.
    """
    minutes = _minutes(request)
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        person = _person(locked, request.message_id, request.viewer_id)
        if Subject.parse(person.subject).is_staff:
            raise Invalid(_("Staff can't be restricted."), field="viewer_id", code="is-staff")
        reason = " ".join(request.reason.split())[:REASON_CHARS_MAX]
        before = _lift_standing(show.brand_id, person.subject, request.kind)
        new = Restriction(
            brand_id=show.brand_id, subject=person.subject, network=person.network,
            address=person.address, covers_network=_came_back(show.brand_id, person, request.kind),
            name=person.name, kind=request.kind, reason=reason, show=locked, created_by=by,
            until=_after(minutes),
        )  # fmt: skip
        new.save(force_insert=True)
        audit.log(
            locked, by, request.kind, target=person.subject, target_name=person.name,
            subject=person.subject, reason=reason,
            detail={"restriction_id": new.pk, "before": before, "minutes": minutes},
        )  # fmt: skip
        _tell(new)
        _changed()
    return new


@timeline.verb
def lift(show: Show, restriction_id: str, by: User) -> None:
    """End a warning, a time-out or a shadow before its time; NotFound. Again changes nothing."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        found = _restrictions(show.brand_id).filter(pk=restriction_id).first()
        if found is None:
            raise NotFound(_("There is no such restriction."))
        if found.lifted_at is not None:
            return
        audit.log(
            locked, by, f"{found.kind}.lifted", target=found.subject, target_name=found.name,
            subject=found.subject, detail={"restriction_id": found.pk},
        )  # fmt: skip
        _end(found)


@timeline.verb
def acknowledge(brand_id: str, subject: str, warning_id: str) -> None:
    """Note that the person has read a warning and may write again; NotFound. Again changes
    nothing."""
    with timeline.write():
        own = _restrictions(brand_id).filter(
            pk=warning_id, subject=subject, kind=RestrictionKind.WARNING
        )
        if not own.exists():
            raise NotFound(_("There is no such warning."), field="warning_id")
        if own.filter(acknowledged_at__isnull=True).update(acknowledged_at=utc_now()):
            # Other devices hear of it, also one that reads the stream from its beginning.
            over = {"warning_id": warning_id, "reason": "", "lifted": True}
            personal_stream.tell(brand_id, subject, [NewEntry("warning", over)])
        _changed()


# --- undoing


@audit.undoable("ban")
def _undo_ban(show: Show, line: AuditEntry, by: User) -> None:
    """Undo a ban. A person whom other moderators banned, too, stays banned for as long as those
    said."""
    ban_id = line.detail["ban_id"]
    wanted = _ends_wanted(show.brand_id, ban_id, line)
    if wanted:
        until = None if None in wanted else max(end for end in wanted if end is not None)
        bans.set_end(show.brand_id, ban_id, until)
    else:
        bans.lift_ban(show.brand_id, ban_id)


@audit.undoable("ban.lifted")
def _undo_lifting_ban(show: Show, line: AuditEntry, by: User) -> None:
    ban_id, again = line.detail["ban_id"], bans.standing(show.brand_id).filter(subject=line.subject)
    if again.exists() or not _ends_wanted(show.brand_id, ban_id):
        raise audit.changed_since()
    bans.put_back(show.brand_id, ban_id)


def _ends_wanted(
    brand_id: str, ban_id: str, but: AuditEntry | None = None
) -> list[datetime | None]:
    """Return the ends that moderators gave this ban and that are not past, without the line
    `but`."""
    lines = AuditEntry.objects.for_brand(brand_id).filter(action="ban", detail__ban_id=ban_id)
    laid = [one.detail for one in lines.order_by("pk") if "was" in one.detail]
    others = audit.standing(brand_id).filter(pk__in=lines).exclude(pk=but and but.pk)
    wanted = [one.detail["until"] for one in others if "until" in one.detail]
    if laid and laid[0]["was"] is not None:  # as the ban stood before the log knew of it
        wanted.append(laid[0]["was"]["until"])
    ends = [datetime.fromisoformat(one) if one is not None else None for one in wanted]
    return [end for end in ends if end is None or end > utc_now()]


def _undo_restriction(show: Show, line: AuditEntry, by: User) -> None:
    """End the restriction and put back the one that it replaced, unless this one was ended or
    replaced since: then the earlier one was meant to be over, too."""
    found = _restrictions(show.brand_id).filter(pk=line.detail["restriction_id"]).first()
    if found is None or found.lifted_at is not None:
        return
    _end(found)
    if _is_laid_since(line, line.action):
        return
    for row in _restrictions(show.brand_id).filter(pk__in=_wanted_before(line)):
        _put_back(row)


def _undo_lifting(show: Show, line: AuditEntry, by: User) -> None:
    restriction_id = line.detail["restriction_id"]
    laid = _laid(line.brand_id, line.action.removesuffix(".lifted")).filter(
        detail__restriction_id=restriction_id, undone_by__isnull=True
    )
    row = _restrictions(show.brand_id).filter(pk=restriction_id).first()
    if row is None or not laid.exists() or _is_laid_since(line, row.kind):
        raise audit.changed_since()
    _put_back(row)
    _changed()


def _put_back(row: Restriction) -> None:
    row.lifted_at = None
    row.save(update_fields=["lifted_at"])
    if row.until is None or row.until > utc_now():
        _tell(row)


def _laid(brand_id: str, kind: str) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.for_brand(brand_id).filter(action=kind)


def _is_laid_since(line: AuditEntry, kind: str) -> bool:
    """Return whether the same restriction was laid on the same person after this line, and not
    undone."""
    since = audit.standing(line.brand_id).filter(pk__gt=line.pk, subject=line.subject, action=kind)
    return since.exists()


def _wanted_before(line: AuditEntry) -> list[str]:
    """Return the restrictions that this line replaced; for one that was undone since, those that it
    had replaced."""
    laid = _laid(line.brand_id, line.action)
    wanted: list[str] = []
    asked = list(line.detail["before"])
    while asked:
        of = laid.filter(detail__restriction_id=asked.pop()).select_related("undone_by").first()
        if of is None:
            continue
        if hasattr(of, "undone_by"):
            asked += of.detail["before"]
        else:
            wanted.append(of.detail["restriction_id"])
    return wanted


for _kind in RestrictionKind:
    audit.undoable(_kind.value)(_undo_restriction)
    audit.undoable(f"{_kind.value}.lifted")(_undo_lifting)


# --- parts of the verbs


def _person(show: Show, message_id: str | None, viewer_id: str | None) -> _Person:
    """Return the person of the message, or of the id with the name of their last message or
    question in this show."""
    if message_id is not None:
        found = _messages(show).filter(pk=message_id).first()
        if found is None:
            raise NotFound(_("There is no such message."))
        return _named(found.author, found)
    subject = viewer_id or ""
    if Subject.parse_person(subject) is None:
        raise Invalid(_("Say whom: a message or a viewer."), field="viewer_id")
    said = _messages(show).filter(author=subject).order_by("-sent_at", "-pk").first()
    if said is not None:
        return _named(subject, said)
    questions = Question.objects.for_brand(show.brand_id).filter(show=show, author=subject)
    asked = questions.order_by("-asked_at").first()
    if asked is not None:
        return _named(subject, asked)
    return _Person(subject, _("A viewer"))


def _named(subject: str, written: Message | Question) -> _Person:
    if not Subject.parse(subject).is_guest:
        return _Person(subject, written.author_name)
    return _Person(subject, written.author_name, written.network, written.address)


def _came_back(brand_id: str, person: _Person, kind: RestrictionKind) -> bool:
    """Return whether a guest of this network was restricted so before this guest came. It is one
    person with several addresses, it seems, so that all newcomers of the network are meant. Other
    guests of a phone network are not, as long as nobody comes back."""
    if not person.network:
        return False
    if not person.address:  # the message is from before addresses were kept
        return True
    standing = _restrictions(brand_id).filter(
        network=person.network, kind=kind, lifted_at__isnull=True, until__gt=utc_now()
    )
    came_at = from_epoch_ms(made_ms(Subject.parse(person.subject).id))
    return bool(standing.filter(created_at__lte=came_at).exclude(subject=person.subject).exists())


def _minutes(request: NewRestriction) -> int | None:
    if request.kind == RestrictionKind.WARNING:
        return None
    most = MINUTES_MAX[request.kind]
    minutes = MINUTES[request.kind] if request.minutes is None else request.minutes
    if not 1 <= minutes <= most:
        raise Invalid(
            _("Choose 1 to %(count)d minutes.") % {"count": most}, field="minutes"
        )  # fmt: skip
    return minutes


def _lift_standing(brand_id: str, subject: str, kind: RestrictionKind) -> list[str]:
    """End the restrictions of this kind that are in force; return their ids."""
    rows = _restrictions(brand_id).filter(subject=subject, kind=kind, lifted_at__isnull=True)
    if kind == RestrictionKind.WARNING:
        rows = rows.filter(acknowledged_at__isnull=True)
    else:
        rows = rows.filter(until__gt=utc_now())
    ids = list(rows.values_list("pk", flat=True))
    _restrictions(brand_id).filter(pk__in=ids).update(lifted_at=utc_now())
    return ids


def _end(row: Restriction) -> None:
    row.lifted_at = utc_now()
    row.save(update_fields=["lifted_at"])
    _tell(row)
    _changed()


def _tell(row: Restriction) -> None:
    """Tell the person on their own stream. A shadow is not told."""
    is_over = row.lifted_at is not None
    if row.kind == RestrictionKind.WARNING:
        body: dict[str, object] = {"warning_id": row.pk, "reason": "" if is_over else row.reason}
        entry = NewEntry("warning", {**body, "lifted": True} if is_over else body)
    elif row.kind == RestrictionKind.TIME_OUT:
        until = iso_ms(row.until) if row.until is not None and not is_over else None
        entry = NewEntry("time_out", {"until": until, "reason": "" if is_over else row.reason})
    else:
        return
    personal_stream.tell(row.brand_id, row.subject, [entry])


def _changed() -> None:
    transaction.on_commit(partial(auto_mod.announce_change))


def _messages(show: Show) -> QuerySet[Message]:
    return Message.objects.for_brand(show.brand_id).filter(show=show)


def _restrictions(brand_id: str) -> QuerySet[Restriction]:
    return Restriction.objects.for_brand(brand_id)


def _stored(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _after(minutes: int | None) -> datetime | None:
    return None if minutes is None else utc_now() + timedelta(minutes=minutes)
