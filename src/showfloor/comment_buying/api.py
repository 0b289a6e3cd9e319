"""Comment to buy over HTTP: the setting for staff, the codes for viewers."""

from typing import Annotated, Any

from ninja import Router, Schema
from pydantic import ConfigDict, Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest, ViewerRequest
from showfloor.comment_buying import queries, rules, services
from showfloor.comment_buying.queries import BuyingView, CodesView
from showfloor.comment_buying.services import BuyingDraft, CodeDraft
from showfloor.shows import queries as shows

router = Router(tags=["comment to buy"])


class CodeIn(Schema):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=200, description="One word, at most 20 characters")
    product_id: str = Field(max_length=40, description="In the rundown")
    variant_id: str | None = Field(default=None, max_length=40)


class BuyingIn(Schema):
    """The whole setting: codes that are left out are gone."""

    model_config = ConfigDict(extra="forbid")

    is_on: bool
    codes: list[CodeIn] = Field(max_length=500, description="At most 100")
    words: list[Annotated[str, Field(max_length=200)]] = Field(
        default=list(rules.WORDS), max_length=100, description="That may stand before a code"
    )
    shows_messages: bool = Field(default=True, description="False: kept out of the chat")
    keeps_s: int = Field(
        default=rules.KEEPS_S, description="Seconds goods are kept for, 60 to 3600"
    )


@router.get(
    "/shows/{slug}/comment-codes", response=CodesView, summary="What comments can buy in a show"
)
@permissions.viewer
def get_codes(request: ViewerRequest, slug: str) -> CodesView:
    viewer = request.viewer
    show = shows.find(slug, [viewer.brand] if viewer.is_staff else [], viewer)
    return queries.codes(show)


@router.get(
    "/shows/{slug}/comment-buying", response=BuyingView, summary="The setting of comment to buy"
)
@permissions.staff(Role.PRODUCER)
def get_setting(request: StaffRequest, slug: str) -> BuyingView:
    return queries.setting(shows.find(slug, [request.brand.pk]))


@router.put("/shows/{slug}/comment-buying", response=BuyingView, summary="Set what comments buy")
@permissions.staff(Role.PRODUCER)
def put_setting(request: StaffRequest, slug: str, body: BuyingIn) -> Any:
    show = shows.find(slug, [request.brand.pk])
    drafts = [CodeDraft(**one.model_dump()) for one in body.codes]
    values = body.model_dump(exclude={"codes"})
    services.save(show, BuyingDraft(codes=drafts, **values), request.user)
    return queries.setting(show)
