"""The values that every template may use: the installation, the brand, the person."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from showfloor.accounts import second_factor, staff_access
from showfloor.accounts import services as accounts
from showfloor.accounts.models import User
from showfloor.checkout import provider


def payments_state(brands: Iterable[str]) -> str:
    """Return the state of payments at these brands, the worst first: `none`, `test` (no money
    moves), or empty when all is well; for a demo the test provider is well, too."""
    if settings.SHOWFLOOR.demo:
        return ""
    found = [provider.find_of_brand(brand_id) for brand_id in brands]
    if None in found:
        return "none"
    return "test" if any(one is not None and one.is_test for one in found) else ""


def payments_warning(brands: Iterable[str]) -> str:
    """Return the same as a sentence for staff; empty when all is well."""
    match payments_state(brands):
        case "test":
            return _("Test payments: no money is taken, and orders are not really paid.")
        case "none":
            return _("No payment provider is set up: nothing can be bought.")
    return ""


def site(request: HttpRequest) -> dict[str, Any]:
    """`is_staff_somewhere` (for the link to the console), `is_demo`, `site_url`, `payments_warning`
    (for staff); `brand`: the host name's, for pages that are of no brand in particular, such as
    signing in; `account_name`: what the header calls whoever is signed in."""
    user = getattr(request, "user", None)
    works_at = staff_access.roles_of(user) if isinstance(user, User) else {}
    return {
        "is_staff_somewhere": bool(works_at),
        "needs_second_factor": SimpleLazyObject(lambda: second_factor.is_needed_first(user)),
        "is_demo": settings.SHOWFLOOR.demo,
        "payments_warning": payments_warning(works_at),
        "site_url": settings.SHOWFLOOR.site_url,
        "brand": SimpleLazyObject(lambda: accounts.brand_of_host(request.get_host())),
        "account_name": _account_name(request) if isinstance(user, User) else "",
    }


def _account_name(request: HttpRequest) -> Any:
    def name() -> str:
        assert isinstance(request.user, User)
        return accounts.shown_name(request.user, accounts.brand_of_host(request.get_host()))

    return SimpleLazyObject(name)
