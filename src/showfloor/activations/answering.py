"""Taking part: a batch of answers, checked and counted in one transaction.

The lock is the point's row: limits, slots and stock are counted under it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts import network_quota
from showfloor.accounts.handover import Handover
from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.activations import links, mails, places, queries, rules
from showfloor.activations.kinds import registry
from showfloor.activations.models import Activation, ActivationAnswer
from showfloor.community import command_batches
from showfloor.community.admission import Admission, admission_for, no_such_show
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.kernel.ids import is_id
from showfloor.outbox import services as outbox
from showfloor.outbox.services import Queued
from showfloor.shows.models import Show, ShowState
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
        for one in points.values():
            one.show = show
        people = {one.claims.sub for one in commands}
        batch = _Batch(points.values(), people, now)

        def step(command: Command, one: Answering) -> dict[str, Any]:
            point = points.get(one.activation_id)
            if point is None or point.state not in queries.SEEN:
                raise NotFound(_("There is no such activation point."), field="activation_id")
            _admit(admission, command.claims, point)
            return _told(point, batch.take(point, command, one))

        done = command_batches.each(commands, answers, show.brand.language, step)
        batch.write(show)
    return [one if isinstance(one, Outcome) else Outcome(result=one) for one in done]


def _admit(admission: Admission, claims: Claims, point: Activation) -> None:
    """Let somebody in as the show does; a point that is open in the replay, after the end, too."""
    try:
        admission.admit(claims)
    except Conflict:
        if not (point.in_replay and admission.show.state == ShowState.ENDED):
            raise


class _Batch:
    """A batch of answers to locked points: counted in memory, written in a few statements."""

    def __init__(
        self, points: Collection[Activation], people: Collection[str], now: datetime
    ) -> None:
        self._now = now
        self._given = queries.given_by(points, people)
        self._pools = queries.pools_taken(points)  # places, by point
        self._mails: dict[str, int] = {}  # of today, by address
        self._new: list[ActivationAnswer] = []

    def take(self, point: Activation, command: Command, given: Answering) -> ActivationAnswer:
        """Take one answer; its refusals change nothing."""
        kind, claims = registry.named(point.kind), command.claims
        rules.check_open(point.state, point.takes_max, point.taken)
        values = rules.clean_values(kind.fields(point.payload), given.values)
        rules.check_consent(point.consent, given.agrees)
        if self._given[point.pk, claims.sub] >= point.per_person:
            raise Conflict(_("You have had your part of this."), code="answered-already")
        pool = rules.pool_of(kind, point.payload, values)
        if pool:
            rules.check_pool(kind, point.payload, pool, self._pools[point.pk], self._now)
        network_quota.check_vote(claims, point.pk)
        if kind.confirms:
            rules.check_mails(self._mails_to(point, values["email"]))
        answer = ActivationAnswer(
            activation=point, person=claims.sub, answered_by=claims.sub, values=values,
            pool=pool, consent=point.consent,
            consent_version=point.consent_version if point.consent else 0,
            language=command.language[:10], given_at=self._now,
        )  # fmt: skip
        self._count(answer)
        return answer

    def _mails_to(self, point: Activation, address: str) -> int:
        if address not in self._mails:
            since = self._now - timedelta(days=1)
            sent = outbox.count_to(point.show.brand_id, mails.CONFIRM, address, since)
            self._mails[address] = sent
        return self._mails[address]

    def _count(self, answer: ActivationAnswer) -> None:
        point = answer.activation
        point.taken += 1
        self._given[point.pk, answer.person] += 1
        if answer.pool:
            self._pools[point.pk][answer.pool] += 1
        if registry.named(point.kind).confirms:
            self._mails[answer.values["email"]] += 1
        self._new.append(answer)

    def write(self, show: Show) -> None:
        """Write the answers, the counts of their points with an entry for each, and the mails."""
        if not self._new:
            return
        ActivationAnswer.objects.all_brands().bulk_create(
            self._new, batch_size=command_batches.IN_QUERY
        )
        moved = {one.activation_id: one.activation for one in self._new}
        Activation.objects.all_brands().bulk_update(moved.values(), ["taken"])
        confirming = [
            Queued(mails.CONFIRM, outbox.cause_of(one), one.values["email"])
            for one in self._new
            if registry.named(one.activation.kind).confirms
        ]
        if confirming:
            with connection.cursor() as cursor:
                outbox.queue_many(cursor, show.brand_id, confirming, self._now)
        entries = [
            NewEntry("activation.taken", queries.taken(moved[pk], self._pools[pk]))
            for pk in sorted(moved)
        ]
        timeline.append(show.timeline_id, entries)


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
        (point,) = places.lock([found.activation_id])
        if queries.standing().filter(pk=answer_id).update(cancelled_at=now):
            places.free([point], {point.pk: 1})


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
