"""Moderation of people over HTTP: restrictions, bans, recommendations."""

from typing import Any

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Ban, Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.community.moderation import recommendations, restriction_list, services
from showfloor.community.moderation.restriction_list import RestrictionView
from showfloor.community.moderation.services import BanRequest, NewRestriction
from showfloor.community.safety.models import Restriction, RestrictionKind
from showfloor.community.safety.takedowns import TakedownChoice, TakedownReason
from showfloor.kernel.clock import iso_ms
from showfloor.shows import queries as shows
from showfloor.shows.models import Show

router = Router(tags=["moderation"])


class WhomIn(Schema):
    """The person, by a message of theirs or by id."""

    message_id: str | None = Field(default=None, max_length=40)
    viewer_id: str | None = Field(default=None, max_length=64)
    reason: str = Field(default="", max_length=200)


class BanIn(WhomIn):
    """A guest's network is banned, too."""

    minutes: int | None = Field(default=None, description="null: until the ban is lifted")
    delete_messages: bool = Field(default=False, description="Delete what they said in this show")
    delete_reason: TakedownChoice = Field(default="rules", description="The rule that it breaks")


class TimeOutIn(WhomIn):
    minutes: int = Field(default=5, description="1 to 10,080")


class ShadowIn(WhomIn):
    minutes: int = Field(default=60, description="1 to 1,440")


class BanOut(Schema):
    id: str
    viewer_id: str
    name: str
    until: str | None


class RestrictionOut(BanOut):
    kind: str = Field(description="`warning`, `time_out` or `shadow`")


class OfferIn(Schema):
    viewer_id: str = Field(max_length=64)
    product_id: str | None = Field(default=None, max_length=40)
    text: str = Field(max_length=1000, description="1 to 280 characters")


class OfferOut(Schema):
    seq: int = Field(description="Of the entry on the person's own stream")


@router.post("/shows/{slug}/bans", response={201: BanOut}, summary="Send someone out")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_ban(request: StaffRequest, slug: str, body: BanIn) -> Any:
    wanted = BanRequest(
        body.message_id, body.viewer_id, body.reason, body.minutes, body.delete_messages,
        TakedownReason(body.delete_reason),
    )  # fmt: skip
    return Status(201, _ban(services.ban_viewer(_show(request, slug), wanted, request.user)))


@router.delete("/shows/{slug}/bans/{ban_id}", response={204: None}, summary="Let someone in again")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_ban(request: StaffRequest, slug: str, ban_id: str) -> Any:
    services.lift_ban(_show(request, slug), ban_id, request.user)
    return Status(204, None)


@router.post(
    "/shows/{slug}/warnings", response={201: RestrictionOut},
    summary="Warn someone, who has to acknowledge it before writing again",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_warning(request: StaffRequest, slug: str, body: WhomIn) -> Any:
    return _restrict(request, slug, RestrictionKind.WARNING, body)


@router.post(
    "/shows/{slug}/time-outs", response={201: RestrictionOut}, summary="Let someone only read"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_time_out(request: StaffRequest, slug: str, body: TimeOutIn) -> Any:
    return _restrict(request, slug, RestrictionKind.TIME_OUT, body, body.minutes)


@router.post(
    "/shows/{slug}/shadows", response={201: RestrictionOut},
    summary="Show what someone writes to themselves alone",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_shadow(request: StaffRequest, slug: str, body: ShadowIn) -> Any:
    return _restrict(request, slug, RestrictionKind.SHADOW, body, body.minutes)


@router.get(
    "/shows/{slug}/restrictions", response=list[RestrictionView], summary="What stands against whom"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_restrictions(request: StaffRequest, slug: str) -> list[RestrictionView]:
    return restriction_list.in_force(_show(request, slug))


@router.delete(
    "/shows/{slug}/restrictions/{restriction_id}", response={204: None}, summary="End it"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_restriction(request: StaffRequest, slug: str, restriction_id: str) -> Any:
    services.lift(_show(request, slug), restriction_id, request.user)
    return Status(204, None)


@router.post("/shows/{slug}/offers", response={201: OfferOut}, summary="Recommend something to one")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_offer(request: StaffRequest, slug: str, body: OfferIn) -> Any:
    show = _show(request, slug)
    seq = recommendations.make(show, body.viewer_id, body.product_id, body.text, request.user)
    return Status(201, {"seq": seq})


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])


def _restrict(
    request: StaffRequest, slug: str, kind: RestrictionKind, whom: WhomIn,
    minutes: int | None = None,
) -> Any:  # fmt: skip
    wanted = NewRestriction(kind, whom.message_id, whom.viewer_id, whom.reason, minutes)
    return Status(201, _restriction(services.restrict(_show(request, slug), wanted, request.user)))


def _restriction(row: Restriction) -> dict[str, Any]:
    until = iso_ms(row.until) if row.until is not None else None
    return {
        "id": row.pk, "viewer_id": row.subject, "name": row.name, "until": until, "kind": row.kind,
    }  # fmt: skip


def _ban(ban: Ban) -> dict[str, Any]:
    until = iso_ms(ban.until) if ban.until is not None else None
    return {"id": ban.pk, "viewer_id": ban.subject, "name": ban.name, "until": until}
