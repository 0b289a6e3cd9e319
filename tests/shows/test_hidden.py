"""The hiding of a show is announced, so that the public's open connections end."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import User
from showfloor.shows import services
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges

type Capture = Any  # pytest-django's fixture has no type of its own


@pytest.fixture
def told() -> Iterator[list[str]]:
    timelines: list[str] = []
    unsubscribe = services.on_hidden(timelines.append)
    yield timelines
    unsubscribe()


@pytest.mark.parametrize(
    ("changes", "hides"),
    [
        ({"published": False}, True),
        ({"starts_at": None}, True),
        ({"published": True}, False),
        ({"title": "Autumn lips"}, False),
    ],
)
def test_a_show_that_is_hidden_is_told(
    show: Show, told: list[str], changes: dict[str, Any], hides: bool,
    django_capture_on_commit_callbacks: Capture,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        services.update_show(show, ShowChanges(changes))
    assert told == ([show.timeline_id] if hides else [])
    with django_capture_on_commit_callbacks(execute=True):
        services.update_show(show, ShowChanges({"title": "Winter lips"}))
    assert len(told) == hides  # once


def test_one_that_is_hidden_in_the_back_office_is_told(
    show: Show, told: list[str], producer: User, client: Client,
    django_capture_on_commit_callbacks: Capture,
) -> None:  # fmt: skip
    client.force_login(producer)
    page = reverse("admin:shows_show_change", args=[show.pk])
    inlines = {
        f"{name}-{count}_FORMS": "0"
        for name in ("rundown", "broadcasts") for count in ("TOTAL", "INITIAL")
    }  # fmt: skip
    for form, expected in (({"published": "on"}, []), ({}, [show.timeline_id])):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(page, {"title": show.title, **inlines, **form})
        assert answer.status_code == 302, answer.context["errors"]
        assert told == expected
