"""The process as it is put together, on both databases: what one part decides, the others do."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support import law_script
from tests.support.database import database
from tests.support.live import LiveServer
from tests.support.publisher import Publisher, clip
from tests.support.waiting import wait_until

CSRF = "c" * 32
PEOPLE = (
    law_script.WAIVE
    + """
import json
import time
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from showfloor.accounts.models import Brand, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.media import services as media
from showfloor.shows import services as shows
brand, owner = Brand.objects.get(), User.objects.get()
show = shows.create_show(brand, shows.ShowDraft(title="Evening"))
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = owner.pk, owner.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
said_again = {"method": "password", "at": time.time(), "reauthenticated": True}
session["account_authentication_methods"] = [said_again]  # which a rotation asks for
session["account_authentication_methods_user"] = str(owner.pk)
session.save()
guest = Claims(f"g:{new_id()}", brand.pk, "Ana", (), "net-of-ana")
staff = Claims(f"u:{owner.pk}", brand.pk, "Owner", ("owner",), "")
near = Claims(f"g:{new_id()}", brand.pk, "Bea", (), "net-of-ana")
far = Claims(f"g:{new_id()}", brand.pk, "Cleo", (), "net-of-cleo")
member = Claims("u:member-of-the-house", brand.pk, "Dora", (), "net-of-ana")
issue = lambda claims: token_signer().issue(claims, utc_now())
print(json.dumps({"slug": show.slug, "key": media.stream_key(show.channel),
    "session": session.session_key, "token": issue(guest), "staff_token": issue(staff),
    "near": issue(near), "others": [issue(far), issue(member)]}))
"""
)


class Shop:
    """A served installation with one show, its producer and one guest."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        made = json.loads(server.python(PEOPLE).splitlines()[-1])
        self.slug, self.key, self.token = made["slug"], made["key"], made["token"]
        self.staff_token, self.near, self.others = made["staff_token"], made["near"], made["others"]
        self._staff = {
            "Cookie": f"sessionid={made['session']}; csrftoken={CSRF}", "X-CSRFToken": CSRF,
        }  # fmt: skip

    def post(self, path: str, body: Any = None, *, as_guest: bool = False) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if as_guest else self._staff
        return self._send("POST", path, body, headers)

    def patch(self, path: str, body: Any) -> Any:
        return self._send("PATCH", path, body, self._staff)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(
            f"{self.server.url}/api/v1/shows/{self.slug}/{path}",
            json.dumps(body or {}).encode(),
            {**headers, "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def sign_out(self) -> None:
        request = urllib.request.Request(
            f"{self.server.url}/accounts/logout/", b"", self._staff, method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    @property
    def broadcasts(self) -> int:
        count: int = self.server.get_json("/healthz")["broadcasts"]
        return count


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with database(request.param) as environ:
        server = LiveServer(tmp_path / "data", environ=environ)
        server.data_dir.mkdir(parents=True)
        server.migrate()
        owner = "owner@example.test"
        server.set_up("M", owner, "enough-123")
        server.start()
        try:
            yield Shop(server)
        finally:
            server.stop()


def test_bans_and_rotated_keys_act_on_what_is_open(shop: Shop) -> None:
    shop.post("start")
    a_ban_ends_the_guests_connection(shop)
    a_rotated_key_cuts_its_publisher(shop)
    a_hidden_show_keeps_its_staff_until_they_sign_out(shop)


def a_ban_ends_the_guests_connection(shop: Shop) -> None:
    address = f"{shop.server.url.replace('http', 'ws')}/timeline/{shop.slug}"
    with connect(address) as socket, connect(address) as near, ExitStack() as stack:
        others = [stack.enter_context(connect(address)) for _ in shop.others]
        sockets = [socket, near, *others]
        for one, token in zip(sockets, [shop.token, shop.near, *shop.others], strict=True):
            one.send(json.dumps({"type": "hello", "token": token, "after": 0, "epoch": ""}))
            assert json.loads(one.recv(timeout=10))["type"] == "welcome"
        said = shop.post("messages", {"client_id": "1", "text": "Rude"}, as_guest=True)
        entries: list[str] = []
        while "message.posted" not in entries:
            frame = json.loads(socket.recv(timeout=10))
            entries += [entry["kind"] for entry in frame.get("entries", [])]
        shop.post("bans", {"message_id": said["message_id"]})
        assert close_code(socket) == 4403
        assert close_code(near) == 4403, "a guest of the same network"
        for other in others:  # a guest of another one, and a member
            other.send(json.dumps({"type": "ping"}))
            while json.loads(other.recv(timeout=10))["type"] != "pong":
                pass
    with pytest.raises(urllib.error.HTTPError, match="403"):
        shop.post("messages", {"client_id": "2", "text": "Again"}, as_guest=True)


def a_hidden_show_keeps_its_staff_until_they_sign_out(shop: Shop) -> None:
    address = f"{shop.server.url.replace('http', 'ws')}/timeline/{shop.slug}"
    hello = {"type": "hello", "after": 0, "epoch": ""}
    with connect(address) as guest, connect(address) as staff:
        guest.send(json.dumps(hello))
        staff.send(json.dumps({**hello, "token": shop.staff_token}))
        for socket in (guest, staff):
            assert json.loads(socket.recv(timeout=10))["type"] == "welcome"
        shop.patch("settings", {"published": False})
        assert close_code(guest) == 4404
        staff.send(json.dumps({"type": "ping"}))
        while json.loads(staff.recv(timeout=10))["type"] != "pong":
            pass
        shop.sign_out()
        assert close_code(staff) == 4401
    with connect(address) as late:  # not even for as long as an address is remembered
        late.send(json.dumps(hello))
        assert close_code(late) == 4404


def close_code(socket: ClientConnection) -> int | None:
    """Return the code with which the server ends a connection."""
    try:
        while True:
            socket.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else None


def a_rotated_key_cuts_its_publisher(shop: Shop) -> None:
    def publisher(key: str) -> Publisher:
        made = Publisher(clip(shop.server.data_dir), f"{shop.server.rtmp_url}/{key}")
        made.start()
        return made

    first = publisher(shop.key)
    with killed_at_the_end(first):
        wait_until(lambda: shop.broadcasts == 1, 20, "the broadcast")
        new = shop.post("stream-key/rotate")["key"]
        first.exit_text()
    wait_until(lambda: shop.broadcasts == 0, 20, "the end of the broadcast")
    old = publisher(shop.key)
    with killed_at_the_end(old):
        old.exit_text()
    assert shop.broadcasts == 0
    with killed_at_the_end(publisher(new)):
        wait_until(lambda: shop.broadcasts == 1, 20, "the broadcast with the new key")


@contextmanager
def killed_at_the_end(publisher: Publisher) -> Iterator[None]:
    try:
        yield
    finally:
        publisher.kill()
