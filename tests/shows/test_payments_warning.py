"""Staff are told on every page when no real money is taken; visitors are not."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from showfloor.accounts.models import User
from showfloor.shows.models import Show

TEST = "Test payments: no money is taken, and orders are not really paid."
NONE = "No payment provider is set up: nothing can be bought."


def pages(user: User, show: Show) -> dict[str, str]:
    client = Client()
    public = client.get(f"/shows/{show.slug}").content.decode()
    client.force_login(user)
    paths = ("/console/", f"/console/shows/{show.slug}", "/admin/", "/admin/shows/show/")
    return {"public": public} | {path: client.get(path).content.decode() for path in paths}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"payment_provider": "test", "demo": False}, TEST),
        ({"payment_provider": "", "demo": False}, NONE),
        ({"payment_provider": "test", "demo": True}, None),
    ],
)
def test_staff_see_what_payments_are_worth(
    producer: User, show: Show, settings: Any, changes: dict[str, Any], said: str | None
) -> None:
    settings.SHOWFLOOR = replace(django_settings.SHOWFLOOR, **changes)
    seen = pages(producer, show)
    public = seen.pop("public")
    for path, page in seen.items():
        short = {TEST: "Test payments", NONE: "No payments"}
        expected = said and (short[said] if path.startswith("/admin/") else said)
        found = [
            text
            for text in (TEST, NONE, *short.values())
            if f">{text}<" in "".join(page.split("\n"))
        ]
        assert found == ([expected] if expected else []), path
    assert TEST not in public
    assert NONE not in public
