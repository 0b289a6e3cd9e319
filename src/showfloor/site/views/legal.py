"""The pages of a brand's legal texts: the version in force, older ones, and the draft for staff."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.kernel.errors import NotFound
from showfloor.legal import queries, rules
from showfloor.legal.models import LegalText, TextKind
from showfloor.site import show_page


@require_safe
@permissions.public
def text(request: HttpRequest, brand: str, kind: str) -> HttpResponse:
    """Show the version of a text that is in force."""
    shown = permissions.brand_named("brand", brand)
    found = queries.current(shown, kind, queries.language_now()) if kind in TextKind else None
    if found is None:
        raise NotFound(_("%(brand)s has not published this text.") % {"brand": shown.name})
    about = {"body": found.body, "version": found, "language": found.text.language}
    return _page(request, shown, kind, about)


@require_safe
@permissions.public
def version(request: HttpRequest, version_id: str) -> HttpResponse:
    """Show one version, as an order names it."""
    found = queries.version(version_id)
    if found is None:
        raise NotFound(_("There is no such version of this text."))
    shown, kind = found.text.brand, found.text.kind
    newest = queries.current(shown, kind, found.text.language)
    about = {
        "body": found.body, "version": found, "language": found.text.language,
        "newer_url": queries.address_of(shown, kind)
        if newest is not None and newest.pk != found.pk
        else "",
    }  # fmt: skip
    return _page(request, shown, kind, about)


@never_cache
@require_safe
@permissions.staff_page(Role.PRODUCER)
def preview(request: StaffPageRequest, brand: str, text_id: str) -> HttpResponse:
    """Show a draft as its page will be, with the gaps that are left."""
    assert request.brand is not None
    found = LegalText.objects.for_brand(request.brand).filter(pk=text_id).first()
    if found is None:
        raise NotFound(_("There is no such text."))
    about = {
        "body": found.draft, "language": found.language, "is_draft": True,
        "gaps": rules.placeholders(found.draft),
    }  # fmt: skip
    return _page(request, request.brand, found.kind, about)


def _page(request: HttpRequest, brand: Brand, kind: str, about: dict[str, object]) -> HttpResponse:
    context = {
        "brand": brand,
        "title": TextKind(kind).label,
        "kind": kind,
        "blocks": rules.blocks(str(about["body"])),
        "programme_url": show_page.programme_url(request, brand),
        "zone": brand.time_zone,
        **about,
    }
    return render(request, "legal/text.html", context)
