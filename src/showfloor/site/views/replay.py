"""The console's page after the show: its clips, its trim, and the files made of its recording."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.kernel.clock import parse_iso, utc_now
from showfloor.kernel.errors import Invalid, NotFound, ShowfloorError
from showfloor.replays import moving, queries, services, spoken, trailers
from showfloor.replays.file_job import Failure
from showfloor.replays.models import FileShape
from showfloor.replays.rules import CLIP_MAX_S, parse_show_time, show_time_words
from showfloor.shows import queries as shows
from showfloor.shows import rules as show_rules
from showfloor.shows.models import Show
from showfloor.site.views.captions import language_name
from showfloor.site.views.console import brand_of

FAILURES: Final = {
    Failure.NOT_RECORDED: gettext_noop("Nothing of this range is recorded."),
    Failure.DISK_FULL: gettext_noop(
        "It does not fit on the server's disk. Make room, and order it again."
    ),
    Failure.DAMAGED: gettext_noop("The recording is damaged there. Make a clip of the rest."),
    Failure.SIZE_CHANGES: gettext_noop(
        "The size of the picture changes within this clip. Make one clip before and one after."
    ),
    Failure.BROKEN: gettext_noop(
        "The server could not write it; its log says why (replay_file_failed). Order it again."
    ),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.staff_page(Role.PRODUCER)
def replay(request: StaffPageRequest, slug: str) -> HttpResponse:
    brand = brand_of(request)
    show = shows.find(slug, [brand.pk])
    if request.method != "POST":
        return _page(request, show, request.GET, None)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise NotFound(_("There is no such address."))
    try:
        said = act(show, request.POST)
    except ShowfloorError as error:
        return _page(request, show, request.POST, error)
    messages.success(request, said)
    return redirect("console-replay", show.slug)


@never_cache
@require_safe
@permissions.staff_page(Role.PRODUCER)
def file(request: StaffPageRequest, slug: str, file_id: str) -> HttpResponseBase:
    """Send a file that was made of the recording, or say where it is for some minutes."""
    opened, name = queries.ready_file(shows.find(slug, [brand_of(request).pk]), file_id)
    if isinstance(opened, str):
        return HttpResponseRedirect(opened)
    response = FileResponse(
        opened, as_attachment=True, filename=name, content_type="application/octet-stream"
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _make_clip(show: Show, given: QueryDict) -> str:
    start_s = parse_show_time(given.get("start_s", ""), "start_s")
    end_s = parse_show_time(given.get("end_s", ""), "end_s")
    services.make_clip(show, given.get("title", ""), start_s, end_s)
    return _("The clip is made.")


def _delete_clip(show: Show, given: QueryDict) -> str:
    services.delete_clip(show, given.get("clip_id", ""))
    return _("The clip is deleted.")


def _order_file(show: Show, given: QueryDict) -> str:
    services.order_file(
        show, given.get("kind", ""), given.get("clip_id") or None,
        shape=given.get("shape") or FileShape.RECORDED, captions=given.get("captions", ""),
    )  # fmt: skip
    return _("The file is being made. It appears below.")


def _delete_file(show: Show, given: QueryDict) -> str:
    services.delete_file(show, given.get("file_id", ""))
    return _("The file is deleted.")


def _trim(show: Show, given: QueryDict) -> str:
    start, end = given.get("trim_start", "").strip(), given.get("trim_end", "").strip()
    start_s = parse_show_time(start, "trim_start") if start else None
    end_s = parse_show_time(end, "trim_end") if end else None
    try:
        services.trim(show, start_s, end_s)
    except Invalid as error:
        raise Invalid(error.message, field=_TRIM_FIELDS.get(error.field or "")) from None
    return _("The replay is trimmed.") if start or end else _("The replay is whole again.")


def _choose_trailer(show: Show, given: QueryDict) -> str:
    coming = shows.find(given.get("of", ""), [show.brand_id])
    trailers.choose(coming, given.get("clip_id", ""))
    return _("The clip is the trailer of %(show)s.") % {"show": coming.title}


_TRIM_FIELDS: Final = {"start_s": "trim_start", "end_s": "trim_end"}  # of the API, of the page
_ACTS: Final[Mapping[str, Callable[[Show, QueryDict], str]]] = {
    "clip": _make_clip,
    "delete-clip": _delete_clip,
    "file": _order_file,
    "delete-file": _delete_file,
    "trim": _trim,
    "trailer": _choose_trailer,
}


def _page(
    request: HttpRequest, show: Show, given: QueryDict, error: ShowfloorError | None
) -> HttpResponse:
    files = [_file_row(one) for one in map(queries.file_view, queries.files_of(show))]
    context = {
        "brand": show.brand,
        "show": show,
        "given": {**_trim_of(show), **given.dict()},
        "errors": {error.field or "page": error.message} if error is not None else {},
        "clips": [_clip_row(one, files) for one in map(queries.clip_view, queries.clips_of(show))],
        "files": [one for one in files if one["clip_id"] is None],
        "moments": _moments(show),
        "length": _length(show),
        "shapes": FileShape.choices,
        "languages": [(tag, language_name(tag)) for tag in spoken.words().languages(show)],
        "coming": trailers.shows_to_come(show),
        "stored": moving.stored_media(show),
    }
    status = 200 if error is None else error.status
    return render(request, "console/replay.html", context, status=status)


def _clip_row(view: queries.ClipView, files: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **view,
        "start": show_time_words(view["start_s"]),
        "length": show_time_words(view["end_s"] - view["start_s"]),
        "files": [one for one in files if one["clip_id"] == view["clip_id"]],
    }


def _file_row(view: queries.FileView) -> dict[str, Any]:
    failure = view["failure"]
    return {**view, "reason": _(FAILURES[Failure(failure)]) if failure else ""}


def _moments(show: Show) -> list[dict[str, str]]:
    """Return the ranges in which products were on screen, to begin a clip with."""
    if show.started_at is None:
        return []
    names = {row["product_id"]: row["name"] for row in shows.rundown_rows(show)}
    over_at = show.ended_at or utc_now()
    found = []
    for one in shows.highlights(show):
        ended_at = parse_iso(one["ended_at"]) if one["ended_at"] else over_at
        moments = (parse_iso(one["started_at"]), min(ended_at, over_at))
        start_s, end_s = (show_rules.show_time_s(show.started_at, at) for at in moments)
        found.append(
            {
                "start_s": show_time_words(start_s),
                "end_s": show_time_words(min(end_s, start_s + CLIP_MAX_S)),
                "title": ", ".join(names[pk] for pk in one["product_ids"] if pk in names),
            }
        )
    return found


def _trim_of(show: Show) -> dict[str, str]:
    if show.started_at is None:
        return {}
    moments = {"trim_start": show.replay_from, "trim_end": show.replay_until}
    return {
        name: show_time_words(show_rules.show_time_s(show.started_at, at))
        for name, at in moments.items()
        if at is not None
    }


def _length(show: Show) -> str:
    if show.started_at is None or show.ended_at is None:
        return ""
    return show_time_words((show.ended_at - show.started_at).total_seconds())
