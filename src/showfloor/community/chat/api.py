"""Talking and moderating over HTTP."""

from typing import Any

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import rules
from showfloor.accounts.models import Ban, Role
from showfloor.accounts.rules import StaffRequest, ViewerRequest
from showfloor.community.chat import services
from showfloor.kernel.clock import iso_ms
from showfloor.shows import queries as shows

router = Router(tags=["community"])


class MessageIn(Schema):
    client_id: str = Field(
        max_length=64, description="Made by you: sending it again is no second message"
    )
    text: str = Field(max_length=2000, description="1 to 200 characters are shown")


class MessageOut(Schema):
    seq: int
    message_id: str


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


@router.post("/shows/{slug}/messages", response={201: MessageOut}, summary="Say something")
@rules.viewer
def post_message(request: ViewerRequest, slug: str, body: MessageIn) -> Any:
    viewer = request.viewer
    show = shows.find(slug, [viewer.brand] if viewer.is_staff else [])
    message = services.post_message(show, viewer, body.client_id, body.text)
    return Status(201, {"seq": message.seq, "message_id": message.pk})


@router.delete(
    "/shows/{slug}/messages/{message_id}", response={204: None}, summary="Delete a message"
)
@rules.staff(Role.PRODUCER, Role.MODERATOR)
def delete_message(request: StaffRequest, slug: str, message_id: str) -> Any:
    services.delete_message(shows.find(slug, [request.brand.pk]), message_id, request.user)
    return Status(204, None)


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
    services.lift_ban(shows.find(slug, [request.brand.pk]), ban_id)
    return Status(204, None)


def _ban(ban: Ban) -> dict[str, Any]:
    until = iso_ms(ban.until) if ban.until is not None else None
    return {"id": ban.pk, "viewer_id": ban.subject, "name": ban.name, "until": until}
