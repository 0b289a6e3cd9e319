"""Every way in says who may use it: API operations, pages, libraries' pages, raw ASGI routes."""

import ast
import inspect
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from showfloor.accounts.permissions import Rule
from showfloor.roles import serve
from showfloor.site.api import api
from showfloor.site.commands import COMMANDS

# Pages of libraries, by the beginning of their address, and the rule that they keep themselves.
LIBRARIES = {
    "accounts/": "allauth: entrance pages are public and limited in rate, the others need a log-in",
    "admin/": "the back office: staff only, each page by `accounts.admin_base`"
    " (tests/site/test_back_office_scope.py)",
    "api/v1/": "ninja: each operation has its own rule (below)",
}

# Routes outside Django, and the rule that each keeps itself.
RAW = {
    "/hls/": "public segments of shows for everyone, with a viewing pass of others; preview with"
    " a staff token (tests/edge/test_authorizer.py, test_hls.py)",
    "/whip/": "the stream key as bearer, and the secret address of a session"
    " (tests/edge/whip/test_endpoint.py)",
    "/testpay/": "public: card tokens of the test provider, worth nothing elsewhere",
    "/healthz": "public: says whether the process is ready",
    "/timeline/": "`TimelineAuthorizer`, by WebSocket and HTTP: public shows for everyone, shows"
    " for members or with a ticket for those, others and backstage for staff; commands and"
    " one's own stream with a viewer token; bans"
    " (tests/roles/test_authorizer.py, tests/edge/test_ticks.py, test_sse.py,"
    " test_commands_endpoint.py)",
}


def rule_of(view: Any) -> Rule | None:
    while isinstance(view, partial):
        view = view.func
    found = getattr(view, "access_rule", None)
    return found if isinstance(found, Rule) else None


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        address = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from patterns(entry, address)
        else:
            yield address, entry


def test_every_operation_has_a_rule() -> None:
    without = []
    count = 0
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                count += 1
                if rule_of(operation.view_func) is None:
                    without.append(f"{operation.methods} {path}")
    assert without == []
    assert count >= 20


def test_every_command_with_an_address_is_an_operation_of_viewers() -> None:
    """Edge answers it in the operation's place, and asks for a viewer token as the operation does
    (tests/roles/test_api_routes.py)."""
    routes = [kind.route for kind in COMMANDS.values() if kind.route is not None]
    assert len(routes) >= 2
    for route in routes:
        rules = [
            rule_of(operation.view_func)
            for _prefix, router in api._routers
            for path, view in router.path_operations.items()
            for operation in view.operations
            if route.path.fullmatch(f"/api/v1{path}") and route.method in operation.methods
        ]
        assert rules == [Rule("viewer")], route


def test_every_page_has_a_rule() -> None:
    without = [
        address
        for address, pattern in patterns(get_resolver())
        if not address.startswith(tuple(LIBRARIES)) and rule_of(pattern.callback) is None
    ]
    assert without == []


def test_every_library_on_the_list_is_there() -> None:
    addresses = [address for address, _pattern in patterns(get_resolver())]
    for prefix in LIBRARIES:
        assert any(address.startswith(prefix) for address in addresses), prefix


def test_every_raw_route_is_on_the_list() -> None:
    """The dispatcher's own comparisons, read from its source: it has no table to be asked."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(serve.Server) or serve))
    [dispatch] = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "_dispatch"
    ]
    routes = {
        node.value
        for node in ast.walk(dispatch)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("/")
    }
    assert routes == set(RAW)


def test_view_without_a_permission_rule_is_reported() -> None:
    def forgotten() -> None:
        pass

    assert rule_of(forgotten) is None
    assert rule_of(partial(forgotten)) is None


@pytest.mark.parametrize("address", ["/console/", "/admin/", "/outbox/"])
@pytest.mark.django_db
def test_staff_pages_send_guests_to_the_log_in(client: Any, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert "/login/" in response["Location"]
