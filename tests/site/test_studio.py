"""The host's studio: who gets the page with the stream key, and what the page brings along."""

import json
import re

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, Role, User
from showfloor.media import services as media
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from tests.conftest import make_staff


@pytest.fixture
def show(brand: Brand) -> Show:
    return shows.create_show(brand, shows.ShowDraft(title="Evening"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", [Role.OWNER, Role.PRODUCER, Role.HOST])
def test_people_on_camera_get_the_page_with_their_shows_key(
    brand: Brand, show: Show, role: Role
) -> None:
    answer = signed_in(make_staff(brand, role, "lea@example.test")).get(f"/studio/{show.slug}")
    assert answer.status_code == 200
    assert "camera=(self)" in answer["Permissions-Policy"]
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r'<script type="application/json">(.*?)</script>', answer.content.decode())
    assert found is not None
    target = json.loads(found[1])["target"]
    assert target == {
        "url": f"/whip/{show.slug}", "key": media.stream_key(show.channel), "iceServers": [],
    }  # fmt: skip


@pytest.mark.parametrize("address", ["", "/uplink"])
def test_others_get_neither_the_page_nor_its_measurement(
    brand: Brand, show: Show, moderator: User, stranger: User, address: str
) -> None:
    path = f"/studio/{show.slug}{address}"
    ask = "post" if address else "get"
    assert getattr(signed_in(moderator), ask)(path).status_code == 403
    assert getattr(signed_in(stranger), ask)(path).status_code == 404
    visitor = getattr(Client(), ask)(path)
    assert (visitor.status_code, visitor["Location"].partition("?")[0]) == (302, "/accounts/login/")


def test_line_is_measured_by_bytes_that_nobody_keeps(producer: User, show: Show) -> None:
    client = signed_in(producer)
    body = b"\0" * (1 << 20)
    answer = client.post(f"/studio/{show.slug}/uplink", body, "application/octet-stream")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"/studio/{show.slug}/uplink").status_code == 405
