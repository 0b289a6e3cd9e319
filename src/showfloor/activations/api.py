"""Activation points over HTTP, for staff. People take part by the command `take_part`, which has an
address, too."""

from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.activations import queries, services
from showfloor.activations.queries import StaffActivation
from showfloor.activations.rules import ActivationDraft
from showfloor.community.exports import csv_answer
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.request_bodies import PictureIn, values_of

router = Router(tags=["activations"])


class ActivationIn(Schema):
    """`payload`: what the kind takes, as docs/selling-live.md says."""

    kind: str = Field(
        max_length=40, description="appointment, sample, sign_up, download, link, answer"
    )
    title: str = Field(max_length=1000, description="At most 120 characters")
    text: str = Field(default="", max_length=2000, description="At most 500 characters")
    payload: dict[str, Any] = Field(default_factory=dict, max_length=20)
    consent: str = Field(default="", max_length=4000, description="At most 1000 characters")
    for_marketing: bool = Field(default=False, description="Then there is no point without consent")
    takes_max: int = Field(default=0, description="In all; 0 for no limit")
    per_person: int = 1
    in_replay: bool = False


class ActivationPatch(Schema):
    """Fields that are left out stay as they are."""

    title: str | None = Field(default=None, max_length=1000)
    text: str | None = Field(default=None, max_length=2000)
    payload: dict[str, Any] | None = Field(default=None, max_length=20)
    consent: str | None = Field(default=None, max_length=4000)
    for_marketing: bool | None = None
    takes_max: int | None = None
    per_person: int | None = None
    in_replay: bool | None = None


@router.get(
    "/shows/{slug}/activations", response=list[StaffActivation],
    summary="The show's activation points",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_activations(request: StaffRequest, slug: str) -> list[StaffActivation]:
    return queries.staff_activations(_show(request, slug))


@router.post(
    "/shows/{slug}/activations", response={201: StaffActivation},
    summary="Prepare an activation point",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def create_activation(request: StaffRequest, slug: str, body: ActivationIn) -> Any:
    show = _show(request, slug)
    made = services.create(show, ActivationDraft(**body.model_dump()))
    return Status(201, queries.staff_activation(made))


@router.patch(
    "/shows/{slug}/activations/{activation_id}", response=StaffActivation,
    summary="Change a prepared activation point",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def patch_activation(
    request: StaffRequest, slug: str, activation_id: str, body: ActivationPatch
) -> StaffActivation:
    values = values_of(body)
    return queries.staff_activation(services.change(_show(request, slug), activation_id, values))


@router.delete(
    "/shows/{slug}/activations/{activation_id}", response={204: None},
    summary="Delete a prepared activation point",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def delete_activation(request: StaffRequest, slug: str, activation_id: str) -> Any:
    services.delete(_show(request, slug), activation_id)
    return Status(204, None)


@router.post(
    "/shows/{slug}/activations/{activation_id}/open", response=StaffActivation,
    summary="Put it on screen",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def open_activation(
    request: StaffRequest, slug: str, activation_id: str, body: PictureIn
) -> StaffActivation:
    show = _show(request, slug)
    done = services.open_activation(show, activation_id, body.picture_at, request.user)
    return queries.staff_activation(done)


@router.post(
    "/shows/{slug}/activations/{activation_id}/close", response=StaffActivation,
    summary="Take it down",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def close_activation(
    request: StaffRequest, slug: str, activation_id: str, body: PictureIn
) -> StaffActivation:
    show = _show(request, slug)
    return queries.staff_activation(
        services.close(show, activation_id, body.picture_at, request.user)
    )


@router.post(
    "/shows/{slug}/activations/{activation_id}/withdraw", response=StaffActivation,
    summary="Take an activation point back",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def withdraw_activation(request: StaffRequest, slug: str, activation_id: str) -> StaffActivation:
    show = _show(request, slug)
    return queries.staff_activation(services.withdraw(show, activation_id, request.user))


@router.get(
    "/shows/{slug}/activations/{activation_id}/answers.csv", summary="What people gave, as a table"
)
@permissions.staff(Role.PRODUCER)
def get_answers(request: StaffRequest, slug: str, activation_id: str) -> HttpResponse:
    point = queries.find(_show(request, slug), activation_id)
    return csv_answer(f"activation-{point.pk}", queries.answer_rows(point))


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])
