"""The pages that make and edit a show: a plain form, which `<sf-show-form>` improves."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from showfloor.accounts import permissions, staff_access, time_zones
from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.errors import ShowfloorError
from showfloor.playouts import services as playing
from showfloor.shows import product_search, queries, services
from showfloor.shows.models import OpenTo, Show
from showfloor.site.forms import POSITION, ShowForm
from showfloor.site.views.console import brand_of, chosen_brand

_PRODUCTS_MAX = 24  # found ones on the page at once; more come from the search
_QUERY_MAX = 200  # characters


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.staff_page(Role.PRODUCER)
def new(request: StaffPageRequest) -> HttpResponse:
    brand, _brands = chosen_brand(request)
    staff_access.require_role(request.user, brand.pk, Role.PRODUCER)
    with timezone.override(time_zones.zone(brand.time_zone)):
        if request.method != "POST":
            return _page(request, brand, None, ShowForm(brand, initial={"published": True}))
        if _is_search(request):
            return _page(request, brand, None, _unsaved(brand, request, None))
        form = ShowForm(brand, request.POST, request.FILES)
        if form.is_valid():
            made = _save(form, lambda: _create(brand, form, request.user))
            if made is not None:
                messages.success(request, _("The show is made."))
                return redirect("console-live", made.slug)
        return _page(request, brand, None, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.staff_page(Role.PRODUCER)
def edit(request: StaffPageRequest, slug: str) -> HttpResponse:
    brand = brand_of(request)
    show = queries.find(slug, [brand.pk])
    with timezone.override(time_zones.zone(brand.time_zone)):
        if request.method != "POST":
            return _page(request, brand, show, ShowForm(brand, initial=_initial(show), show=show))
        if _is_search(request):
            return _page(request, brand, show, _unsaved(brand, request, show))
        form = ShowForm(brand, request.POST, request.FILES, show=show)
        if form.is_valid():
            saved = _save(form, lambda: _update(show, form, request.user))
            if saved is not None:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(request.path)
        return _page(request, brand, show, form)


@never_cache
@require_POST
@permissions.staff_page(Role.PRODUCER)
def duplicate(request: StaffPageRequest, slug: str) -> HttpResponse:
    """Make a draft after the show and open its form."""
    brand = brand_of(request)
    show = queries.find(slug, [brand.pk])
    made = services.duplicate_show(show)
    playing.repeat(show, made, request.user)
    messages.success(request, _("The copy is a draft. Give it a title and a time."))
    return redirect("console-edit", made.slug)


@verb
def _save(form: ShowForm, act: Callable[[], Show]) -> Show | None:
    """Act in one transaction; put its error beside the field."""
    try:
        with write():
            return act()
    except ShowfloorError as error:
        form.refuse(error)
        return None


def _create(brand: Brand, form: ShowForm, by: User) -> Show:
    values = form.cleaned_data
    made = services.create_show(
        brand,
        services.ShowDraft(
            title=values["title"],
            description=values["description"],
            teleprompter=values["teleprompter"],
            starts_at=values["starts_at"],
            published=values["published"],
            open_to=values["open_to"] or OpenTo.EVERYONE,
            is_test=values["is_test"],
            has_live_edge=values["has_live_edge"],
            evens_loudness=values["evens_loudness"],
            ai_made=values["ai_made"],
            host_ids=_host_ids(brand, form),
            product_ids=form.product_ids,
            cover=values["cover"],
        ),
    )
    if form.changes_file:
        playing.choose(made, form.chosen_file, by)
    return made


def _update(show: Show, form: ShowForm, by: User) -> Show:
    names = (
        "title", "description", "teleprompter", "published", "is_test", "has_live_edge",
        "evens_loudness", "ai_made",
    )  # fmt: skip
    values = {name: form.cleaned_data[name] for name in names}
    if form.cleaned_data["open_to"]:
        values["open_to"] = form.cleaned_data["open_to"]
    if show.started_at is None:  # a show that has begun keeps its time
        values["starts_at"] = _same_or_new(show.starts_at, form.cleaned_data["starts_at"])
    values["host_ids"] = _host_ids(show.brand, form)
    if form.cleaned_data["cover"] is not None:
        values["cover"] = form.cleaned_data["cover"]
    elif form.cleaned_data["remove_cover"]:
        values["cover"] = None
    changed = services.update_show(show, services.ShowChanges(values))
    services.set_rundown(changed, form.product_ids)
    if form.changes_file:
        playing.choose(changed, form.chosen_file, by)
    return changed


def _same_or_new(planned: datetime | None, typed: datetime | None) -> datetime | None:
    """Return the new time; an untouched one stays, since the form has whole minutes only."""
    if planned is not None and typed == planned.replace(second=0, microsecond=0):
        return planned
    return typed


def _host_ids(brand: Brand, form: ShowForm) -> list[str]:
    ids = list(form.cleaned_data["host_ids"])
    if form.cleaned_data["new_host"]:
        ids.append(services.create_host(brand, form.cleaned_data["new_host"]).pk)
    return ids


def _initial(show: Show) -> dict[str, Any]:
    return {
        "title": show.title,
        "description": show.description,
        "teleprompter": show.teleprompter,
        "starts_at": show.starts_at,
        "published": show.published,
        "open_to": show.open_to,
        "is_test": show.is_test,
        "has_live_edge": show.has_live_edge,
        "evens_loudness": show.evens_loudness,
        "ai_made": show.ai_made,
        "host_ids": list(show.hosts.values_list("pk", flat=True)),
    }


def _is_search(request: HttpRequest) -> bool:
    """Return whether the search's button sent the form, which it does without JavaScript."""
    return "find" in request.POST


def _unsaved(brand: Brand, request: HttpRequest, show: Show | None) -> ShowForm:
    """Return the form with the typed values, unchecked."""
    typed: dict[str, Any] = {name: request.POST.get(name, "") for name in ShowForm.TYPED}
    typed |= {name: name in request.POST for name in ShowForm.CHECKED}
    typed["host_ids"] = request.POST.getlist("host_ids")
    if show is not None and show.started_at is not None:
        typed["starts_at"] = show.starts_at
    return ShowForm(brand, initial=typed, show=show)


def _page(request: HttpRequest, brand: Brand, show: Show | None, form: ShowForm) -> HttpResponse:
    order = queries.settings_of(show)["product_ids"] if show is not None else []
    places = {pk: str(place) for place, pk in enumerate(order, 1)}
    if request.method == "POST":
        places = _typed_places(request.POST)
    query = request.POST.get("query", "")[:_QUERY_MAX]
    found = product_search.search_products(brand, query, _PRODUCTS_MAX + 1)
    has_more = len(found) > _PRODUCTS_MAX
    found = found[:_PRODUCTS_MAX]
    # The chosen products are always on the page: saving removes a product that it lacks.
    listed = [row["product_id"] for row in found]
    chosen = {pk for pk in places if places[pk]}.difference(listed)
    rows = found + queries.product_rows(brand, chosen)
    rows.sort(key=lambda row: _sort_key(places.get(row["product_id"])))
    products = [{**row, "position": places.get(row["product_id"])} for row in rows]
    context = {
        "brand": brand,
        "zone": brand.time_zone,
        "show": show,
        "form": form,
        "products": products,
        "query": query,
        "has_more": has_more,
        "form_data": {
            "brand": brand.slug,
            "slug": show.slug if show is not None else None,
            "zone": brand.time_zone,
            "found": found,
            "query": query,
            "has_more": has_more,
        },
    }
    return render(request, "console/show_form.html", context, status=422 if form.errors else 200)


def _typed_places(posted: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.removeprefix(POSITION): value
        for name, value in posted.items()
        if name.startswith(POSITION)
    }


def _sort_key(position: str | None) -> tuple[int, int]:
    typed = position or ""
    return (0, int(typed)) if typed.isascii() and typed.isdigit() else (1, 0)
