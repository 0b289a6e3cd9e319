"""A hidden show and a missing one get the same answer, so that nobody learns what a brand plans."""

import json
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.shows import services
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges
from tests.support.shows import Caller, guest, make_show

type Answer = tuple[int, Any]


@pytest.fixture
def hidden(brand: Brand) -> Show:
    return services.update_show(make_show(brand), ShowChanges({"published": False}))


def token_for(slug: str, user: User | None = None) -> Answer:
    return Caller(user=user).call("POST", "/viewer-token", {"show": slug})


def mine(slug: str, viewer: Claims) -> Answer:
    return Caller(viewer=viewer).call("GET", f"/shows/{slug}/mine")


def test_token_for_a_hidden_show_is_refused_like_one_for_a_missing_show(
    hidden: Show, stranger: User
) -> None:
    for user in (None, stranger):
        refused = token_for(hidden.slug, user)
        assert refused == token_for("no-such-show", user)
        assert refused[0] == 404


def test_staff_get_a_token_for_their_hidden_show(hidden: Show, producer: User) -> None:
    status, answer = token_for(hidden.slug, producer)
    assert (status, answer["viewer"]["role"]) == (200, "producer")


def test_mine_does_not_tell_hidden_from_missing(
    hidden: Show, brand: Brand, other_brand: Brand, producer: User
) -> None:
    elsewhere = Claims("u:someone", other_brand.pk, "Eve", ("owner",))
    for viewer in (guest(brand), guest(other_brand), elsewhere):
        refused = mine(hidden.slug, viewer)
        assert refused == mine("no-such-show", viewer)
        assert refused[0] == 404
    staff = Claims(f"u:{producer.pk}", brand.pk, "Paul", ("producer",))
    assert mine(hidden.slug, staff)[0] == 200


def test_staff_session_without_its_csrf_token_changes_nothing(brand: Brand, producer: User) -> None:
    """A page of somebody else can send the cookie, but does not know the token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(producer)
    address = f"/api/v1/brands/{brand.slug}/shows"
    body = json.dumps({"title": "Forged"})

    def make(**headers: str) -> Any:
        return client.post(address, body, content_type="application/json", headers=headers)

    refused = make()
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    assert Show.objects.for_brand(brand).count() == 0
    token = "a" * 32
    client.cookies["csrftoken"] = token
    assert make(**{"X-CSRFToken": token}).status_code == 201
