"""Permissions of views and API operations: declared on each, checked before it, found by a test.

    @router.post("/shows/{slug}/messages")
    @permissions.viewer
    def post_message(request: ViewerRequest, slug: str, body: MessageIn) -> …

`public`                anyone
`viewer`                a viewer token in `Authorization: Bearer`; sets `request.viewer`
`staff(*roles)`         session cookie and CSRF token, at the brand that the address names
                        (`brand` = its slug; other rooms register theirs with `path_names_brand`);
                        sets `request.brand` and `request.role`
`staff_page(*roles)`    the same for pages: sends people who are not signed in to the log-in page;
                        an address without a brand asks for such a role at any brand
`member_page`           a page for whoever is signed in: sends others to the log-in page
`signed(who)`           a signature that the view itself checks (webhooks)

Each sets `access_rule`; `tests/site/test_every_route.py` fails on a route without one.
Annotations of a guarded view must not be strings: ninja looks them up in this module.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from ninja.utils import check_csrf

from showfloor.accounts import access_changes, bans, reauthentication, second_factor, staff_access
from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import BadToken, Claims
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Forbidden, NotFound, NotSignedIn

type View = Callable[..., Any]
type BrandLookup = Callable[[str], Brand | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """`name`: one of the above; `roles` beside owner that may call (empty: any role)."""

    name: str
    roles: tuple[Role, ...] = ()
    note: str = ""


class ViewerRequest(HttpRequest):
    """A request that came with a good viewer token."""

    viewer: Claims


class MemberRequest(HttpRequest):
    """A request of someone who is signed in."""

    user: User


class StaffRequest(HttpRequest):
    """A request of someone who works at the brand that the address names."""

    user: User
    brand: Brand
    role: Role


class StaffPageRequest(HttpRequest):
    """A page request of someone on staff; `brand`, `role`: only where the address names a brand."""

    user: User
    brand: Brand | None
    role: Role | None


def _brand_with_slug(slug: str) -> Brand | None:
    return Brand.objects.filter(slug=slug).first()


_path_brands: dict[str, BrandLookup] = {"brand": _brand_with_slug}
_public_brands: dict[str, BrandLookup] = {"brand": _brand_with_slug}


def path_names_brand(parameter: str, lookup: BrandLookup, public: BrandLookup) -> None:
    """Let a path parameter name its brand: the shows room registers `slug`. `public` finds nothing
    for a value that only the brand's staff may know of."""
    _path_brands[parameter] = lookup
    _public_brands[parameter] = public


def brand_named(parameter: str, value: str) -> Brand:
    """The brand that a registered parameter's value belongs to; NotFound."""
    return _found(_path_brands[parameter](value))


def brand_seen(parameter: str, value: str, staff_of: Collection[str]) -> Brand:
    """The same for someone who is staff of these brands (ids). NotFound, in the same words, for a
    value that does not exist and for one that is hidden from them."""
    brand = _path_brands[parameter](value)
    if brand is not None and brand.pk not in staff_of:
        brand = _public_brands[parameter](value)
    return _found(brand)


def public[F: View](view: F) -> F:
    return _declare(view, Rule("public"))


def signed[F: View](who: str) -> Callable[[F], F]:
    return lambda view: _declare(view, Rule("signed", note=who))


def viewer[F: View](view: F) -> F:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        claims = viewer_of(request)
        brand = _brand_seen_in_path(kwargs, [claims.brand] if claims.is_staff else [])
        if brand is not None and brand.pk != claims.brand:
            raise NotSignedIn(_("This token is for another brand."), code="other-brand")
        if bans.is_banned(claims.brand, claims.sub, claims.network):
            raise Forbidden(_("You can't take part here."), code="banned")
        request.viewer = claims  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return _declare(cast("F", guarded), Rule("viewer"))


def staff[F: View](*roles: Role, confirmed: bool = False) -> Callable[[F], F]:
    """`confirmed`: only for someone who has said again, minutes ago, who they are."""

    def decorate(view: F) -> F:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            _require_session(request)
            brand = _brand_of_path(kwargs)
            assert brand is not None, f"{view.__name__}: the address names no brand"
            request.role = staff_access.require_role(  # type: ignore[attr-defined]
                request.user, brand.pk, *roles
            )
            request.brand = brand  # type: ignore[attr-defined]
            if confirmed:
                reauthentication.require_confirmed(request)
            return view(request, *args, **kwargs)

        return _declare(cast("F", guarded), Rule("staff", roles))

    return decorate


def staff_page[F: View](*roles: Role) -> Callable[[F], F]:
    rule = Rule("staff_page", roles)

    def decorate(view: F) -> F:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if second_factor.is_needed_first(request.user):
                return redirect(second_factor.PAGE)
            brand, role = require_page_role(request.user, rule, kwargs)
            request.brand, request.role = brand, role  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return _declare(cast("F", guarded), rule)

    return decorate


def member_page[F: View](view: F) -> F:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return _declare(cast("F", guarded), Rule("member_page"))


def viewer_of(request: HttpRequest) -> Claims:
    """The claims of the request's viewer token; NotSignedIn, also when the bearer has signed out or
    got other rights since it was made."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn(_("A viewer token is needed."), code="no-token")
    try:
        claims = token_signer().verify(token.strip(), utc_now())
    except BadToken:
        claims = None
    if claims is None or access_changes.is_outdated(claims):
        raise NotSignedIn(_("This viewer token is no longer good."), code="bad-token")
    return claims


def _declare[F: View](view: F, rule: Rule) -> F:
    view.access_rule = rule  # type: ignore[attr-defined]
    return view


def _require_session(request: HttpRequest) -> None:
    if not request.user.is_authenticated:
        raise NotSignedIn(_("Sign in first."))
    # ninja exempts its views from the CSRF middleware; a session cookie must not act without it.
    if check_csrf(request) is not None:
        raise Forbidden(_("The page is too old; load it again."), code="csrf")


def _brand_of_path(kwargs: Mapping[str, Any]) -> Brand | None:
    for parameter in _path_brands.keys() & kwargs.keys():
        return brand_named(parameter, kwargs[parameter])
    return None


def _brand_seen_in_path(kwargs: dict[str, Any], staff_of: Collection[str]) -> Brand | None:
    for parameter in _path_brands.keys() & kwargs.keys():
        return brand_seen(parameter, kwargs[parameter], staff_of)
    return None


def _found(brand: Brand | None) -> Brand:
    if brand is None:
        raise NotFound(_("There is no such thing here."))
    return brand


def require_page_role(
    user: staff_access.Person, rule: Rule, kwargs: Mapping[str, Any]
) -> tuple[Brand | None, Role | None]:
    """The brand that a page's address names, if any, and what the person does there; NotSignedIn,
    NotFound, Forbidden."""
    brand = _brand_of_path(kwargs)
    if brand is not None:
        return brand, staff_access.require_role(user, brand.pk, *rule.roles)
    held = set(staff_access.roles_of(user).values())
    if not held or (rule.roles and held.isdisjoint({*rule.roles, Role.OWNER})):
        raise Forbidden(_("Your account has no such role at any brand."))
    return None, None
