"""Questions over HTTP, for staff."""

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.community.exports import csv_answer
from showfloor.community.questions import queries, services
from showfloor.community.questions.models import Question
from showfloor.community.questions.queries import StaffQuestion
from showfloor.community.questions.services import AnswerRequest
from showfloor.community.safety.takedowns import TakedownChoice, TakedownReason
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.request_bodies import Moment, PictureIn

router = Router(tags=["questions"])

_HERE = "/shows/{slug}/questions/{question_id}"


class AnsweringIn(Schema):
    on: bool = Field(default=True, description="false: nobody is answering it any more")


class AnswerIn(Schema):
    """An answer on air, or in writing to everyone or to the asker alone."""

    how: Literal["on_air", "public", "private"]
    text: str = Field(default="", max_length=2000, description="In writing: 1 to 500 characters")
    picture_at: Moment | None = Field(
        default=None, description="Where the answer begins; null: where the question was picked"
    )


class MergeIn(Schema):
    into: str = Field(max_length=40, description="The question that it counts for from now on")


@router.get(
    "/shows/{slug}/questions", response=list[StaffQuestion], summary="The show's questions, ranked"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_questions(request: StaffRequest, slug: str) -> list[StaffQuestion]:
    return queries.staff_questions(_show(request, slug))


@router.get("/shows/{slug}/questions.csv", summary="The show's questions as a table")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def get_questions_csv(request: StaffRequest, slug: str) -> HttpResponse:
    show = _show(request, slug)
    return csv_answer(f"questions-{show.slug}", queries.question_rows(show))


@router.post(f"{_HERE}/pick", response=StaffQuestion, summary="Take a question on")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def pick_question(
    request: StaffRequest, slug: str, question_id: str, body: PictureIn | None = None
) -> StaffQuestion:
    show, picture = _show(request, slug), body.picture_at if body else None
    return _answer(services.pick(show, question_id, picture, request.user), show)


@router.post(f"{_HERE}/unpick", response=StaffQuestion, summary="Put it back among the open ones")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def unpick_question(request: StaffRequest, slug: str, question_id: str) -> StaffQuestion:
    show = _show(request, slug)
    return _answer(services.unpick(show, question_id, request.user), show)


@router.post(f"{_HERE}/dismiss", response=StaffQuestion, summary="It will not be answered")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def dismiss_question(request: StaffRequest, slug: str, question_id: str) -> StaffQuestion:
    show = _show(request, slug)
    return _answer(services.dismiss(show, question_id, request.user), show)


@router.post(f"{_HERE}/reopen", response=StaffQuestion, summary="Open a settled question again")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def reopen_question(request: StaffRequest, slug: str, question_id: str) -> StaffQuestion:
    show = _show(request, slug)
    return _answer(services.reopen(show, question_id, request.user), show)


@router.post(f"{_HERE}/answering", response=StaffQuestion, summary="Mark that you are answering it")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def mark_answering(
    request: StaffRequest, slug: str, question_id: str, body: AnsweringIn | None = None
) -> StaffQuestion:
    """Mark a question for two minutes; again for two more. Others are refused meanwhile
    (`being-answered`)."""
    show = _show(request, slug)
    mark = services.start_answering if body is None or body.on else services.stop_answering
    return _answer(mark(show, question_id, request.user), show)


@router.post(f"{_HERE}/answer", response=StaffQuestion, summary="It was answered")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def answer_question(
    request: StaffRequest, slug: str, question_id: str, body: AnswerIn
) -> StaffQuestion:
    show = _show(request, slug)
    wanted = AnswerRequest(body.how, body.text, body.picture_at)
    return _answer(services.answer(show, question_id, wanted, request.user), show)


@router.post(
    f"{_HERE}/merge", response=StaffQuestion, summary="Let it count for another; the other one"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def merge_question(
    request: StaffRequest, slug: str, question_id: str, body: MergeIn
) -> StaffQuestion:
    show = _show(request, slug)
    return _answer(services.merge(show, question_id, body.into, request.user), show)


@router.post(f"{_HERE}/remove", response={204: None}, summary="Take it away for ever")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def remove_question(
    request: StaffRequest, slug: str, question_id: str, reason: TakedownChoice = "rules"
) -> Any:
    """Its author gets a statement of the reason."""
    services.remove(_show(request, slug), question_id, request.user, TakedownReason(reason))
    return Status(204, None)


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])


def _answer(question: Question, show: Show) -> StaffQuestion:
    return queries.staff_question(question, show)
