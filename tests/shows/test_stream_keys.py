"""Stream keys: derived, never stored, and what a change of the secret does to them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import override_settings

from showfloor.accounts.models import Brand
from showfloor.media import services

type Capture = Callable[..., AbstractContextManager[Any]]


def test_the_database_does_not_hold_it(brand: Brand) -> None:
    channel = services.create_channel(brand)
    key = services.stream_key(channel)
    assert key is not None
    assert len(key) == 35
    assert key.startswith("sf_")
    assert key not in str(channel.__dict__)
    assert services.find_channel_by_key(key) == channel


@pytest.mark.parametrize("key", ["", "sf_", "x" * 129, "sf_\x00"])
def test_what_opens_nothing(brand: Brand, key: str) -> None:
    services.create_channel(brand)
    assert services.find_channel_by_key(key) is None


def test_rotating_cuts_the_publisher_after_the_commit(
    brand: Brand, django_capture_on_commit_callbacks: Capture
) -> None:
    channel = services.create_channel(brand)
    old = services.stream_key(channel) or ""
    rotated: list[str] = []
    unsubscribe = services.on_rotation(rotated.append)
    with django_capture_on_commit_callbacks(execute=True):
        new = services.rotate_key(channel)
        assert rotated == []
    unsubscribe()
    assert rotated == [channel.pk]
    assert new != old
    assert services.stream_key(channel) == new
    assert services.find_channel_by_key(old) is None


def test_a_change_of_the_secret(brand: Brand) -> None:
    channel = services.create_channel(brand)
    key = services.stream_key(channel)
    assert key is not None
    with override_settings(SECRET_KEY="next", SECRET_KEY_FALLBACKS=["secret-of-the-tests"]):
        assert services.stream_key(channel) == key
    with override_settings(SECRET_KEY="next", SECRET_KEY_FALLBACKS=[]):
        assert services.stream_key(channel) is None  # rotate to see one
        assert services.find_channel_by_key(key) == channel  # the encoder goes on
        assert services.stream_key(channel) is None
        new = services.rotate_key(channel)
        assert services.stream_key(channel) == new
