"""The stage over HTTP: staff invite, let in, send back and remove; a guest comes in by her link and
leaves."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.stage import links, queries, services
from showfloor.stage.models import StageGuest, StageRole, StageState
from showfloor.stage.queries import GuestView

router = Router(tags=["stage"])

_KEY_MAX = 200


class PeopleOut(Schema):
    people: list[GuestView]


class InvitationIn(Schema):
    role: Literal["guest", "close-up"]
    name: str = Field(max_length=200, description="1 to 30 characters, on the name plate")


class QrCode(Schema):
    """A QR code: the path of its dark squares, as SVG writes it, in a square of `size` units."""

    size: int
    path: str


class InvitationOut(Schema):
    """The link is told this once, and stored nowhere."""

    guest: GuestView
    url: str
    qr: QrCode


class PlaceIn(Schema):
    state: Literal["on-stage", "green-room"]


class EntryIn(Schema):
    """`seat`: what this browser got when it came in first. `consent`: the version of the words that
    the person has agreed to."""

    key: str = Field(max_length=_KEY_MAX)
    seat: str = Field(default="", max_length=_KEY_MAX)
    consent: str = Field(max_length=40)


class OwnView(Schema):
    id: str
    role: str
    name: str
    state: str


class EntryOut(Schema):
    seat: str
    guest: OwnView


@router.get("/shows/{slug}/stage", response=PeopleOut, summary="The people of a show's stage")
@permissions.staff(Role.PRODUCER, Role.HOST)
def list_stage(request: StaffRequest, slug: str) -> dict[str, Any]:
    return {"people": queries.people(_show(request, slug))}


@router.post(
    "/shows/{slug}/stage", response={201: InvitationOut}, summary="Invite a guest, or a camera"
)
@permissions.staff(Role.PRODUCER, Role.HOST)
def invite(request: StaffRequest, slug: str, body: InvitationIn, response: HttpResponse) -> Any:
    """At most three guests and one close-up camera at a time."""
    role = StageRole(body.role)
    made = services.invite(_show(request, slug), request.user, role, body.name)
    return Status(201, _invitation(response, *made))


@router.post(
    "/shows/{slug}/stage/{guest_id}/link", response=InvitationOut,
    summary="A new link for a guest; the old one opens nothing any more",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.HOST)
def renew_link(
    request: StaffRequest, slug: str, guest_id: str, response: HttpResponse
) -> dict[str, Any]:
    made = services.renew_link(_show(request, slug), request.user, guest_id)
    return _invitation(response, *made)


@router.put(
    "/shows/{slug}/stage/{guest_id}", response=GuestView,
    summary="Let a guest in, or send her back to the green room",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.HOST)
def place_guest(request: StaffRequest, slug: str, guest_id: str, body: PlaceIn) -> GuestView:
    state = StageState(body.state)
    return queries.view(services.move(_show(request, slug), request.user, guest_id, state))


@router.delete(
    "/shows/{slug}/stage/{guest_id}", response={204: None},
    summary="Remove a guest, and take her link back",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.HOST)
def remove_guest(request: StaffRequest, slug: str, guest_id: str) -> Any:
    services.move(_show(request, slug), request.user, guest_id, StageState.REMOVED)
    return Status(204, None)


@router.post("/stage/entries", response={201: EntryOut}, summary="Come into the green room")
@permissions.signed("the key of a guest's link")
def enter(request: HttpRequest, body: EntryIn, response: HttpResponse) -> Any:
    response["Cache-Control"] = "no-store"
    guest, seat = services.enter(body.key, body.seat, body.consent)
    return Status(201, {"seat": seat, "guest": queries.for_guest(guest)})


@router.get("/stage/seat", response=OwnView, summary="How a guest stands")
@permissions.signed("the key of a guest's seat")
def get_seat(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """`Authorization: Bearer <seat>`."""
    response["Cache-Control"] = "no-store"
    return queries.for_guest(_seated(request))


@router.delete("/stage/seat", response={204: None}, summary="Leave the stage, as a guest")
@permissions.signed("the key of a guest's seat")
def leave_seat(request: HttpRequest) -> Any:
    services.leave(_seated(request).pk)
    return Status(204, None)


def _invitation(response: HttpResponse, guest: StageGuest, key: str) -> dict[str, Any]:
    response["Cache-Control"] = "no-store"
    url = links.url_of(key)
    return {"guest": queries.view(guest), "url": url, "qr": links.qr_path(url)}


def _seated(request: HttpRequest) -> StageGuest:
    return queries.by_seat(request.headers.get("Authorization", "").removeprefix("Bearer ").strip())


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])
