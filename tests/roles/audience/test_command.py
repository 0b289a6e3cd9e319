"""`showfloor audience`: the shows to which an invented audience comes, and those to which not."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import override

import pytest
from django.conf import settings

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import Forbidden, NotFound, Unavailable
from showfloor.roles.audience import command
from showfloor.shows.services import planning

pytestmark = pytest.mark.django_db

NOBODY_THERE = "http://127.0.0.1:9"  # a port at which nothing answers


def wanted(slug: str, site: str = NOBODY_THERE) -> Namespace:
    return Namespace(show=slug, viewers=2, minutes=1, seed=1, no_orders=True, site=site)


def make_show(brand: Brand, *, is_test: bool) -> str:
    draft = planning.ShowDraft(title="Rehearsal", is_test=is_test)
    return planning.create_show(brand, draft).slug


def test_show_that_is_no_test_show_is_refused_before_anybody_comes(brand: Brand) -> None:
    slug = make_show(brand, is_test=False)
    with pytest.raises(Forbidden, match="test show"):
        command.run(wanted(slug), settings.SHOWFLOOR)


def test_unknown_show_is_named() -> None:
    with pytest.raises(NotFound, match="no-such-show"):
        command.run(wanted("no-such-show"), settings.SHOWFLOOR)


def test_server_that_does_not_answer_is_said(brand: Brand) -> None:
    slug = make_show(brand, is_test=True)
    with pytest.raises(Unavailable, match="cannot be followed"):
        command.run(wanted(slug), settings.SHOWFLOOR)


def test_server_on_this_machine_is_asked_as_the_site_that_it_is_behind_tls(brand: Brand) -> None:
    slug = make_show(brand, is_test=True)
    with refusing_server() as (port, seen):
        ours = replace(
            settings.SHOWFLOOR, host="127.0.0.1", port=port, base_url="https://shop.example"
        )
        with pytest.raises(Unavailable, match="cannot be followed"):
            command.run(wanted(slug, site=""), ours)
    assert seen == [("shop.example", None), ("shop.example", "guest=ana")]


@contextmanager
def refusing_server() -> Iterator[tuple[int, list[tuple[str, str | None]]]]:
    """A server that gives out a token and refuses what follows; its port, and the host name and
    the cookies of each request."""
    seen: list[tuple[str, str | None]] = []

    class Refusal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.see()
            self.send_response(200)
            self.send_header("Set-Cookie", "guest=ana; HttpOnly; Path=/; SameSite=Lax; Secure")
            self.end_headers()
            self.wfile.write(b'{"token": "t", "viewer": {"id": "g:ana", "name": ""}}')

        def do_PUT(self) -> None:
            self.see()
            self.send_error(400)

        def see(self) -> None:
            seen.append((self.headers["Host"], self.headers["Cookie"]))
            self.rfile.read(int(self.headers["Content-Length"]))

        @override
        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Refusal) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()
            thread.join()
