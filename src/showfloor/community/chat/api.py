"""The chat over HTTP: messages, the pinned message, announcements."""

from datetime import datetime
from typing import Any

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest, ViewerRequest
from showfloor.community.chat import services, translation
from showfloor.community.safety.takedowns import TakedownChoice, TakedownReason
from showfloor.shows import queries as shows

router = Router(tags=["community"])


class MessageIn(Schema):
    client_id: str = Field(
        max_length=64, description="Made by you: sending it again is no second message"
    )
    text: str = Field(max_length=2000, description="1 to 200 characters are shown")
    reply_to: str | None = Field(default=None, max_length=40, description="The id of a message")


class MessageOut(Schema):
    """`seq`: null while the message waits for a moderator (`state` is `held`)."""

    seq: int | None
    message_id: str
    state: str


class TranslationIn(Schema):
    language: str = Field(max_length=10, description="Two letters: one that the site speaks")


class TranslationOut(Schema):
    language: str
    text: str


class PinIn(Schema):
    message_id: str = Field(max_length=40)
    picture_at: datetime | None = Field(
        default=None, description="The picture you were looking at; null: the one of now"
    )


class AnnouncementIn(Schema):
    text: str = Field(max_length=2000, description="1 to 200 characters")
    url: str = Field(default="", max_length=200, description="Where the banner leads; may be empty")
    picture_at: datetime | None = None


class AnnouncementOut(Schema):
    id: str


@router.post("/shows/{slug}/messages", response={201: MessageOut}, summary="Say something")
@permissions.viewer
def post_message(request: ViewerRequest, slug: str, body: MessageIn) -> Any:
    viewer = request.viewer
    show = shows.find(slug, [viewer.brand] if viewer.is_staff else [], viewer)
    said = services.say(show, viewer, body.client_id, body.text, body.reply_to)
    return Status(201, {"seq": said.seq, "message_id": said.message_id, "state": said.state})


@router.post(
    "/shows/{slug}/messages/{message_id}/translation", response=TranslationOut,
    summary="A message in another language",
)  # fmt: skip
@permissions.viewer
def translate_message(
    request: ViewerRequest, slug: str, message_id: str, body: TranslationIn
) -> Any:
    viewer = request.viewer
    show = shows.find(slug, [viewer.brand] if viewer.is_staff else [], viewer)
    text = translation.translate(show, message_id, body.language, viewer)
    return {"language": body.language, "text": text}


@router.delete(
    "/shows/{slug}/messages/{message_id}", response={204: None}, summary="Delete a message"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_message(
    request: StaffRequest, slug: str, message_id: str, reason: TakedownChoice = "rules"
) -> Any:
    """Its author gets a statement of the reason."""
    show = shows.find(slug, [request.brand.pk])
    services.delete_message(show, message_id, request.user, TakedownReason(reason))
    return Status(204, None)


@router.post("/shows/{slug}/pin", response={204: None}, summary="Hold a message above the chat")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def pin_message(request: StaffRequest, slug: str, body: PinIn) -> Any:
    show = shows.find(slug, [request.brand.pk])
    services.pin(show, body.message_id, body.picture_at, request.user)
    return Status(204, None)


@router.delete("/shows/{slug}/pin", response={204: None}, summary="Let go of the pinned message")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def unpin_message(request: StaffRequest, slug: str, picture_at: datetime | None = None) -> Any:
    services.unpin(shows.find(slug, [request.brand.pk]), picture_at, request.user)
    return Status(204, None)


@router.post(
    "/shows/{slug}/announcements", response={201: AnnouncementOut}, summary="Show a banner"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_announcement(request: StaffRequest, slug: str, body: AnnouncementIn) -> Any:
    show = shows.find(slug, [request.brand.pk])
    new = services.announce(show, body.text, body.url, body.picture_at, request.user)
    return Status(201, {"id": new.pk})


@router.delete(
    "/shows/{slug}/announcements/{announcement_id}", response={204: None},
    summary="Take the banner away",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_announcement(
    request: StaffRequest, slug: str, announcement_id: str, picture_at: datetime | None = None
) -> Any:
    show = shows.find(slug, [request.brand.pk])
    services.end_announcement(show, announcement_id, picture_at, request.user)
    return Status(204, None)
