"""Polls over HTTP, for staff."""

from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.community.exports import csv_answer
from showfloor.community.polls import queries, services
from showfloor.community.polls.models import Poll
from showfloor.community.polls.queries import StaffPoll
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.request_bodies import PictureIn, values_of

router = Router(tags=["polls"])


class OptionIn(Schema):
    text: str = Field(max_length=500, description="At most 80 characters are kept")
    is_right: bool = Field(default=False, description="Of a quiz: told when it closes")


class PollIn(Schema):
    question: str = Field(max_length=1000, description="At most 200 characters")
    options: list[OptionIn] = Field(max_length=50, description="2 to 8, in order")
    choices_max: int = Field(default=1, description="1: single choice")
    is_quiz: bool = False
    hides_tally: bool = Field(default=False, description="Viewers see the result when it closes")


class PollPatch(Schema):
    """Fields that are left out stay as they are."""

    question: str | None = Field(default=None, max_length=1000)
    options: list[OptionIn] | None = Field(default=None, max_length=50)
    choices_max: int | None = None
    is_quiz: bool | None = None
    hides_tally: bool | None = None


class OpenIn(PictureIn):
    seconds: int | None = Field(default=None, description="Closes by itself after so long")


@router.get("/shows/{slug}/polls", response=list[StaffPoll], summary="The show's polls")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_polls(request: StaffRequest, slug: str) -> list[StaffPoll]:
    return queries.staff_polls(_show(request, slug))


@router.post("/shows/{slug}/polls", response={201: StaffPoll}, summary="Prepare a poll")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_poll(request: StaffRequest, slug: str, body: PollIn) -> Any:
    draft = PollDraft(
        body.question, _options(body.options), body.choices_max, body.is_quiz, body.hides_tally
    )
    return Status(201, queries.staff_poll(services.create(_show(request, slug), draft)))


@router.patch("/shows/{slug}/polls/{poll_id}", response=StaffPoll, summary="Change a prepared poll")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def patch_poll(request: StaffRequest, slug: str, poll_id: str, body: PollPatch) -> StaffPoll:
    values = values_of(body)
    if body.options is not None:
        values["options"] = _options(body.options)
    return queries.staff_poll(services.change(_show(request, slug), poll_id, values))


@router.delete(
    "/shows/{slug}/polls/{poll_id}", response={204: None}, summary="Delete a prepared poll"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_poll(request: StaffRequest, slug: str, poll_id: str) -> Any:
    services.delete(_show(request, slug), poll_id)
    return Status(204, None)


@router.post(
    "/shows/{slug}/polls/{poll_id}/open",
    response=StaffPoll,
    summary="Let people vote; closes the poll that is open",
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def open_poll(request: StaffRequest, slug: str, poll_id: str, body: OpenIn) -> StaffPoll:
    show = _show(request, slug)
    return _answer(services.open_poll(show, poll_id, body.picture_at, body.seconds, request.user))


@router.post(
    "/shows/{slug}/polls/{poll_id}/close", response=StaffPoll, summary="Close it, tell the result"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def close_poll(request: StaffRequest, slug: str, poll_id: str, body: PictureIn) -> StaffPoll:
    return _answer(services.close(_show(request, slug), poll_id, body.picture_at, request.user))


@router.post(
    "/shows/{slug}/polls/{poll_id}/withdraw", response=StaffPoll, summary="Take a poll back"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def withdraw_poll(request: StaffRequest, slug: str, poll_id: str) -> StaffPoll:
    return _answer(services.withdraw(_show(request, slug), poll_id, request.user))


@router.get("/shows/{slug}/polls/{poll_id}/results.csv", summary="A poll's result as a table")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def get_results(request: StaffRequest, slug: str, poll_id: str) -> HttpResponse:
    poll = queries.find(_show(request, slug), poll_id)
    return csv_answer(f"poll-{poll.pk}", queries.result_rows(poll))


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])


def _options(given: list[OptionIn]) -> list[OptionDraft]:
    return [OptionDraft(one.text, one.is_right) for one in given]


def _answer(poll: Poll) -> StaffPoll:
    """Return the poll as it stands now: the verb read its row before the counters."""
    return queries.staff_poll(queries.find(poll.show, poll.pk))
