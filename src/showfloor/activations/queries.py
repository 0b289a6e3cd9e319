"""Reads of activation points: for the snapshot, for one person, for staff."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, TypedDict

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from showfloor.activations.events import ActivationOpened, ActivationTaken
from showfloor.activations.kinds import registry
from showfloor.activations.models import Activation, ActivationAnswer, ActivationState
from showfloor.community import command_batches
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import NotFound
from showfloor.shows.models import Show

SEEN = (ActivationState.OPEN, ActivationState.CLOSED)  # by everyone


class ActivationView(ActivationOpened):
    """An activation point as viewers see it."""

    opened_at: str
    closed_at: str | None
    taken: int
    full: list[str]


class StaffActivation(TypedDict):
    """An activation point as staff see it."""

    activation_id: str
    kind: str
    title: str
    text: str
    payload: dict[str, Any]
    consent: str
    for_marketing: bool
    takes_max: int
    per_person: int
    in_replay: bool
    state: str
    taken: int


class ActivationMine(TypedDict):
    """The answers of one person that stand, by point: how many."""

    activation_answers: dict[str, int]


class ActivationSnapshot(TypedDict):
    activations: list[ActivationView]


def snapshot(show: Show) -> ActivationSnapshot:
    rows = of_show(show).filter(state__in=SEEN).order_by("opened_at", "pk")
    found = list(rows)
    used = pools_taken(found)
    return {"activations": [_view(one, used[one.pk]) for one in found]}


def mine(show: Show, subject: str) -> ActivationMine:
    rows = standing().filter(activation__show=show, person=subject)
    counted = rows.order_by().values("activation").annotate(count=Count("pk"))
    return {"activation_answers": dict(counted.values_list("activation", "count"))}


def of_show(show: Show) -> QuerySet[Activation]:
    return Activation.objects.for_brand(show.brand_id).filter(show=show)


def standing() -> QuerySet[ActivationAnswer]:
    """Return the answers of all brands that were not taken back."""
    return ActivationAnswer.objects.all_brands().filter(cancelled_at__isnull=True)


def find(show: Show, activation_id: str) -> Activation:
    """Return an activation point of the show; NotFound."""
    found = of_show(show).filter(pk=activation_id).first()
    if found is None:
        raise NotFound(_("There is no such activation point."))
    return found


def pools_taken(points: Collection[Activation]) -> dict[str, Counter[str]]:
    """Return the places that are taken at each point (by its id), by pool."""
    found: dict[str, Counter[str]] = {one.pk: Counter() for one in points}
    ids = [one.pk for one in points if registry.named(one.kind).pools(one.payload)]
    rows = standing().filter(activation__in=ids).exclude(pool="").order_by()
    for pk, pool, count in rows.values_list("activation", "pool").annotate(Count("pk")):
        found[pk][pool] = count
    return found


def given_by(points: Collection[Activation], people: Collection[str]) -> Counter[tuple[str, str]]:
    """Return how many answers of each person stand at each point. Those that a guest has handed
    over count for the guest, too, whose cookie stays."""
    found: Counter[tuple[str, str]] = Counter()
    ids = [one.pk for one in points]
    rows = standing().filter(activation__in=ids).order_by()
    given = rows.values_list("pk", "activation", "person", "answered_by")
    for some in map(frozenset, command_batches.chunks(people) if ids else ()):
        # A union, and no `OR`: each half has its index, and counting here keeps it to that.
        both = given.filter(person__in=some).union(given.filter(answered_by__in=some)).order_by()
        for _pk, point, person, answered_by in both:
            found.update((point, one) for one in some & {person, answered_by})
    return found


def staff_activations(show: Show) -> list[StaffActivation]:
    rows = of_show(show).exclude(state=ActivationState.WITHDRAWN)
    return [staff_activation(one) for one in rows]


def staff_activation(one: Activation) -> StaffActivation:
    return {
        "activation_id": one.pk, "kind": one.kind, "title": one.title, "text": one.text,
        "payload": one.payload, "consent": one.consent, "for_marketing": one.for_marketing,
        "takes_max": one.takes_max, "per_person": one.per_person, "in_replay": one.in_replay,
        "state": one.state, "taken": one.taken,
    }  # fmt: skip


def opened(one: Activation) -> ActivationOpened:
    """Return the body of the entry that opens it. What it hands out is not in it."""
    return {
        "activation_id": one.pk, "kind": one.kind, "title": one.title, "text": one.text,
        "fields": registry.named(one.kind).fields(one.payload), "consent": one.consent,
        "consent_version": one.consent_version, "takes_max": one.takes_max,
        "per_person": one.per_person, "in_replay": one.in_replay,
        "minutes": one.payload.get("minutes", 0), "time_zone": one.payload.get("time_zone", ""),
        "place": one.payload.get("place", ""),
    }  # fmt: skip


def taken(one: Activation, used: Counter[str] | None = None) -> ActivationTaken:
    """Return how much of a point is taken. `used`: of its pools, where that is known."""
    kind, now = registry.named(one.kind), utc_now()
    used = pools_taken([one])[one.pk] if used is None else used
    full = [
        pool
        for pool, most in kind.pools(one.payload).items()
        if used[pool] >= most or kind.is_over(pool, now)
    ]
    if one.takes_max and one.taken >= one.takes_max:
        full.append("all")
    return {"activation_id": one.pk, "taken": one.taken, "full": full}


def _view(one: Activation, used: Counter[str]) -> ActivationView:
    assert one.opened_at is not None, "an activation point that viewers see was opened"
    return {
        **opened(one), "opened_at": iso_ms(one.opened_at),
        "closed_at": iso_ms(one.closed_at) if one.closed_at else None,
        "taken": one.taken, "full": taken(one, used)["full"],
    }  # fmt: skip


def answer_rows(activation: Activation) -> Iterator[list[object]]:
    """Yield the answers that stand as a table, the heading first. Of a kind that confirms
    addresses only the confirmed ones: nobody may write to the others."""
    kind = registry.named(activation.kind)
    names = [one["name"] for one in kind.fields(activation.payload)]
    yield ["given_at", *names, "consent", "consent_version", "confirmed_at"]
    rows = standing().filter(activation=activation)
    if kind.confirms:
        rows = rows.filter(confirmed_at__isnull=False)
    for one in rows.order_by("given_at", "pk").iterator(500):
        yield [
            iso_ms(one.given_at), *(one.values.get(name, "") for name in names), one.consent,
            one.consent_version or "", iso_ms(one.confirmed_at) if one.confirmed_at else "",
        ]  # fmt: skip
