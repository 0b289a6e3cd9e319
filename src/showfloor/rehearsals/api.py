"""Rehearsals over HTTP: staff begin, follow and end them; their cast buys at the till."""

from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest, ViewerRequest
from showfloor.rehearsals import queries, services
from showfloor.rehearsals.queries import RehearsalView
from showfloor.shows import queries as shows

router = Router(tags=["rehearsals"])


class RehearsalIn(Schema):
    viewers: int = Field(description="Of the invented audience: 1 to 200")
    minutes: int = Field(default=15, description="How long they stay: 1 to 120")


class PurchaseIn(Schema):
    show: str = Field(max_length=80, description="The hidden show's address")
    sku: str = Field(max_length=255)
    card: str = Field(max_length=40, description="4242 4242 4242 4242 pays; others are declined")


@router.post(
    "/shows/{slug}/rehearsals", response={201: RehearsalView},
    summary="Rehearse a show, with an invented audience",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.HOST)
def begin_rehearsal(request: StaffRequest, slug: str, body: RehearsalIn) -> Any:
    """The rehearsal is played in a hidden show of its own, whose address is in the answer."""
    show = shows.find(slug, [request.brand.pk])
    made = services.begin(show, body.viewers, body.minutes, request.user)
    return Status(201, queries.view(made))


@router.get(
    "/shows/{slug}/rehearsal", response=RehearsalView, summary="How a rehearsal goes, or went"
)
@permissions.staff(Role.PRODUCER, Role.HOST)
def get_rehearsal(request: StaffRequest, slug: str, response: HttpResponse) -> RehearsalView:
    """`slug`: of the hidden show, or of the rehearsed one, for its last rehearsal."""
    response["Cache-Control"] = "no-store"
    show = shows.find(slug, [request.brand.pk])
    if show.rehearses_id is None and (latest := queries.latest_of(show)) is not None:
        return queries.view(latest)
    return queries.view(queries.of_show(show))


@router.post(
    "/shows/{slug}/rehearsal/stop", response=RehearsalView,
    summary="End a rehearsal: its audience goes home, its show is over",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.HOST)
def stop_rehearsal(request: StaffRequest, slug: str) -> RehearsalView:
    show = shows.find(slug, [request.brand.pk])
    services.stop(queries.of_show(show), request.user)
    return queries.view(queries.of_show(show))


@router.post(
    "/rehearsals/purchases", response={204: None},
    summary="Buy a unit in a rehearsal, as one of its invented audience",
)  # fmt: skip
@permissions.viewer
def buy_in_rehearsal(request: ViewerRequest, body: PurchaseIn) -> Any:
    """Nothing but the rehearsal's own till changes: no stock, order, payment or mail."""
    show = shows.find_announced(body.show, [request.viewer.brand])
    services.buy(show, request.viewer, body.sku, body.card)
    return Status(204, None)
