"""The HTTP operations after the show: clips, files of the recording, and the trim of the replay."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.kernel.clock import iso_ms
from showfloor.replays import queries, services, trailers
from showfloor.replays.models import FileKind, FileShape
from showfloor.replays.queries import ClipView, FileView
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.permissions import show_to_watch

router = Router(tags=["replays"])

_TIME_MAX = 7 * 86_400.0


class ClipIn(Schema):
    title: str = Field(max_length=500)
    start_s: float = Field(ge=0, le=_TIME_MAX, description="Show time, s")
    end_s: float = Field(ge=0, le=_TIME_MAX, description="Show time, s")


class FileIn(Schema):
    kind: FileKind = Field(description="video (MP4) or sound (M4A)")
    clip_id: str | None = Field(default=None, max_length=26, description="null: the whole show")
    shape: FileShape = Field(
        default=FileShape.RECORDED, description="portrait: 9:16, of clips only; encoded anew"
    )
    captions: str = Field(
        default="",
        max_length=16,
        description="Language of captions in the picture of a clip; empty: none",
    )


class TrailerIn(Schema):
    clip_id: str | None = Field(max_length=26, description="null: the show has no trailer")


class TrailerOut(Schema):
    clip_id: str
    title: str
    playlist: str = Field(description="Of the clip's media, from the site's root")
    length_s: float


class TrimIn(Schema):
    """null: the show's own start or end; both: the replay is whole again."""

    start_s: float | None = Field(default=None, ge=0, le=_TIME_MAX)
    end_s: float | None = Field(default=None, ge=0, le=_TIME_MAX)


class TrimOut(Schema):
    replay_from: str | None
    replay_until: str | None


@router.get("/shows/{slug}/clips", response=list[ClipView], summary="The show's clips")
@permissions.public
def list_clips(request: HttpRequest, slug: str) -> list[ClipView]:
    return [queries.clip_view(clip) for clip in queries.clips_of(show_to_watch(request, slug))]


@router.post("/shows/{slug}/clips", response={201: ClipView}, summary="Make a clip of a range")
@permissions.staff(Role.PRODUCER)
def create_clip(request: StaffRequest, slug: str, body: ClipIn) -> Any:
    clip = services.make_clip(_show(request, slug), body.title, body.start_s, body.end_s)
    return Status(201, queries.clip_view(clip))


@router.delete("/shows/{slug}/clips/{clip_id}", response={204: None}, summary="Delete a clip")
@permissions.staff(Role.PRODUCER)
def delete_clip(request: StaffRequest, slug: str, clip_id: str) -> Any:
    services.delete_clip(_show(request, slug), clip_id)
    return Status(204, None)


@router.put(
    "/shows/{slug}/trailer", response=TrailerOut | None,
    summary="The clip that is played before the show and in its pauses",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def put_trailer(request: StaffRequest, slug: str, body: TrailerIn) -> Any:
    return trailers.choose(_show(request, slug), body.clip_id)


@router.get("/shows/{slug}/replay-files", response=list[FileView], summary="Files of the recording")
@permissions.staff(Role.PRODUCER)
def list_files(request: StaffRequest, slug: str) -> list[FileView]:
    return [queries.file_view(file) for file in queries.files_of(_show(request, slug))]


@router.post(
    "/shows/{slug}/replay-files", response={202: FileView},
    summary="Have a file made of the show or of a clip",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def create_file(request: StaffRequest, slug: str, body: FileIn) -> Any:
    file = services.order_file(
        _show(request, slug), body.kind, body.clip_id, shape=body.shape, captions=body.captions
    )
    return Status(202, queries.file_view(file))


@router.delete(
    "/shows/{slug}/replay-files/{file_id}", response={204: None}, summary="Delete a file"
)
@permissions.staff(Role.PRODUCER)
def delete_file(request: StaffRequest, slug: str, file_id: str) -> Any:
    services.delete_file(_show(request, slug), file_id)
    return Status(204, None)


@router.put("/shows/{slug}/trim", response=TrimOut, summary="Where the replay begins and ends")
@permissions.staff(Role.PRODUCER)
def put_trim(request: StaffRequest, slug: str, body: TrimIn) -> dict[str, Any]:
    show = services.trim(_show(request, slug), body.start_s, body.end_s)
    return {
        "replay_from": iso_ms(show.replay_from) if show.replay_from else None,
        "replay_until": iso_ms(show.replay_until) if show.replay_until else None,
    }


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])
