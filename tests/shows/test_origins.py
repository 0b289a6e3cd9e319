"""The origin of a show by its channel's lease, and broadcasts whose process is gone."""

from collections.abc import Callable
from typing import Any, override

from django.db import DatabaseError

from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import Brand, User
from showfloor.media import leases
from showfloor.media.models import ChannelLease
from showfloor.shows import services
from showfloor.shows.abandoned import FOUND_FOR_S, AbandonedBroadcasts
from showfloor.shows.models import Show
from showfloor.shows.origins import KEPT_S, OriginDirectory, _address
from showfloor.timeline import queries as timeline
from tests.support.shows import make_show

HERE = "http://here:8000"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Addresses(Database):
    """Answers from the test, and counts the questions."""

    def __init__(self) -> None:
        self.address: str | None = HERE
        self.asked = 0
        self.is_away = False

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.asked += 1
        if self.is_away:
            raise DatabaseError
        return self.address


async def test_origin_is_looked_up_once_a_second_and_outlives_the_database() -> None:
    clock, database = Clock(), Addresses()
    origins = OriginDirectory(database, "http://serve:8000", clock)
    assert [await origins.locate("evening") for _ in range(3)] == [HERE] * 3
    assert database.asked == 1
    clock.now += KEPT_S
    database.is_away = True
    assert await origins.locate("evening") == HERE
    assert await origins.locate("other") == "http://serve:8000"
    database.is_away, database.address = False, None
    assert await origins.locate("evening") == "http://serve:8000"


def test_origin_is_the_process_that_took_the_media_last(brand: Brand) -> None:
    show = make_show(brand)
    assert (_address(show.slug), _address("no-such-show")) == (None, None)
    leases.take(show.channel_id, "here", HERE)
    leases.release(show.channel_id, "here")
    assert _address(show.slug) == HERE


def test_broadcast_is_ended_when_its_lease_is_gone_for_a_while(show: Show, producer: User) -> None:
    clock = Clock()
    abandoned = AbandonedBroadcasts(clock)
    services.start(show, producer)
    leases.take(show.channel_id, "here")
    services.broadcast_opened(show.pk, broadcast_id="one")
    before = timeline.head(show.timeline_id).seq

    def passed(seconds: float) -> int:
        clock.now += seconds
        abandoned.end()
        entries = timeline.read(show.timeline_id, after=before, limit=20)
        return [entry.kind for entry in entries].count("broadcast.lost")

    assert passed(60) == 0  # its owner renews
    expired = ChannelLease.objects.all_brands().filter(channel=show.channel_id)
    expired.update(expires_at=show.created_at)
    assert [passed(1), passed(FOUND_FOR_S - 1)] == [0, 0]
    leases.renew([show.channel_id], "here")  # the database was away, not the process
    assert passed(60) == 0
    expired.update(expires_at=show.created_at)
    assert [passed(1), passed(FOUND_FOR_S), passed(5)] == [0, 1, 1]
