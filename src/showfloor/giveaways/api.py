"""Giveaways over HTTP: for staff, and the record of a draw for everybody."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.community.exports import csv_answer
from showfloor.giveaways import queries, rules, services
from showfloor.giveaways.models import EntryRule
from showfloor.giveaways.queries import StaffGiveaway
from showfloor.giveaways.rules import GiveawayDraft
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.errors import RateLimited
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.request_bodies import PictureIn, values_of

router = Router(tags=["giveaways"])

_per_network = Allowances(20, 1 / 3)  # a record of 100,000 entries has 7 MB


class GiveawayIn(Schema):
    title: str = Field(max_length=1000, description="At most 120 characters")
    prize: str = Field(max_length=1000, description="At most 200 characters")
    terms: str = Field(max_length=20_000, description="The terms of participation; required")
    rule: str = Field(
        default=EntryRule.VIEWER.value, max_length=20,
        description="One entry for each viewer, member, order, email or network",
    )  # fmt: skip
    winners: int = 1
    substitutes: int = 2
    entries_max: int = rules.ENTRIES_MAX
    claim_hours: int = 168


class GiveawayPatch(Schema):
    """Fields that are left out stay as they are."""

    title: str | None = Field(default=None, max_length=1000)
    prize: str | None = Field(default=None, max_length=1000)
    terms: str | None = Field(default=None, max_length=20_000)
    rule: str | None = Field(default=None, max_length=20)
    winners: int | None = None
    substitutes: int | None = None
    entries_max: int | None = None
    claim_hours: int | None = None


class GiveawayOpenIn(PictureIn):
    seconds: int = Field(description="People can enter for so long: 10 s to a day")


@router.get("/shows/{slug}/giveaways", response=list[StaffGiveaway], summary="The show's giveaways")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_giveaways(request: StaffRequest, slug: str) -> list[StaffGiveaway]:
    return queries.staff_giveaways(_show(request, slug))


@router.post("/shows/{slug}/giveaways", response={201: StaffGiveaway}, summary="Prepare a giveaway")
@permissions.staff(Role.PRODUCER)
def create_giveaway(request: StaffRequest, slug: str, body: GiveawayIn) -> Any:
    show = _show(request, slug)
    made = services.create(show, GiveawayDraft(**body.model_dump()))
    return Status(201, _answer(show, made.pk))


@router.patch(
    "/shows/{slug}/giveaways/{giveaway_id}", response=StaffGiveaway,
    summary="Change a prepared giveaway",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def patch_giveaway(
    request: StaffRequest, slug: str, giveaway_id: str, body: GiveawayPatch
) -> StaffGiveaway:
    values = values_of(body)
    show = _show(request, slug)
    services.change(show, giveaway_id, values)
    return _answer(show, giveaway_id)


@router.delete(
    "/shows/{slug}/giveaways/{giveaway_id}", response={204: None},
    summary="Delete a prepared giveaway",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def delete_giveaway(request: StaffRequest, slug: str, giveaway_id: str) -> Any:
    services.delete(_show(request, slug), giveaway_id)
    return Status(204, None)


@router.post(
    "/shows/{slug}/giveaways/{giveaway_id}/open", response=StaffGiveaway,
    summary="Let people enter; the seed of the draw is fixed",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def open_giveaway(
    request: StaffRequest, slug: str, giveaway_id: str, body: GiveawayOpenIn
) -> StaffGiveaway:
    show = _show(request, slug)
    services.open_giveaway(show, giveaway_id, body.seconds, body.picture_at, request.user)
    return _answer(show, giveaway_id)


@router.post(
    "/shows/{slug}/giveaways/{giveaway_id}/close", response=StaffGiveaway,
    summary="Refuse entries from now on",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def close_giveaway(
    request: StaffRequest, slug: str, giveaway_id: str, body: PictureIn
) -> StaffGiveaway:
    show = _show(request, slug)
    services.close(show, giveaway_id, body.picture_at, request.user)
    return _answer(show, giveaway_id)


@router.post(
    "/shows/{slug}/giveaways/{giveaway_id}/withdraw", response=StaffGiveaway,
    summary="Take a giveaway back before it is drawn",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def withdraw_giveaway(request: StaffRequest, slug: str, giveaway_id: str) -> StaffGiveaway:
    show = _show(request, slug)
    services.withdraw(show, giveaway_id, request.user)
    return _answer(show, giveaway_id)


@router.get(
    "/shows/{slug}/giveaways/{giveaway_id}/prizes.csv", summary="Who has won, and where it goes"
)
@permissions.staff(Role.PRODUCER)
def get_prizes(request: StaffRequest, slug: str, giveaway_id: str) -> HttpResponse:
    giveaway = queries.find(_show(request, slug), giveaway_id)
    return csv_answer(f"giveaway-{giveaway.pk}", queries.claim_rows(giveaway))


@router.get("/draws/{giveaway_id}", summary="The record of a draw, which verify_draw.py checks")
@permissions.public
def get_draw(request: HttpRequest, giveaway_id: str) -> StreamingHttpResponse:
    """Sealed entries and the entries of the timeline about it; nobody's identity is in it."""
    wait_s = _per_network.take(accounts.network_of(request))
    if wait_s:
        raise RateLimited(
            _("Too much comes from your network at once. Try again in a moment."),
            retry_after_s=wait_s,
        )
    giveaway = queries.find_public(giveaway_id)
    answer = StreamingHttpResponse(queries.record(giveaway), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="draw-{giveaway.pk}.json"'
    answer["Access-Control-Allow-Origin"] = "*"  # anybody may check it, from anywhere
    answer["Cache-Control"] = "no-cache"
    return answer


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])


def _answer(show: Show, giveaway_id: str) -> StaffGiveaway:
    """Return the giveaway as it stands now."""
    return queries.staff_giveaway(queries.find(show, giveaway_id))
