"""Talking over HTTP."""

from typing import Any

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import rules
from showfloor.accounts.models import Role
from showfloor.accounts.rules import StaffRequest, ViewerRequest
from showfloor.community.chat import services
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
