"""The demo's own page: things to try, in their order, with the log-ins as buttons.

The addresses exist in a demo alone: the process that serves one has them, and each of them asks the
database, too.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import Template, engines
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_POST

from showfloor.accounts import installation
from showfloor.accounts.models import Role, User
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show, ShowState
from showfloor_demo import members, seed
from showfloor_demo.films import FILMS
from showfloor_demo.house import House
from showfloor_demo.houses import HOUSES
from showfloor_demo.producer import HANDOVERS
from showfloor_demo.welcome import site_of

PAGE: Final = Path(__file__).parent / "page"
FILES: Final = {"demo.css": "text/css", "demo.js": "text/javascript"}

type View = Callable[..., HttpResponse]


def of_a_demo(view: View) -> View:
    """Answer 404 where the database is no demo's."""

    @wraps(view)
    def guarded(request: HttpRequest, **parts: str) -> HttpResponse:
        if not (settings.SHOWFLOOR.demo and installation.is_demo()):
            raise Http404
        return view(request, **parts)

    return guarded


@require_GET
@of_a_demo
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    lives = [_live(house) for house in HOUSES]
    context = {
        "lives": lives, "first": lives[0], "second": lives[-1], "replays": _replays(HOUSES[0]),
        "people": seed.logins(HOUSES[0]), "password": seed.PASSWORD,
        "ingest_url": settings.SHOWFLOOR.ingest_url,
        "signin": _template("_signin.html"), "handover": _template("_handover.html"),
    }  # fmt: skip
    return HttpResponse(engines["django"].from_string(_text("demo.html")).render(context, request))


@require_GET
@of_a_demo
def file(request: HttpRequest, name: str) -> HttpResponse:
    """The page's style and script."""
    if name not in FILES:
        raise Http404
    return HttpResponse(_text(name), content_type=f"{FILES[name]}; charset=utf-8")


@require_POST
@of_a_demo
@csrf_protect
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign the visitor in as somebody of a demo brand, and go where they wanted."""
    role, brand = request.POST.get("role", ""), request.POST.get("brand", "")
    house = next((house for house in HOUSES if house.brand.slug == brand), None)
    if house is None or role not in {Role.OWNER, Role.PRODUCER, Role.MODERATOR}:
        raise Http404
    person = User.objects.get(email=f"{role}@{house.brand.domain}")
    token = request.META.get("CSRF_COOKIE")
    login(request, person, backend=members.BACKEND)
    # The console opens in a tab of its own. The other buttons of the page left behind still carry
    # the token from before, which `login` has replaced.
    if token is not None:
        request.META["CSRF_COOKIE"] = token
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()})
    return redirect(target if is_ours else "/console/")


@require_POST
@of_a_demo
@csrf_protect
def hand_over(request: HttpRequest) -> HttpResponse:
    """Take a show from the producer who works by herself, or give it back."""
    handover = HANDOVERS.get(request.POST.get("show", ""))
    if handover is None:
        raise Http404
    if "give" in request.POST:
        handover.give_back()
    else:
        handover.take(utc_now(), hold=True)
    return redirect("demo")


def _live(house: House) -> dict[str, Any]:
    shows = Show.objects.all_brands().filter(brand__slug=house.brand.slug, state=ShowState.LIVE)
    show = shows.order_by("-started_at").first()
    slug = show.slug if show is not None else house.live.slug
    handover = HANDOVERS.get(slug)
    return {
        "slug": slug, "title": show.title if show is not None else house.live.title,
        "brand": house.brand.slug, "house": house.brand.name, "director": house.director,
        "console": f"/console/shows/{slug}", "site": site_of(settings.SHOWFLOOR, house),
        "is_taken": handover is not None and handover.is_taken(utc_now()),
    }  # fmt: skip


def _replays(house: House) -> list[dict[str, Any]]:
    titles = {about.title: about for about in house.replays}
    shows = Show.objects.all_brands().filter(brand__slug=house.brand.slug, title__in=titles)
    return [
        {"slug": show.slug, "title": show.title, "upright": _is_upright(titles[show.title].film)}
        for show in shows.order_by("-started_at")
    ]


def _is_upright(film: str) -> bool:
    width, height = FILMS[film].size
    return height > width


def _text(name: str) -> str:
    return (PAGE / name).read_text("utf-8")


def _template(name: str) -> Template:
    """For `{% include %}`, which takes a template as well as a name."""
    found: Template = engines["django"].from_string(_text(name)).template  # type: ignore[attr-defined]
    return found
