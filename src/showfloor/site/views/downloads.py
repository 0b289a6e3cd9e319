"""The two steps of a download: it begins at the order, counted; then the file comes."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from showfloor.accounts import permissions
from showfloor.checkout import downloads, order_links
from showfloor.kernel.clock import utc_now


@never_cache
@require_POST
@permissions.signed("the order's link")
def begin(request: HttpRequest, signed: str, right: str) -> HttpResponse:
    """Count a download and lead to its link."""
    now = utc_now()
    return redirect(downloads.begin(order_links.read(signed, now), right, now))


@never_cache
@require_safe
@permissions.signed("the download's link")
def fetch(request: HttpRequest, signed: str) -> FileResponse:
    """Send the file. Whatever it holds, no browser shows it as a page of ours."""
    file = downloads.open_link(signed, utc_now())
    response = FileResponse(
        file.content.open("rb"), as_attachment=True, filename=file.name,
        content_type="application/octet-stream",
    )  # fmt: skip
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
