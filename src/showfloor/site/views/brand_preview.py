"""The preview beside the form of a brand: its look with what stands in the form, not yet saved."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from showfloor.accounts import permissions
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Brand
from showfloor.site import brand_pictures, brand_sheet

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
_NAME_MAX, _TAGLINE_MAX = 80, 160


@never_cache
@permissions.public  # the back office's `admin_view` has asked who it is
def preview_page(request: HttpRequest, brand_id: str, site: Any) -> HttpResponse:
    """Draw a sample of the brand's pages; only its owners see it."""
    brand = Brand.objects.filter(pk=brand_id, pk__in=brand_ids(request, ())).first()
    if brand is None:
        raise Http404
    typed = request.GET
    accent = typed.get("accent", "")
    context = {
        "brand": brand,
        "name": typed.get("name", brand.name)[:_NAME_MAX],
        "tagline": typed.get("tagline", brand.tagline)[:_TAGLINE_MAX],
        "is_mark": brand_pictures.is_mark(brand),
        "sheet": brand_sheet.css(
            accent if _ACCENT.fullmatch(accent) else brand.accent,
            typed.get("display_font", brand.display_font),
        ),
    }
    return TemplateResponse(request, "admin/accounts/brand/preview.html", context)
