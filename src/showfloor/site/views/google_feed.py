"""The address of a brand's product feed."""

import tempfile

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions
from showfloor.kernel.errors import NotFound
from showfloor.pricing import markets
from showfloor.site import google_feed

_MEMORY_MAX = 1024 * 1024  # bytes; a longer feed waits on the disk
_MAX_AGE_S = 300


@require_safe
@permissions.public
def feed(request: HttpRequest, brand: str, market: str = "") -> FileResponse | HttpResponse:
    """Serve the feed of a brand, or of one of its markets; 304 where nothing has changed."""
    found = permissions.brand_named("brand", brand)
    chosen = markets.find(found.pk, market) if market else None
    if market and chosen is None:
        raise NotFound(_("There is no such market."))
    file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_MAX)  # noqa: SIM115 - sent by and by
    tag = google_feed.write(found, chosen, file)
    response: FileResponse | HttpResponse
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        file.close()
        response = HttpResponseNotModified()
    else:
        file.seek(0)
        response = FileResponse(file, content_type="application/xml; charset=utf-8")
    response["ETag"] = tag
    patch_cache_control(response, public=True, max_age=_MAX_AGE_S)
    return response
