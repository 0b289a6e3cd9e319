"""Stream keys: derived, never stored, and what a change of the secret does to them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings

from showfloor.accounts.models import Brand, User
from showfloor.accounts.signer import network_hasher
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.media import services
from showfloor.media.diagnostics import rejections
from showfloor.media.ports import Cause
from tests.support.shows import Caller, make_show

type Capture = Callable[..., AbstractContextManager[Any]]


def test_stream_key_is_not_in_the_row_of_its_channel(brand: Brand) -> None:
    channel = services.create_channel(brand)
    key = services.stream_key(channel)
    assert key is not None
    assert len(key) == 35
    assert key.startswith("sf_")
    assert key not in str(channel.__dict__)
    assert services.find_channel_by_key(key) == channel


@pytest.mark.parametrize("key", ["", "sf_", "x" * 129, "sf_\x00"])
def test_wrong_keys_open_nothing(brand: Brand, key: str) -> None:
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


def test_replaced_keys_are_known_as_the_channels_the_last_few(brand: Brand) -> None:
    channel = services.create_channel(brand)
    first = services.stream_key(channel) or ""
    times = services.RETIRED_KEYS_MAX + 1
    *retired, current = [first, *(services.rotate_key(channel) for _time in range(times))]
    known = [services.channel_of_retired_key(key) for key in retired]
    assert known == [None] + [channel.pk] * services.RETIRED_KEYS_MAX
    for key in (current, "", "sf_", "x" * 129, "sf_\x00"):
        assert services.channel_of_retired_key(key) is None


@pytest.fixture
def _rejections_forgotten() -> Iterator[None]:
    rejections.book.clear()
    yield
    rejections.book.clear()


@pytest.mark.usefixtures("_rejections_forgotten")
def test_console_says_who_tried_and_what_to_do(brand: Brand, producer: User) -> None:
    """Attempts at this show; with an unknown key only those from the network of who asks."""
    show, other, at = make_show(brand, products=0), make_show(brand, products=0), utc_now()
    hevc = rejections.attempt(Cause.CODEC, "HEVC (H.265) video", "OBS 31", "192.0.2.7:1", at)
    unknown = rejections.attempt(Cause.UNKNOWN_KEY, "", "FFmpeg", "127.0.0.9:1", at)
    hash_of = network_hasher()
    for _try in range(3):
        rejections.book.record(rejections.of_channel(show.channel_id), hevc)
    rejections.book.record(rejections.of_network(hash_of("127.0.0.9")), unknown)
    rejections.book.record(rejections.of_network(hash_of("198.51.100.7")), unknown)

    caller = Caller(user=producer)
    _status, report = caller.call("GET", f"/shows/{show.slug}/console")
    first, second = sorted(report["refused"], key=lambda one: one["cause"])
    assert first == {
        "cause": "codec", "at": iso_ms(at), "count": 3, "encoder": "OBS 31",
        "address": "192.0.2.7",
        "words": "The encoder sends HEVC (H.265) video, which is not taken.",
        "advice": "Set it to H.264 video and AAC audio (in OBS under Settings → Output), and start"
        " again.",
    }  # fmt: skip
    assert (second["cause"], second["count"]) == ("unknown-key", 1)
    _status, elsewhere = caller.call("GET", f"/shows/{other.slug}/console")
    assert [one["cause"] for one in elsewhere["refused"]] == ["unknown-key"]

    services.rotate_key(show.channel)  # each cause has its words
    for cause in Cause:
        rejections.book.record(rejections.of_channel(show.channel_id), replace(hevc, cause=cause))
        _status, report = caller.call("GET", f"/shows/{show.slug}/console")
        newest = next(one for one in report["refused"] if one["cause"] == cause)
        assert newest["words"]
        assert newest["advice"]
