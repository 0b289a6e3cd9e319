"""Moderation over HTTP: chat rules, the shield, review items, the audit log."""

from typing import Annotated, Any, Literal

from ninja import Query, Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.community.moderation import chat_rules, decisions, queries
from showfloor.community.moderation.people_api import router as people
from showfloor.community.moderation.queries import AuditLine, ReviewView
from showfloor.community.moderation.word_rules_api import router as words
from showfloor.community.safety import audit, review
from showfloor.community.safety.models import ChatSettings
from showfloor.community.safety.takedowns import TakedownChoice, TakedownReason
from showfloor.shows import queries as shows
from showfloor.shows.models import Show

router = Router(tags=["moderation"])
router.add_router("", people)
router.add_router("", words)


class ChatRulesIn(Schema):
    """The people who may write, and how often."""

    mode: Literal["everyone", "signed_in", "customers", "trait", "staff"]
    trait: str | None = Field(default=None, max_length=64, description="With the mode of this name")
    slow_s: int = Field(default=0, description="Least time between two messages of a person")
    holds_links: bool = Field(default=False, description="Links wait for review; else refused")
    holds_first: bool = Field(default=False, description="Everyone's first message waits")


class ChatRulesOut(ChatRulesIn):
    shield: bool


class ShieldIn(Schema):
    on: bool


class DecisionIn(Schema):
    """Approve: the item is shown now, or stays. Decline: it is not shown, or deleted."""

    decision: Literal["approve", "decline"]
    note: str = Field(
        default="", max_length=500, description="For the author, up to 200 characters"
    )
    reason: TakedownChoice = Field(default="rules", description="The rule that declined ones break")


class TakenOut(Schema):
    item_id: str
    state: str


class UndoneOut(Schema):
    audit_id: str = Field(description="The line of the undo")


@router.get("/shows/{slug}/chat-rules", response=ChatRulesOut, summary="How a show is talked in")
@permissions.staff()
def get_chat_rules(request: StaffRequest, slug: str) -> dict[str, Any]:
    return _chat_rules(chat_rules.settings_of(_show(request, slug)))


@router.put("/shows/{slug}/chat-rules", response=ChatRulesOut, summary="Set who may write")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def put_chat_rules(request: StaffRequest, slug: str, body: ChatRulesIn) -> dict[str, Any]:
    wanted = chat_rules.Rules(
        body.mode, body.trait or "", body.slow_s, body.holds_links, body.holds_first
    )
    show = _show(request, slug)
    return _chat_rules(chat_rules.set_chat_rules(show, wanted, request.user))


@router.put(
    "/shows/{slug}/shield", response=ChatRulesOut, summary="One switch for an attack, on or off"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def put_shield(request: StaffRequest, slug: str, body: ShieldIn) -> dict[str, Any]:
    show = _show(request, slug)
    return _chat_rules(chat_rules.set_shield(show, on=body.on, by=request.user))


@router.get("/shows/{slug}/review", response=list[ReviewView], summary="What waits")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_review(request: StaffRequest, slug: str) -> list[ReviewView]:
    return queries.open_items(_show(request, slug), request.user)


@router.post(
    "/shows/{slug}/review/{item_id}/take", response=TakenOut,
    summary="Open an item: locked for others for two minutes",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def take_item(request: StaffRequest, slug: str, item_id: str) -> dict[str, Any]:
    item = review.take(_show(request, slug), item_id, request.user)
    return {"item_id": item.pk, "state": item.state}


@router.post("/shows/{slug}/review/{item_id}/release", response={204: None}, summary="Let go of it")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def release_item(request: StaffRequest, slug: str, item_id: str) -> Any:
    review.release(_show(request, slug), item_id, request.user)
    return Status(204, None)


@router.post("/shows/{slug}/review/{item_id}/decide", response=TakenOut, summary="Decide")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def decide_item(request: StaffRequest, slug: str, item_id: str, body: DecisionIn) -> dict[str, Any]:
    show = _show(request, slug)
    reason = TakedownReason(body.reason)
    item = decisions.decide(show, item_id, body.decision, body.note, request.user, reason)
    return {"item_id": item.pk, "state": item.state}


@router.get("/shows/{slug}/audit", response=list[AuditLine], summary="What moderators did")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_audit(
    request: StaffRequest,
    slug: str,
    before: Annotated[
        str | None, Query(max_length=40, description="A line's id: those older than it")
    ] = None,
) -> list[AuditLine]:
    return queries.audit_lines(_show(request, slug), request.user, before)


@router.post("/shows/{slug}/audit/{audit_id}/undo", response=UndoneOut, summary="Take it back")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def undo_line(request: StaffRequest, slug: str, audit_id: str) -> dict[str, Any]:
    return {"audit_id": audit.undo(_show(request, slug), audit_id, request.user).pk}


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])


def _chat_rules(row: ChatSettings) -> dict[str, Any]:
    return {
        "mode": row.mode, "trait": row.trait or None, "slow_s": row.slow_s,
        "holds_links": row.holds_links, "holds_first": row.holds_first, "shield": row.shield,
    }  # fmt: skip
