"""Taking part: a batch of answers, checked and counted in one transaction.

The lock is the point's row: limits, slots and stock are counted under it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from showfloor.accounts import network_quota
from showfloor.accounts.handover import Handover
from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.activations import links, mails, queries, rules
from showfloor.activations.kinds import registry
from showfloor.activations.models import Activation, ActivationAnswer, ActivationState
from showfloor.community import command_batches
from showfloor.community.admission import Admission, admission_for, no_such_show
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.kernel.ids import is_id
from showfloor.outbox import services as outbox
from showfloor.shows.models import ShowState
from showfloor.timeline import services as timeline
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.log import NewEntry


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer, as it was sent. `agrees`: the box of the consent is ticked."""

    activation_id: str
    values: Mapping[str, str]
    agrees: bool = False


@timeline.verb
def take_part(
    show_id: str, commands: Sequence[Command], answers: Sequence[Answering | Outcome]
) -> list[Outcome]:
    """Take a batch of answers. The result of each has `answer_id`, the `url` that the point hands
    out or null, the address of the calendar file of an appointment, and whether a mail has to be
    confirmed."""
    now = utc_now()
    with timeline.write():
        admission = admission_for(show_id, commands, now)
        if admission is None:
            return no_such_show(commands)
        show = admission.show
        named = {one.activation_id for one in answers if isinstance(one, Answering)}
        ids = {one for one in named if is_id(one)}
        rows = queries.of_show(show).filter(pk__in=ids).order_by("pk")
        points = {one.pk: one for one in rows.select_for_update(of=("self",), no_key=True)}
        moved: dict[str, Activation] = {}

        def step(command: Command, one: Answering) -> dict[str, Any]:
            point = points.get(one.activation_id)
            if point is None or point.state not in queries.SEEN:
                raise NotFound(_("There is no such activation point."), field="activation_id")
            _admit(admission, command.claims, point)
            answer = _take(point, command, one, now)
            moved[point.pk] = point
            return _told(point, answer)

        done = command_batches.each(commands, answers, show.brand.language, step)
        if moved:
            entries = [
                NewEntry("activation.taken", queries.taken(moved[pk])) for pk in sorted(moved)
            ]
            timeline.append(show.timeline_id, entries)
    return [one if isinstance(one, Outcome) else Outcome(result=one) for one in done]


def _admit(admission: Admission, claims: Claims, point: Activation) -> None:
    """Let somebody in as the show does; a point that is open in the replay, after the end, too."""
    try:
        admission.admit(claims)
    except Conflict:
        if not (point.in_replay and admission.show.state == ShowState.ENDED):
            raise


def _take(point: Activation, command: Command, given: Answering, now: datetime) -> ActivationAnswer:
    """Write one answer; its refusals change nothing."""
    kind, claims = registry.named(point.kind), command.claims
    rules.check_open(point.state, point.takes_max, point.taken)
    values = rules.clean_values(kind.fields(point.payload), given.values)
    rules.check_consent(point.consent, given.agrees)
    if queries.standing().filter(activation=point, person=claims.sub).count() >= point.per_person:
        raise Conflict(_("You have had your part of this."), code="answered-already")
    pool = rules.pool_of(kind, point.payload, values)
    if pool:
        rules.check_pool(kind, point.payload, pool, queries.pools_taken(point), now)
    network_quota.check_vote(claims, point.pk)
    if kind.confirms:
        since = now - timedelta(days=1)
        sent = outbox.count_to(point.show.brand_id, mails.CONFIRM, values["email"], since)
        rules.check_mails(sent)
    answer = ActivationAnswer(
        activation=point, person=claims.sub, values=values, pool=pool, consent=point.consent,
        consent_version=point.consent_version if point.consent else 0,
        language=command.language[:10], given_at=now,
    )  # fmt: skip
    answer.save(force_insert=True)
    point.taken += 1
    point.save(update_fields=["taken"])
    if kind.confirms:
        cause = outbox.cause_of(answer)
        outbox.queue_once(point.show.brand_id, mails.CONFIRM, cause, values["email"], now)
    return answer


def _told(point: Activation, answer: ActivationAnswer) -> dict[str, Any]:
    kind = registry.named(point.kind)
    return {
        "answer_id": answer.pk,
        "url": point.payload.get(kind.reward) if kind.reward else None,
        "calendar_url": links.calendar_path(answer) if kind.pool_field else None,
        "confirms": kind.confirms,
    }


@timeline.verb
def cancel(brand: Brand, subject: str, answer_id: str, now: datetime) -> None:
    """Take one's own answer back, so that its place is free again; NotFound, Conflict."""
    rows = queries.standing().filter(person=subject, activation__show__brand=brand)
    found = rows.filter(pk=answer_id).select_related("activation__show").first()
    if found is None:
        raise NotFound(_("There is no such thing here."))
    if not registry.named(found.activation.kind).can_cancel:
        raise Conflict(_("This can't be taken back."), code="not-cancellable")
    with timeline.write():
        point = _locked(found)
        if queries.standing().filter(pk=answer_id).update(cancelled_at=now):
            _count_down(point, 1)


def _locked(answer: ActivationAnswer) -> Activation:
    rows = Activation.objects.all_brands().filter(pk=answer.activation_id).select_related("show")
    return rows.select_for_update(of=("self",), no_key=True).get()


def _count_down(point: Activation, answers: int) -> None:
    point.taken -= answers
    point.save(update_fields=["taken"])
    if point.state == ActivationState.OPEN:
        entry = NewEntry("activation.taken", queries.taken(point))
        timeline.append(point.show.timeline_id, [entry])


@timeline.verb
def hand_over(handover: Handover) -> None:
    """Let the answers of a guest be those of the account that the guest has signed in to: they
    count for the limit of one person, and the account can take them back."""
    rows = ActivationAnswer.objects.for_brand(handover.brand_id).filter(person=handover.guest)
    if not rows.exists():
        return
    with timeline.write():
        rows.update(person=handover.owner)


@timeline.verb
def confirm(answer: ActivationAnswer, now: datetime) -> None:
    """Confirm the address of a sign-up. Again changes nothing."""
    with timeline.write():
        queries.standing().filter(pk=answer.pk, confirmed_at__isnull=True).update(confirmed_at=now)
