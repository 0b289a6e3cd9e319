"""The HTTP operations of cues."""

from typing import Any

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.shows import cues, queries, services
from showfloor.shows.cues import CueView
from showfloor.shows.request_bodies import Moment, PictureIn

router = Router(tags=["shows"])


class CueIn(PictureIn):
    item_id: str = Field(max_length=26)
    after: str | None = Field(
        default=None, max_length=26,
        description="The id of the cue that you saw as the current one; null: none yet",
    )  # fmt: skip


class CuePatch(Schema):
    held: bool = Field(description="Whether the next cue waits for a person")


@router.post("/shows/{slug}/cues", response={201: CueView}, summary="Give an item its turn")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def post_cue(request: StaffRequest, slug: str, body: CueIn) -> Any:
    """A product comes on screen in place of the others, a segment takes products off, a poll is
    opened. Conflict `cue-moved` when `after` is no longer the current cue."""
    show = queries.find(slug, [request.brand.pk])
    return Status(
        201,
        cues.view(services.reach(show, body.item_id, body.after, body.picture_at, request.user)),
    )


@router.patch("/shows/{slug}/cues/{cue_id}", response=CueView, summary="Hold the rundown, or not")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def patch_cue(request: StaffRequest, slug: str, cue_id: str, body: CuePatch) -> CueView:
    show = queries.find(slug, [request.brand.pk])
    return cues.view(services.hold(show, cue_id, held=body.held))


@router.delete(
    "/shows/{slug}/cues/{cue_id}", response=CueView | None, summary="Take the current cue back"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_cue(
    request: StaffRequest, slug: str, cue_id: str, picture_at: Moment | None = None
) -> CueView | None:
    """Within 30 seconds. The cue before is answered, null for none."""
    show = queries.find(slug, [request.brand.pk])
    before = services.take_back(show, cue_id, picture_at, request.user)
    return cues.view(before) if before is not None else None
