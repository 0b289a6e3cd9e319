"""Captions over HTTP: read by whoever may watch, written by staff and by the captioning key."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.captions import keys, listening, queries, rules, services
from showfloor.captions.queries import CaptionView, Cursor
from showfloor.captions.services import CaptionDraft
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.permissions import show_to_watch
from showfloor.shows.services.locking import staff_actor

router = Router(tags=["captions"])

_FILE_MAX = 100_000  # characters; a larger file takes the console's page
_LANGUAGE = "BCP 47, like de or pt-BR"


class CaptionIn(Schema):
    """`starts_at`, `ends_at`: the pictures of the words; null: from the picture of now, and for as
    long as people need to read them."""

    cue_id: str = Field(max_length=500, description="Made by you: sent again is no second caption")
    text: str = Field(max_length=2000, description="1 to 300 characters, at most two lines")
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class CaptionsIn(Schema):
    language: str = Field(max_length=100, description=_LANGUAGE)
    captions: list[CaptionIn] = Field(max_length=500, description="1 to 50")


class TextIn(Schema):
    text: str = Field(max_length=2000, description="1 to 300 characters, at most two lines")


class FileIn(Schema):
    language: str = Field(max_length=100, description=_LANGUAGE)
    file: str = Field(
        max_length=_FILE_MAX,
        description="WebVTT or SubRip, by the recording's clock",
    )


class ListeningIn(Schema):
    language: str = Field(max_length=100, description=f"{_LANGUAGE}; empty: no longer")


class ListeningOut(Schema):
    language: str


class CountOut(Schema):
    captions: int


class KeyOut(Schema):
    key: str | None = Field(description="null: none was made")


@router.get(
    "/shows/{slug}/captions", response=list[CaptionView], summary="What was said, in one language"
)
@permissions.public
def list_captions(
    request: HttpRequest, slug: str, language: Annotated[str, Query(max_length=100)],
    after: Annotated[str, Query(max_length=100)] = "",
) -> HttpResponse:  # fmt: skip
    """At most 1000 at once. `after`: `starts_at/caption_id` of the last one of the page before; a
    page with fewer is the last one."""
    cursor = Cursor.parse(after) if after else None
    show = show_to_watch(request, slug)
    page = queries.captions(show, rules.clean_language(language), cursor)
    # Rows of our own need no check against the schema, which would take longer than reading them.
    return HttpResponse(orjson.dumps(page), content_type="application/json")


@router.get("/shows/{slug}/captions.vtt", summary="The captions of a replay as WebVTT")
@permissions.public
def get_captions_file(
    request: HttpRequest, slug: str, language: Annotated[str, Query(max_length=100)]
) -> StreamingHttpResponse:
    tag = rules.clean_language(language)
    show = show_to_watch(request, slug)
    answer = StreamingHttpResponse(queries.as_file(show, tag), content_type="text/vtt")
    answer["Content-Disposition"] = f'attachment; filename="{show.slug}.{tag}.vtt"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@router.post(
    "/shows/{slug}/captions", response={201: list[CaptionView]}, summary="Write captions, as staff"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR, Role.HOST)
def post_captions(request: StaffRequest, slug: str, body: CaptionsIn) -> Any:
    return Status(201, _say(_show(request, slug), body, staff_actor(request.user)))


@router.post(
    "/captioning/{slug}/captions", response={201: list[CaptionView]},
    summary="Write captions, with the show's captioning key",
)  # fmt: skip
@permissions.signed("the show's captioning key")
def post_captions_with_key(request: HttpRequest, slug: str, body: CaptionsIn) -> Any:
    """`Authorization: Bearer <key>`. Send each caption when its words are final; times are those of
    the pictures in which they were said."""
    show = keys.show_opened_by(slug, request.headers.get("Authorization", ""))
    return Status(201, _say(show, body, ""))


@router.patch(
    "/shows/{slug}/captions/{caption_id}", response=CaptionView, summary="Correct a caption"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def patch_caption(request: StaffRequest, slug: str, caption_id: str, body: TextIn) -> CaptionView:
    actor = staff_actor(request.user)
    return queries.view(services.correct(_show(request, slug), caption_id, body.text, actor))


@router.delete(
    "/shows/{slug}/captions/{caption_id}", response={204: None}, summary="Take a caption away"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_caption(request: StaffRequest, slug: str, caption_id: str) -> Any:
    services.remove(_show(request, slug), caption_id, staff_actor(request.user))
    return Status(204, None)


@router.put(
    "/shows/{slug}/captions/file", response=CountOut,
    summary="Let a file be all the captions of a replay in one language",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def put_captions_file(request: StaffRequest, slug: str, body: FileIn) -> dict[str, int]:
    show, actor = _show(request, slug), staff_actor(request.user)
    return {"captions": services.replace_by_file(show, body.language, body.file, actor)}


@router.put(
    "/shows/{slug}/caption-listening", response=ListeningOut,
    summary="Have a program of this server listen to a show, and write its captions",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def put_caption_listening(request: StaffRequest, slug: str, body: ListeningIn) -> dict[str, str]:
    return {"language": listening.listen(_show(request, slug), body.language, request.user)}


@router.get("/shows/{slug}/caption-key", response=KeyOut, summary="The key of captioners")
@permissions.staff(Role.PRODUCER)
def get_caption_key(request: StaffRequest, slug: str, response: HttpResponse) -> dict[str, Any]:
    response["Cache-Control"] = "no-store"
    return {"key": keys.key_of(_show(request, slug))}


@router.post(
    "/shows/{slug}/caption-key/rotate", response=KeyOut,
    summary="A new key of captioners; the old one opens nothing any more",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def rotate_caption_key(request: StaffRequest, slug: str, response: HttpResponse) -> dict[str, Any]:
    response["Cache-Control"] = "no-store"
    return {"key": keys.renew(_show(request, slug))}


def _say(show: Show, body: CaptionsIn, actor: str) -> Sequence[CaptionView]:
    said = services.say(
        show, body.language, [CaptionDraft(**one.dict()) for one in body.captions], actor
    )
    return [queries.view(row) for row in said]


def _show(request: StaffRequest, slug: str) -> Show:
    return shows.find(slug, [request.brand.pk])
