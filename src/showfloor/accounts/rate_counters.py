"""Counters that guard a log-in, kept in the database: one count for all processes of an
installation, and nothing that a stranger can push out.

A cache drops entries when it is full, so whoever fills it resets the counters of others. Here a
counter stays until its time is over. The table is bounded: when `COUNTERS_MAX` are alive, a new one
is refused (429) and no other is given up. To get there, somebody would have to make 1,700 counted
requests a second for a minute, each of which costs two writes and a page of Django.

allauth counts through Django's default cache, so this is one. Keys hold addresses: only their keyed
hash is stored.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, override

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from showfloor.accounts.models import RateCounter
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import RateLimited

COUNTERS_MAX = 200_000  # some 60 MB
PURGE_BATCH = 5000
_RETRY_S = 60.0
_LONGEST = timedelta(days=1)  # for what is stored without an end


class RateCounters(BaseCache):
    """Django's cache interface, as far as rate limits and one-time codes need it."""

    def __init__(self, _location: str, params: Mapping[str, Any]) -> None:
        super().__init__(dict(params))
        options = params.get("OPTIONS", {})
        self._counters_max: int = options.get("COUNTERS_MAX", COUNTERS_MAX)

    @override
    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store it unless there is one; RateLimited when there is no room for another."""
        now = utc_now()
        fields = self._fields(value, timeout, now)
        with transaction.atomic():
            stored = RateCounter.objects.filter(pk=self._hash(key, version))
            if stored.filter(expires_at__lte=now).update(**fields):
                return True
            if stored.exists():
                return False
            self._check_room(now)
            _row, is_new = RateCounter.objects.get_or_create(
                pk=self._hash(key, version), defaults=fields
            )
        return is_new

    @override
    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        rows = RateCounter.objects.filter(pk=self._hash(key, version), expires_at__gt=utc_now())
        found = rows.values_list("value", flat=True).first()
        return default if found is None else json.loads(found)

    @override
    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Store the counter; raise RateLimited if it is new and the table is full."""
        now = utc_now()
        fields = self._fields(value, timeout, now)
        with transaction.atomic():
            stored = RateCounter.objects.filter(pk=self._hash(key, version))
            if not stored.update(**fields):
                self._check_room(now)
                RateCounter.objects.update_or_create(pk=self._hash(key, version), defaults=fields)

    @override
    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(RateCounter.objects.filter(pk=self._hash(key, version)).delete()[0])

    @override
    def clear(self) -> None:
        RateCounter.objects.all().delete()

    def _check_room(self, now: datetime) -> None:
        alive = RateCounter.objects.filter(expires_at__gt=now).order_by()
        if alive.count() >= self._counters_max:
            raise RateLimited(_("Too many people try this at once."), retry_after_s=_RETRY_S)

    def _hash(self, key: str, version: int | None) -> str:
        named = self.make_key(key, version)
        return salted_hmac("showfloor.rate-counter", named, algorithm="sha256").hexdigest()

    def _fields(self, value: Any, timeout: Any, now: datetime) -> dict[str, Any]:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        lasts = _LONGEST if seconds is None else timedelta(seconds=seconds)
        return {"value": json.dumps(value), "expires_at": now + lasts}


def forget_expired() -> int:
    """Remove a batch of those whose time is over; how many."""
    expired = RateCounter.objects.filter(expires_at__lte=utc_now()).order_by("expires_at")
    batch = list(expired.values_list("pk", flat=True)[:PURGE_BATCH])
    return RateCounter.objects.filter(pk__in=batch, expires_at__lte=utc_now()).delete()[0]
