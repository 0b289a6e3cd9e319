"""The rules for large request bodies, which apply before a byte of one is taken.

A large body is a file: staff send it to the pages of staff. All other bodies are small.
"""

from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext_noop

from showfloor.accounts import permissions
from showfloor.kernel.errors import NotSignedIn

_STAFF_RULES: Final = frozenset({"staff", "staff_page"})
_ANYWHERE: Final = permissions.Rule("staff_page")  # the back office: each page asks for more


def find(path: str) -> ResolverMatch | None:
    """Return the view at an address; None without one."""
    try:
        return resolve(path)
    except Resolver404:
        return None


def uploader(path: str, cookies: str) -> str | None:
    """Return the id of the user who sends a file to this address; None where nobody may send one.
    NotSignedIn, NotFound or Forbidden for a person without the rights."""
    match = find(path)
    rule = _rule(match) if match is not None else None
    if match is None or rule is None or rule.name not in _STAFF_RULES:
        return None
    user = get_user(_request(cookies))
    if not user.is_authenticated:
        raise NotSignedIn(gettext_noop("Sign in first."))
    permissions.require_page_role(user, rule, match.kwargs)
    return str(user.pk)


def _rule(match: ResolverMatch) -> permissions.Rule | None:
    view: Any = match.func
    while view is not None:
        if isinstance(found := getattr(view, "access_rule", None), permissions.Rule):
            return found
        view = getattr(view, "func", None) or getattr(view, "__wrapped__", None)
    return _ANYWHERE if "admin" in match.app_names else None


def _request(cookies: str) -> HttpRequest:
    """Make a request with the parts that the session needs."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(cookies)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return request
