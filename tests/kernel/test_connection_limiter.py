"""Connections by number: who gets a place, and who gives one up for another."""

import pytest

from showfloor.kernel.connection_limiter import ConnectionLimiter, Rank, Slot
from showfloor.kernel.networks import network_of


class Caller:
    """A connection that does what it is told."""

    def __init__(self, limiter: ConnectionLimiter, network: str = "") -> None:
        self.is_closed = False
        self.overdue_at: list[Rank] = []
        self.slot: Slot | None = limiter.admit(network, self)

    def become(self, rank: Rank) -> "Caller":
        assert self.slot is not None
        self.slot.become(rank)
        return self

    def evict(self) -> None:
        self.is_closed = True

    def overdue(self, rank: Rank) -> None:
        self.overdue_at.append(rank)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_least_deserving_gives_way_first() -> None:
    limiter = ConnectionLimiter(4)
    active = Caller(limiter).become(Rank.ACTIVE)
    stalled = Caller(limiter).become(Rank.STALLED)
    idle = Caller(limiter).become(Rank.IDLE)
    silent = Caller(limiter)
    closed = []
    for _ in range(3):
        Caller(limiter).become(Rank.ACTIVE)
        closed.append([one.is_closed for one in (silent, idle, stalled, active)])
    assert closed == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
    ]
    assert (limiter.taken, limiter.evicted, limiter.refused) == (4, 3, 0)


def test_longest_silent_gives_way_among_equals() -> None:
    limiter = ConnectionLimiter(2)
    first, second = Caller(limiter), Caller(limiter)
    first.become(Rank.ACTIVE).become(Rank.SILENT)  # it has begun anew
    Caller(limiter)
    assert (first.is_closed, second.is_closed) == (False, True)


def test_newcomer_is_refused_where_everyone_is_active_and_the_reserve_is_used() -> None:
    limiter = ConnectionLimiter(1, reserve=1)
    active = Caller(limiter).become(Rank.ACTIVE)
    extra = Caller(limiter)
    assert extra.slot is not None
    assert extra.slot.is_extra
    extra.become(Rank.ACTIVE)
    assert Caller(limiter).slot is None
    assert not active.is_closed
    assert (limiter.taken, limiter.refused) == (2, 1)


def test_network_over_its_bound_gives_up_its_own_connection_alone() -> None:
    limiter = ConnectionLimiter(100, per_network_max=2)
    other = Caller(limiter, "there")
    idle, silent = Caller(limiter, "here").become(Rank.IDLE), Caller(limiter, "here")
    third = Caller(limiter, "here")
    assert third.slot is not None
    assert (other.is_closed, idle.is_closed, silent.is_closed) == (False, False, True)
    idle.become(Rank.ACTIVE)
    third.become(Rank.ACTIVE)
    assert Caller(limiter, "here").slot is None
    assert Caller(limiter, "there").slot is not None
    assert (limiter.taken, limiter.refused) == (4, 1)


def test_uncounted_network_has_no_bound_of_its_own() -> None:
    limiter = ConnectionLimiter(100, per_network_max=1)
    assert all(Caller(limiter).become(Rank.ACTIVE).slot for _ in range(5))


def test_released_slot_is_free_once() -> None:
    limiter = ConnectionLimiter(10, per_network_max=1)
    caller = Caller(limiter, "here")
    assert caller.slot is not None
    caller.slot.release()
    caller.slot.release()
    caller.become(Rank.IDLE)  # a call that comes late
    assert limiter.taken == 0
    assert Caller(limiter, "here").slot is not None
    assert not caller.is_closed


def test_time_of_a_rank_runs_out_once_and_begins_anew() -> None:
    clock = Clock()
    time_s = {Rank.SILENT: 10.0, Rank.IDLE: 75.0}
    limiter = ConnectionLimiter(10, time_s=time_s, clock=clock)
    silent, idle = Caller(limiter), Caller(limiter).become(Rank.IDLE)
    active = Caller(limiter).become(Rank.ACTIVE)
    clock.now += 9.9
    again = Caller(limiter)
    limiter.sweep()
    assert silent.overdue_at == []
    clock.now += 0.2
    limiter.sweep()
    limiter.sweep()
    assert (silent.overdue_at, again.overdue_at, idle.overdue_at) == ([Rank.SILENT], [], [])
    silent.become(Rank.SILENT)
    clock.now += 70
    limiter.sweep()
    assert (silent.overdue_at, idle.overdue_at) == ([Rank.SILENT] * 2, [Rank.IDLE])
    assert active.overdue_at == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("a:b", ""),
        ("", ""),
    ],
)
def test_network_is_an_ipv4_address_or_an_ipv6_64(address: str, network: str) -> None:
    assert network_of(address) == network
