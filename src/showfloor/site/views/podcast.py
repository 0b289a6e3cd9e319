"""A brand's podcast: its feed, and the sound of its episodes."""

from collections.abc import Iterator
from typing import IO, Final

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
    StreamingHttpResponse,
)  # fmt: skip
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions
from showfloor.kernel import ranges
from showfloor.replays import queries as replays
from showfloor.site import podcast_feed

_MAX_AGE_S: Final = 300  # a show that is not public any more is gone from caches by then
_CHUNK: Final = 64 * 1024


@require_safe
@permissions.public
def feed(request: HttpRequest, brand: str) -> HttpResponse:
    """Serve the feed; 304 where nothing has changed."""
    data, tag = podcast_feed.feed(permissions.brand_named("brand", brand))
    response: HttpResponse
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(data, content_type="application/rss+xml; charset=utf-8")
    response["ETag"] = tag
    patch_cache_control(response, public=True, max_age=_MAX_AGE_S)
    return response


@require_safe
@permissions.public
def sound(request: HttpRequest, slug: str, file_id: str) -> HttpResponseBase:
    """Send an episode, or the part of it that a player asks for; from the store of objects by an
    address for some minutes."""
    file = replays.podcast_file(slug, file_id)
    opened, _name = replays.opened(file)
    if isinstance(opened, str):
        return _elsewhere(request, opened, file.bytes)
    response = _sent(request, opened, file.bytes)
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, public=True, max_age=_MAX_AGE_S)
    return response


def _elsewhere(request: HttpRequest, url: str, size: int) -> HttpResponse:
    """The store's address is signed for GET alone, so a HEAD is answered here."""
    is_head = request.method == "HEAD"
    response = (
        HttpResponse(content_type=podcast_feed.SOUND_TYPE, headers={"Content-Length": str(size)})
        if is_head else HttpResponseRedirect(url)
    )  # fmt: skip
    response["Cache-Control"] = "private, no-store"  # the address is soon no good
    return response


def _sent(request: HttpRequest, opened: IO[bytes], size: int) -> HttpResponseBase:
    asked = request.headers.get("Range", "")
    is_part = request.method == "GET" and "If-Range" not in request.headers
    try:
        wanted = ranges.read(asked, size) if asked and is_part else None
    except ranges.InvalidRange:
        opened.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {"Accept-Ranges": "bytes"}
    if wanted is None:
        return FileResponse(opened, content_type=podcast_feed.SOUND_TYPE, headers=headers)
    start, end = wanted
    headers |= {
        "Content-Range": f"bytes {start}-{end - 1}/{size}", "Content-Length": str(end - start)
    }  # fmt: skip
    return StreamingHttpResponse(
        _Part(opened, start, end), status=206, content_type=podcast_feed.SOUND_TYPE, headers=headers
    )


class _Part:
    """The bytes of a file from `start` to before `end`. The response closes it."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        self._file, self._left = file, end - start
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left and (data := self._file.read(min(_CHUNK, self._left))):
            self._left -= len(data)
            yield data

    def close(self) -> None:
        self._file.close()
