"""A crowd behind one address comes in; one who drops the cookie again and again does not."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from showfloor.accounts import network_quota
from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.errors import RateLimited
from tests.support.shows import make_show

HALL, ELSEWHERE = "203.0.113.7", "198.51.100.7"


def few(settings: LazySettings, count: int) -> None:
    """A number of its own for each test: what was taken is remembered by it."""
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, guests_per_network=count)


def come(client: Client, address: str = HALL) -> Any:
    return client.post(
        "/api/v1/viewer-token", {}, content_type="application/json", REMOTE_ADDR=address
    )


def test_three_hundred_guests_of_one_network_come_in_and_more_are_refused() -> None:
    def come_many(network: str, count: int) -> None:
        for _ in range(count):
            network_quota.check_newcomer(network)

    come_many("school", 300)
    with pytest.raises(RateLimited) as refused:
        come_many("school", 300)
    assert 0 < refused.value.retry_after_s <= 1
    come_many("elsewhere", 1)


def test_tokens_for_new_guests_run_out(
    brand: Brand, settings: LazySettings, client: Client, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(network_quota, "_warnings", Allowances(1, 1))
    few(settings, 3)
    known = [client, Client(), Client()]
    assert [come(one).status_code for one in known] == [200] * 3
    refused = come(Client())
    assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
    assert 0 < refused.json()["retry_after_s"] <= 40
    assert int(refused["Retry-After"]) <= 40
    assert "sf_guest" not in refused.cookies
    assert "SHOWFLOOR_TRUSTED_PROXIES" in caplog.text  # whoever forgot to say what stands in front
    assert [come(one).status_code for one in known] == [200] * 3, "who is known stays"
    assert come(Client(), ELSEWHERE).status_code == 200


def test_the_page_is_there_without_a_token(brand: Brand, settings: LazySettings) -> None:
    few(settings, 1)
    show = make_show(brand)
    first, second = (Client().get(f"/shows/{show.slug}", REMOTE_ADDR=HALL) for _ in range(2))
    assert [first.status_code, second.status_code] == [200, 200]
    assert ("sf_guest" in first.cookies, "sf_guest" in second.cookies) == (True, False)
    assert (
        '"token": null, "viewer": null, "cart": {"version": 0, "currency": "EUR"'
        in second.content.decode()
    )


def test_no_limit_is_none(brand: Brand, settings: LazySettings) -> None:
    few(settings, 0)
    assert {come(Client()).status_code for _ in range(20)} == {200}


def test_votes_are_counted_for_each_thing_and_for_guests_alone(settings: LazySettings) -> None:
    few(settings, 2)
    guest, member = Claims("g:1", "brand", network="net"), Claims("m:1", "brand", network="net")
    for _ in range(2):
        network_quota.check_vote(guest, "poll-1")
    with pytest.raises(RateLimited):
        network_quota.check_vote(guest, "poll-1")
    network_quota.check_vote(guest, "poll-2")
    for _ in range(5):
        network_quota.check_vote(member, "poll-1")
        network_quota.check_vote(replace(guest, network=""), "poll-1")
