"""`showfloor serve` behind a real Varnish: deleted text, erased people and hidden shows are gone
from the cache, also when the process died before it could say so."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.live import free_port
from tests.support.shop import LiveShop, live_shop
from tests.support.varnish import Varnish, find_varnish, varnish_in_front_of
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.skipif(find_varnish() is None, reason="there is no varnishd here"),
    pytest.mark.timeout(360),  # two starts of a server
]
_START = """
import sys
from showfloor.accounts.models import Brand, User
from showfloor.community.chat import services as chat
from showfloor.privacy import erasure
from showfloor.shows.models import Show
brand, owner = Brand.objects.get(), User.objects.get()
show = Show.objects.for_brand(brand).get(slug=sys.argv[1])
"""
ERASE = f"{_START}erasure.erase(brand, sys.argv[2], owner)"
DELETE = f"{_START}chat.delete_message(show, sys.argv[2], owner)"


class Front:
    """A shop and the cache in front of it."""

    def __init__(self, shop: LiveShop, cache: Varnish, client: httpx.Client) -> None:
        self.shop = shop
        self._client = client
        self._url = f"{cache.url}/timeline/{shop.slug}"
        self.epoch = self.get("").json()["epoch"]

    def get(self, path: str) -> httpx.Response:
        return self._client.get(self._url + path, headers={"host": "127.0.0.1"})

    def say(self, text: str, token: str) -> tuple[str, list[str]]:
        """The message's id, and the addresses that it is in."""
        command = {"id": text.replace(" ", "-"), "name": "message", "body": {"text": text}}
        answer = self._client.post(
            f"{self._url}/commands", json=command,
            headers={"authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        seq = answer.json()["seq"]
        tick = wait_until(lambda: self._tick_of(seq))
        number = (seq - 1) // 500
        paths = [f"/ticks/{tick}", f"/ranges/{self.epoch}/{number}", "/snapshot"]
        wait_until(lambda: text in self.get("/snapshot").text)
        for path in paths:
            assert text in self.get(path).text, path
        return answer.json()["message_id"], paths

    def _tick_of(self, seq: int) -> int:
        """Ask the origin, so that the question leaves nothing in the cache."""
        tick = int(
            self._client.get(f"{self.shop.server.url}/timeline/{self.shop.slug}").json()["tick"]
        )
        while tick > 0:
            origin = f"{self.shop.server.url}/timeline/{self.shop.slug}/ticks/{tick}"
            frame = self._client.get(origin).json()
            if frame["from"] <= seq <= frame["to"]:
                return tick
            if frame["to"] < seq:
                return 0
            tick -= 1
        return 0

    def are_without(self, text: str, paths: list[str]) -> bool:
        answers = [self.get(path) for path in paths]
        return all(answer.status_code == 200 and text not in answer.text for answer in answers)


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    cache_port, port = free_port(), free_port()
    environ = {"SHOWFLOOR_PURGE_URLS": f"http://127.0.0.1:{cache_port}"}
    with (
        varnish_in_front_of(port, at=cache_port) as cache,
        live_shop(tmp_path, entries=495, port=port, **environ) as shop,
        httpx.Client(timeout=30) as client,
    ):
        yield Front(shop, cache, client)


def test_deletion_at_the_origin_reaches_the_cache(front: Front) -> None:
    rude_id, rude = front.say("something rude", front.shop.guest)
    wrong_id, wrong = front.say("something wrong", front.shop.guest)
    _, said = front.say("I was here", front.shop.other)
    fill_the_range(front)
    front.shop.api("DELETE", f"messages/{rude_id}")
    wait_until(lambda: front.are_without("rude", rude), what="the deletion to reach the cache")
    who_is_erased_by_another_process_is_gone(front, said)
    nothing_is_forgotten_by_a_process_that_dies(front, wrong_id, wrong)
    a_hidden_show_is_hidden_there(front)


def fill_the_range(front: Front) -> None:
    """So that it lies in the cache for a year."""
    for number in range(3):
        front.say(f"more {number}", front.shop.staff)
    path = f"/ranges/{front.epoch}/0"
    assert front.get(path).json()["complete"] is True
    assert " " in front.get(path).headers["x-varnish"]  # two numbers: it was there


def who_is_erased_by_another_process_is_gone(front: Front, said: list[str]) -> None:
    shop = front.shop
    shop.server.python(ERASE, shop.slug, shop.other_id)
    wait_until(lambda: front.are_without("I was here", said), 20, "the erasure to arrive")
    wait_until(lambda: front.are_without('"Ben"', said), 20, "the erasure to arrive")


def nothing_is_forgotten_by_a_process_that_dies(
    front: Front, message_id: str, said: list[str]
) -> None:
    server = front.shop.server
    server.kill()
    server.python(DELETE, front.shop.slug, message_id)  # and nobody is there to tell the cache
    assert any("wrong" in front.get(path).text for path in said if "/ranges/" in path)
    server.start()
    wait_until(lambda: front.are_without("wrong", said), 20, "the deletion to arrive")


def a_hidden_show_is_hidden_there(front: Front) -> None:
    paths = [f"/ranges/{front.epoch}/0", "/snapshot", ""]
    for path in paths:
        assert front.get(path).status_code == 200, path
    front.shop.api("PATCH", "settings", {"published": False})
    wait_until(lambda: {front.get(path).status_code for path in paths} == {404})
