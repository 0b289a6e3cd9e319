"""Moderating over HTTP."""

from typing import Any

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import rules
from showfloor.accounts.models import Ban, Role
from showfloor.accounts.rules import StaffRequest
from showfloor.community.moderation import services
from showfloor.kernel.clock import iso_ms
from showfloor.shows import queries as shows

router = Router(tags=["moderation"])


class BanIn(Schema):
    """Whom: by a message of theirs (a guest's network is banned, too) or by id."""

    message_id: str | None = Field(default=None, max_length=40)
    viewer_id: str | None = Field(default=None, max_length=64)
    reason: str = Field(default="", max_length=200)
    minutes: int | None = Field(default=None, description="null: until the ban is lifted")
    delete_messages: bool = Field(default=False, description="Delete what they said in this show")


class BanOut(Schema):
    id: str
    viewer_id: str
    name: str
    until: str | None


@router.post("/shows/{slug}/bans", response={201: BanOut}, summary="Send someone out")
@rules.staff(Role.PRODUCER, Role.MODERATOR)
def create_ban(request: StaffRequest, slug: str, body: BanIn) -> Any:
    order = services.BanOrder(
        body.message_id, body.viewer_id, body.reason, body.minutes, body.delete_messages
    )
    show = shows.find(slug, [request.brand.pk])
    return Status(201, _ban(services.ban_viewer(show, order, request.user)))


@router.delete("/shows/{slug}/bans/{ban_id}", response={204: None}, summary="Let someone in again")
@rules.staff(Role.PRODUCER, Role.MODERATOR)
def delete_ban(request: StaffRequest, slug: str, ban_id: str) -> Any:
    services.lift_ban(shows.find(slug, [request.brand.pk]), ban_id, request.user)
    return Status(204, None)


def _ban(ban: Ban) -> dict[str, Any]:
    until = iso_ms(ban.until) if ban.until is not None else None
    return {"id": ban.pk, "viewer_id": ban.subject, "name": ban.name, "until": until}
