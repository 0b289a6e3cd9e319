"""The small files that pages load: a brand's colours and the uploads of staff."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils._os import safe_join
from django.utils.html import format_html
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from showfloor.accounts import permissions
from showfloor.accounts.models import Brand
from showfloor.kernel.errors import NotFound
from showfloor.site import brand_pictures, brand_sheet, colours

# The types of uploads; no others are served. SVG is missing because it can carry script.
_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}
_UPLOAD_MAX_AGE_S = 24 * 3600
_CSS_MAX_AGE_S = 300  # a new accent is seen within minutes


def _look_etag(request: HttpRequest, brand: str) -> str | None:
    row = Brand.objects.filter(slug=brand).first()
    if row is None:
        return None
    look = (row.accent, row.name, row.display_font, row.icon.name, row.logo.name)
    return f'"{hashlib.sha256(repr(look).encode()).hexdigest()[:16]}"'


@require_safe
@permissions.public
@condition(etag_func=_look_etag)
def brand_css(request: HttpRequest, brand: str) -> HttpResponse:
    """Serve the brand's accent, readable on light and on dark paper, and its font of headings."""
    row = permissions.brand_named("brand", brand)
    return HttpResponse(
        brand_sheet.css(row.accent, row.display_font),
        content_type="text/css; charset=utf-8",
        headers={"Cache-Control": f"public, max-age={_CSS_MAX_AGE_S}"},
    )


@require_safe
@permissions.public
@condition(etag_func=_look_etag)
def brand_icon(request: HttpRequest, brand: str) -> HttpResponse:
    """Serve the small picture in a browser's tab: the icon or a square logo as PNG, else the
    brand's initial on its accent."""
    row = permissions.brand_named("brand", brand)
    picture = brand_pictures.tab_icon(row)
    if picture is not None:
        headers = {"Cache-Control": f"public, max-age={_CSS_MAX_AGE_S}"}
        return HttpResponse(picture, content_type="image/png", headers=headers)
    made = colours.accent(row.accent, dark=False)
    svg = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        '<rect width="32" height="32" rx="8" fill="{}"/>'
        '<text x="16" y="23" text-anchor="middle" font-family="Georgia, serif" font-size="20"'
        ' fill="{}">{}</text></svg>',
        made.fill, made.on_fill, row.name[:1].upper(),
    )  # fmt: skip
    return HttpResponse(
        svg,
        content_type="image/svg+xml",
        headers={
            "Cache-Control": f"public, max-age={_CSS_MAX_AGE_S}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


@require_safe
@permissions.public
def upload(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve an uploaded picture, with a type that browsers cannot mistake."""
    path = Path(safe_join(settings.MEDIA_ROOT, name))  # SuspiciousFileOperation: 400
    content_type = _TYPES.get(path.suffix.lower())
    if content_type is None or not path.is_file():
        raise NotFound(_("There is no such picture."))
    modified = int(path.stat().st_mtime)
    headers = {
        "Cache-Control": f"public, max-age={_UPLOAD_MAX_AGE_S}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Last-Modified": http_date(modified),
    }
    known = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    if known is not None and known >= modified:
        return HttpResponse(status=304, headers=headers)
    return FileResponse(path.open("rb"), content_type=content_type, headers=headers)
