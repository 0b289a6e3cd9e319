"""`showfloor audience`: the shows to which an invented audience comes, and those to which not."""

import re
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, override

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.audience import command
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden, NotFound, Unavailable
from showfloor.shows.models import Show
from showfloor.shows.services import lifecycle, planning

pytestmark = pytest.mark.django_db

NOBODY_THERE = "http://127.0.0.1:9"  # a port at which nothing answers


def run(slug: str, own_site: str = NOBODY_THERE, site: str = "") -> int:
    wanted = Namespace(show=slug, viewers=2, minutes=1, seed=1, no_orders=True, site=site)
    return command.run(wanted, own_site, can_pay=True)


def make_show(brand: Brand, *, is_test: bool, is_draft: bool = False) -> str:
    starts_at = None if is_draft else utc_now() + timedelta(hours=1)
    draft = planning.ShowDraft(title="Rehearsal", starts_at=starts_at, is_test=is_test)
    return planning.create_show(brand, draft).slug


def test_show_that_is_no_test_show_is_refused_before_anybody_comes(brand: Brand) -> None:
    slug = make_show(brand, is_test=False)
    with pytest.raises(Forbidden, match="test show"):
        run(slug)


def test_unknown_show_is_named() -> None:
    with pytest.raises(NotFound, match="no-such-show"):
        run("no-such-show")


def test_server_that_does_not_answer_is_said(brand: Brand) -> None:
    slug = make_show(brand, is_test=True)
    with pytest.raises(Unavailable, match=f"no server answers at {re.escape(NOBODY_THERE)} "):
        run(slug)


def test_show_that_is_over_is_refused_in_words(brand: Brand, producer: User) -> None:
    slug = make_show(brand, is_test=True)
    show = Show.objects.all_brands().get(slug=slug)
    lifecycle.end(lifecycle.start(show, producer), producer)
    with pytest.raises(Conflict, match="is over"):
        run(slug)


@pytest.mark.parametrize(
    ("open_to", "words"), [("members", "is for members"), ("ticket", "buys one each")]
)
def test_show_for_some_says_why_nobody_comes(brand: Brand, open_to: str, words: str) -> None:
    slug = make_show(brand, is_test=True)
    Show.objects.for_brand(brand).update(open_to=open_to)
    with pytest.raises(Conflict, match=words):  # `run` orders nothing
        run(slug)


def test_draft_is_refused_in_words(brand: Brand) -> None:
    with pytest.raises(Conflict, match="viewers do not see"):
        run(make_show(brand, is_test=True, is_draft=True))


@pytest.mark.parametrize(
    ("host_name", "asked"), [("", "shop.example"), ("atelier.example", "atelier.example")]
)
def test_server_of_this_machine_is_asked_by_the_host_name_of_the_brand(
    settings: Any, brand: Brand, host_name: str, asked: str
) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, base_url="https://shop.example")
    brand.host_name, brand.host_verified_at = host_name, utc_now() if host_name else None
    brand.save()
    slug = make_show(brand, is_test=True)
    refusal = pytest.raises(Unavailable, match=rf"as {asked} .*: PUT .* 400")
    with refusing_server() as (port, seen), refusal:
        run(slug, own_site=f"http://127.0.0.1:{port}")
    assert seen == [(asked, None), (asked, "guest=ana")]


def test_server_that_is_named_is_asked_by_its_own_name(brand: Brand) -> None:
    slug = make_show(brand, is_test=True)
    with refusing_server() as (port, seen), pytest.raises(Unavailable, match="refused"):
        run(slug, site=f"http://127.0.0.1:{port}/")
    assert {host for host, _cookie in seen} == {f"127.0.0.1:{port}"}


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
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()
            thread.join()
