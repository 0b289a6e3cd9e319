"""Counters that guard a log-in: in the database, for all processes, and not to be pushed out."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client

from showfloor.accounts import rate_counters
from showfloor.accounts.models import Brand, RateCounter
from showfloor.accounts.rate_counters import RateCounters
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import RateLimited
from tests.accounts.test_log_in import sign_in, verified

OTHER_KEYS = 1000  # three times what Django's own cache in memory holds
GUESSES = 5  # at one account, in five minutes


def guess(times: int, email: str = "zoe@example.test", **extra: Any) -> None:
    for _guess in range(times):
        form = {"login": email, "password": "not-this-one"}
        Client().post("/accounts/login/", form, **extra)


def is_let_in(email: str = "zoe@example.test") -> bool:
    """By the right password."""
    client = Client()
    sign_in(client, email)
    return "_auth_user_id" in client.session


def test_other_keys_do_not_push_a_counter_out(brand: Brand) -> None:
    verified("zoe@example.test")
    guess(GUESSES)
    for number in range(OTHER_KEYS):
        cache.set(f"of-somebody-else-{number}", [1.0], 60)
    assert not is_let_in()


def test_right_password_is_not_counted_as_a_guess(brand: Brand) -> None:
    verified("zoe@example.test")
    guess(GUESSES - 1)
    assert [is_let_in() for _time in range(3)] == [True, True, True]


def test_guesses_count_together_at_every_host_name(brand: Brand) -> None:
    verified("zoe@example.test")
    guess(3, "zoe@example.test")
    guess(2, "Zoe@Example.test ", headers={"host": "127.0.0.1"})
    assert not is_let_in()


def test_every_process_reads_the_same_counter(brand: Brand) -> None:
    cache.set("shared", [2.0, 1.0], 60)
    another = caches.create_connection("default")
    assert another is not cache
    assert another.get("shared") == [2.0, 1.0]
    assert another.add("shared", True, 60) is False
    assert RateCounter.objects.count() == 1


def test_stored_counter_names_nobody(brand: Brand) -> None:
    verified("zoe@example.test")
    guess(1)
    rows = list(RateCounter.objects.values_list("key", "value"))
    assert rows
    assert all("zoe" not in key + value and "127.0.0.1" not in key + value for key, value in rows)


def test_full_table_refuses_a_new_counter_and_keeps_the_old_ones(db: None) -> None:
    small = RateCounters("", {"OPTIONS": {"COUNTERS_MAX": 2}})
    small.set("a", [1.0], 60)
    small.set("b", [1.0], 60)
    with pytest.raises(RateLimited):
        small.set("c", [1.0], 60)
    with pytest.raises(RateLimited):
        small.add("c", True, 60)
    small.set("a", [2.0, 1.0], 60)
    assert [small.get(key) for key in "abc"] == [[2.0, 1.0], [1.0], None]


def test_counter_ends_with_its_time(db: None) -> None:
    cache.set("gone", [1.0], 60)
    cache.set("here", [1.0], 600)
    RateCounter.objects.filter(expires_at__lt=utc_now() + timedelta(seconds=90)).update(
        expires_at=utc_now() - timedelta(seconds=1)
    )
    assert (cache.get("gone"), cache.get("here")) == (None, [1.0])
    assert rate_counters.forget_expired() == 1
    assert RateCounter.objects.count() == 1


def test_lock_is_taken_once_and_again_after_its_time(db: None) -> None:
    assert [cache.add("lock", True, 10), cache.add("lock", True, 10)] == [True, False]
    RateCounter.objects.update(expires_at=utc_now() - timedelta(seconds=1))
    assert [cache.add("lock", True, 10), cache.add("lock", True, 10)] == [True, False]
    assert cache.delete("lock") is True
    assert cache.add("lock", True, 10) is True


def test_too_many_requests_are_answered_in_our_dress(brand: Brand, client: Client) -> None:
    form = {"email": "zoe@example.test"}
    for _time in range(5):
        assert client.post("/accounts/password/reset/", form).status_code == 302
    refused = client.post("/accounts/password/reset/", form)
    assert refused.status_code == 429
    assert "You have tried this too often." in refused.content.decode()
