"""The HTTP operations of shows: the verbs of staff, and the products of a show."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest, ViewerRequest
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.errors import Forbidden, Invalid
from showfloor.media import services as media
from showfloor.media import source_role
from showfloor.media.models import Channel
from showfloor.media.source_role import SourceRole
from showfloor.pricing import markets
from showfloor.pricing.models import Market
from showfloor.shows import entrance, product_search, queries, services
from showfloor.shows.models import Highlight, Show
from showfloor.shows.permissions import show_to_watch
from showfloor.shows.plan import PlanRow, plan_rows
from showfloor.shows.product_search import PRODUCTS_FOUND_MAX
from showfloor.shows.request_bodies import Moment, PictureIn, values_of
from showfloor.shows.wire import (
    CategoryChoice,
    HighlightView,
    PassView,
    ProductView,
    RundownRow,
    ShowSettings,
)

router = Router(tags=["shows"])

_OPEN_TO = "everyone, members or ticket: who may watch"
_IDS_MAX = 500  # in one request; the rules are stricter
_LOUDNESS = "Whether the sound is brought to -16 LUFS; from the encoder's next connection on"
_LIVE_EDGE = "Whether all viewers may get the picture half a second behind, not staff alone"
_AI_MADE = "host, voice or host-and-voice: made by artificial intelligence; empty: nothing"
_OFFSET_MAX = 10_000  # products: who looks further has to search for less


class ShowIn(Schema):
    title: str = Field(max_length=500)
    description: str = Field(default="", max_length=10_000)
    starts_at: Moment | None = Field(default=None, description="None: a draft")
    published: bool = Field(default=True, description="Whether it is in the programme")
    open_to: str = Field(default="everyone", max_length=10, description=_OPEN_TO)
    is_test: bool = False
    has_live_edge: bool = Field(default=False, description=_LIVE_EDGE)
    evens_loudness: bool = Field(default=False, description=_LOUDNESS)
    ai_made: str = Field(default="", max_length=20, description=_AI_MADE)
    host_ids: list[str] = Field(default_factory=list, max_length=_IDS_MAX)
    product_ids: list[str] = Field(
        default_factory=list, max_length=_IDS_MAX, description="The rundown, in order"
    )


class ShowPatch(Schema):
    """The fields to change; a missing field stays."""

    title: str | None = Field(default=None, max_length=500)
    description: str | None = Field(default=None, max_length=10_000)
    starts_at: Moment | None = None
    published: bool | None = None
    open_to: str | None = Field(default=None, max_length=10, description=_OPEN_TO)
    is_test: bool | None = None
    has_live_edge: bool | None = Field(default=None, description=_LIVE_EDGE)
    evens_loudness: bool | None = Field(default=None, description=_LOUDNESS)
    ai_made: str | None = Field(default=None, max_length=20, description=_AI_MADE)
    host_ids: list[str] | None = Field(default=None, max_length=_IDS_MAX)


class TeleprompterText(Schema):
    text: str = Field(
        max_length=50_000, description="For the host alone; a line that begins with # is a cue"
    )


class RundownIn(Schema):
    product_ids: list[str] = Field(max_length=_IDS_MAX)


class PlanDataIn(Schema):
    """A segment's `title`, a poll's `poll_id`; of every item `minutes` (planned), `cue` (words for
    the people of the show) and `by_itself` (its turn comes when the one before has had its
    minutes)."""

    data: dict[str, Any] = Field(max_length=10)


class PlanItemIn(PlanDataIn):
    kind: str = Field(max_length=20, description="segment, poll, auction")
    position: int | None = Field(default=None, ge=0, description="null: at the end")


class PlanIn(Schema):
    item_ids: list[str] = Field(max_length=_IDS_MAX)


class HighlightIn(PictureIn):
    product_ids: list[str] = Field(max_length=_IDS_MAX)


class PassOut(Schema):
    hls_url: str = Field(description="The playlist; its media are below the same address")
    expires_at: str


class SrtOut(Schema):
    address: str = Field(description="Everything in one, as OBS and FFmpeg take it; a secret")
    passphrase: str = Field(description="The secret alone, for encoders with a field for it")


class SrtIn(Schema):
    is_wanted: bool


class StreamKeyOut(Schema):
    url: str = Field(description="The encoder's server address")
    key: str | None = Field(description="null: made with a secret that is gone; rotate to get one")
    backup_key: str | None = Field(description="The key for a second encoder of the same show")
    can_srt: bool = Field(description="The server has ports for SRT")
    srt: SrtOut | None = Field(description="null: the show takes nothing by SRT")


class SourceIn(Schema):
    source: SourceRole | None = Field(description="null: the server chooses")


@router.get("/brands/{brand}/shows", response=list[ShowSettings], summary="The brand's shows")
@permissions.staff()
def list_shows(request: StaffRequest, brand: str) -> list[ShowSettings]:
    return [queries.settings_of(show) for show in queries.shows_of(request.brand)[:200]]


@router.post("/brands/{brand}/shows", response={201: ShowSettings}, summary="Make a show")
@permissions.staff(Role.PRODUCER)
def create_show(request: StaffRequest, brand: str, body: ShowIn) -> Any:
    draft = services.ShowDraft(
        title=body.title,
        description=body.description,
        starts_at=body.starts_at,
        published=body.published,
        open_to=body.open_to,
        is_test=body.is_test,
        has_live_edge=body.has_live_edge,
        evens_loudness=body.evens_loudness,
        ai_made=body.ai_made,
        host_ids=body.host_ids,
        product_ids=body.product_ids,
    )
    return Status(201, queries.settings_of(services.create_show(request.brand, draft)))


@router.get("/brands/{brand}/products", response=list[RundownRow], summary="Find products")
@permissions.staff()
def find_products(
    request: StaffRequest,
    brand: str,
    q: str = "",
    limit: Annotated[int, Query(ge=1, le=PRODUCTS_FOUND_MAX)] = PRODUCTS_FOUND_MAX,
    offset: Annotated[
        int, Query(ge=0, le=_OFFSET_MAX, description="How many of those found to leave out")
    ] = 0,
    category: Annotated[
        str, Query(max_length=26, description="The id of a category; empty: everywhere")
    ] = "",
) -> list[RundownRow]:
    return product_search.search_products(
        request.brand, q[:200], limit, offset=offset, category_id=category
    )


@router.get(
    "/brands/{brand}/categories", response=list[CategoryChoice],
    summary="Categories to find products in",
)  # fmt: skip
@permissions.staff()
def list_categories(request: StaffRequest, brand: str) -> list[CategoryChoice]:
    return product_search.category_choices(request.brand)


@router.get("/shows/{slug}/products", response=list[ProductView], summary="What the show sells")
@permissions.public
def list_products(
    request: HttpRequest, slug: str,
    market: Annotated[str, Query(max_length=20, description="Empty: the home market")] = "",
) -> list[ProductView]:  # fmt: skip
    """To a person who needs a ticket for the show: the tickets."""
    try:
        show = show_to_watch(request, slug)
    except Forbidden:
        show = queries.find_announced(slug)
        return entrance.ticket_views(show, _market(show, market))
    return queries.products_payload(show, _market(show, market))


@router.get(
    "/shows/{slug}/pass", response=PassOut,
    summary="A viewing pass, for a show that is not open to everyone",
)  # fmt: skip
@permissions.viewer
def get_pass(request: ViewerRequest, slug: str, response: HttpResponse) -> PassView:
    """The address is good for five to ten minutes; ask again before it expires."""
    response["Cache-Control"] = "no-store"
    viewer = request.viewer
    show = queries.find(slug, [viewer.brand] if viewer.is_staff else [], viewer)
    return entrance.viewing_pass(slug, show.pk)


@router.get("/shows/{slug}/settings", response=ShowSettings, summary="A show as staff edit it")
@permissions.staff()
def get_settings(request: StaffRequest, slug: str) -> ShowSettings:
    return queries.settings_of(_show(request, slug))


@router.patch("/shows/{slug}/settings", response=ShowSettings, summary="Change a show")
@permissions.staff(Role.PRODUCER)
def patch_settings(request: StaffRequest, slug: str, body: ShowPatch) -> ShowSettings:
    values = services.ShowChanges(values_of(body, {"starts_at"}))
    changed = services.update_show(_show(request, slug), values)
    return queries.settings_of(changed)


@router.get(
    "/shows/{slug}/teleprompter", response=TeleprompterText, summary="The teleprompter's text"
)
@permissions.staff(Role.PRODUCER, Role.HOST)
def get_teleprompter(request: StaffRequest, slug: str) -> TeleprompterText:
    return TeleprompterText(text=_show(request, slug).teleprompter)


@router.put(
    "/shows/{slug}/teleprompter", response=TeleprompterText,
    summary="Change the teleprompter's text",
)  # fmt: skip
@permissions.staff(Role.PRODUCER, Role.HOST)
def put_teleprompter(request: StaffRequest, slug: str, body: TeleprompterText) -> TeleprompterText:
    changes = services.ShowChanges({"teleprompter": body.text})
    return TeleprompterText(text=services.update_show(_show(request, slug), changes).teleprompter)


@router.put("/shows/{slug}/rundown", response=list[RundownRow], summary="Set the rundown")
@permissions.staff(Role.PRODUCER)
def put_rundown(request: StaffRequest, slug: str, body: RundownIn) -> list[RundownRow]:
    show = _show(request, slug)
    services.set_rundown(show, body.product_ids)
    return queries.rundown_rows(show)


@router.post(
    "/shows/{slug}/rundown/items", response=list[RundownRow],
    summary="Put products at the end of the rundown",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def post_rundown_items(request: StaffRequest, slug: str, body: RundownIn) -> list[RundownRow]:
    show = _show(request, slug)
    services.add_to_rundown(show, body.product_ids)
    return queries.rundown_rows(show)


@router.delete(
    "/shows/{slug}/rundown/items/{product_id}", response=list[RundownRow],
    summary="Take a product that was not shown out of the rundown",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def delete_rundown_item(request: StaffRequest, slug: str, product_id: str) -> list[RundownRow]:
    show = _show(request, slug)
    services.remove_from_rundown(show, product_id)
    return queries.rundown_rows(show)


@router.get("/shows/{slug}/plan", response=list[PlanRow], summary="All items of the rundown")
@permissions.staff()
def get_plan(request: StaffRequest, slug: str) -> list[PlanRow]:
    return plan_rows(_show(request, slug))


@router.post(
    "/shows/{slug}/plan/items", response={201: list[PlanRow]},
    summary="Put a segment or a poll into the rundown",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def post_plan_item(request: StaffRequest, slug: str, body: PlanItemIn) -> Any:
    show = _show(request, slug)
    services.add_item(show, body.kind, body.data, body.position)
    return Status(201, plan_rows(show))


@router.put("/shows/{slug}/plan", response=list[PlanRow], summary="Set the order of all items")
@permissions.staff(Role.PRODUCER)
def put_plan(request: StaffRequest, slug: str, body: PlanIn) -> list[PlanRow]:
    show = _show(request, slug)
    services.order_items(show, body.item_ids)
    return plan_rows(show)


@router.patch(
    "/shows/{slug}/plan/items/{item_id}", response=list[PlanRow],
    summary="Change an item, or when a product's turn comes",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def patch_plan_item(
    request: StaffRequest, slug: str, item_id: str, body: PlanDataIn
) -> list[PlanRow]:
    show = _show(request, slug)
    services.change_item(show, item_id, body.data)
    return plan_rows(show)


@router.delete(
    "/shows/{slug}/plan/items/{item_id}", response=list[PlanRow],
    summary="Take an item that is no product out of the rundown",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def delete_plan_item(request: StaffRequest, slug: str, item_id: str) -> list[PlanRow]:
    show = _show(request, slug)
    services.remove_item(show, item_id)
    return plan_rows(show)


@router.post("/shows/{slug}/start", response=ShowSettings, summary="Go live")
@permissions.staff(Role.PRODUCER)
def start_show(request: StaffRequest, slug: str) -> ShowSettings:
    return queries.settings_of(services.start(_show(request, slug), request.user))


@router.post("/shows/{slug}/end", response=ShowSettings, summary="End the show for good")
@permissions.staff(Role.PRODUCER)
def end_show(request: StaffRequest, slug: str) -> ShowSettings:
    return queries.settings_of(services.end(_show(request, slug), request.user))


@router.post(
    "/shows/{slug}/highlights", response={201: HighlightView}, summary="Put products on screen"
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_highlight(request: StaffRequest, slug: str, body: HighlightIn) -> Any:
    made = services.highlight(_show(request, slug), body.product_ids, body.picture_at, request.user)
    return Status(201, _highlight(made))


@router.delete(
    "/shows/{slug}/highlights/{highlight_id}",
    response=HighlightView,
    summary="Take a highlight off the screen",
)
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_highlight(
    request: StaffRequest, slug: str, highlight_id: str, picture_at: Moment | None = None
) -> HighlightView:
    show = _show(request, slug)
    return _highlight(services.take_down(show, highlight_id, picture_at, request.user))


@router.get("/shows/{slug}/stream-key", response=StreamKeyOut, summary="Where an encoder sends to")
@permissions.staff(Role.PRODUCER)
def get_stream_key(request: StaffRequest, slug: str, response: HttpResponse) -> dict[str, Any]:
    response["Cache-Control"] = "no-store"
    return _key(_show(request, slug).channel)


@router.post(
    "/shows/{slug}/stream-key/rotate",
    response=StreamKeyOut,
    summary="A new stream key; whoever publishes with the old one is cut",
)
@permissions.staff(Role.PRODUCER, confirmed=True)
def rotate_stream_key(request: StaffRequest, slug: str, response: HttpResponse) -> dict[str, Any]:
    response["Cache-Control"] = "no-store"
    channel = _show(request, slug).channel
    media.rotate_key(channel)
    return _key(channel)


@router.put("/shows/{slug}/srt", response=StreamKeyOut, summary="Take the encoder by SRT, or not")
@permissions.staff(Role.PRODUCER)
def put_srt(
    request: StaffRequest, slug: str, body: SrtIn, response: HttpResponse
) -> dict[str, Any]:
    response["Cache-Control"] = "no-store"
    if body.is_wanted and not any(settings.SHOWFLOOR.srt_ports):
        raise Invalid(_("This server has no ports for SRT."), code="no-srt", field="is_wanted")
    services.set_srt(_show(request, slug), body.is_wanted, settings.SHOWFLOOR.srt_ports)
    return _key(_show(request, slug).channel)


@router.put(
    "/shows/{slug}/source", response={204: None}, summary="Choose the encoder that is on air"
)
@permissions.staff(Role.PRODUCER)
def put_source(request: StaffRequest, slug: str, body: SourceIn) -> Status[None]:
    services.choose_source(_show(request, slug), body.source)
    return Status(204, None)


def _market(show: Show, code: str) -> Market | None:
    return markets.find(show.brand_id, code) if code else None


def _show(request: StaffRequest, slug: str) -> Show:
    return queries.find(slug, [request.brand.pk])


def _key(channel: Channel) -> dict[str, Any]:
    key = media.stream_key(channel)
    return {
        "url": settings.SHOWFLOOR.ingest_url,
        "key": key,
        "backup_key": source_role.backup_key(key) if key else None,
        "can_srt": any(settings.SHOWFLOOR.srt_ports),
        "srt": _srt(channel),
    }


def _srt(channel: Channel) -> dict[str, Any] | None:
    passphrase = media.srt_passphrase(channel)
    if channel.srt_port is None or passphrase is None:
        return None
    host = urlsplit(settings.SHOWFLOOR.ingest_url).hostname
    latency_us = settings.SHOWFLOOR.srt_latency_ms * 1000
    options = f"mode=caller&latency={latency_us}&pbkeylen=16&passphrase={passphrase}"
    return {"address": f"srt://{host}:{channel.srt_port}?{options}", "passphrase": passphrase}


def _highlight(one: Highlight) -> HighlightView:
    return {
        "highlight_id": one.pk,
        "product_ids": queries.product_ids_of(one),
        "started_at": iso_ms(one.started_at),
        "ended_at": iso_ms(one.ended_at) if one.ended_at is not None else None,
    }
