"""The lease of a channel: one process has it, until it lets go or stops renewing."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now

from showfloor.accounts.models import Brand
from showfloor.adapters.filesystem.owner_name import owner_name
from showfloor.media import leases, services
from showfloor.media.models import ChannelLease
from tests.shows.test_races import together

HERE, THERE = "here", "there"


@pytest.fixture
def channel_id(brand: Brand) -> str:
    return services.create_channel(brand).pk


def left_s(channel_id: str) -> float:
    """How long the lease still stands, by the database's clock."""
    rows = ChannelLease.objects.all_brands().filter(channel=channel_id).annotate(now=Now())
    row = rows.get()
    left: timedelta = row.expires_at - row.now
    return left.total_seconds()


def expire(channel_id: str) -> None:
    ChannelLease.objects.all_brands().filter(channel=channel_id).update(expires_at=Now())


def test_one_owner_has_a_lease_until_it_is_released(channel_id: str) -> None:
    assert leases.take(channel_id, HERE)
    assert leases.LEASE_TTL.total_seconds() - 5 < left_s(channel_id) <= 15
    assert not leases.take(channel_id, THERE)
    assert leases.take(channel_id, HERE)  # again, after a restart
    assert list(leases.held_by_others(THERE)) == [channel_id]
    assert list(leases.held_by_others(HERE)) == []
    leases.release(channel_id, THERE)  # not its own
    assert not leases.take(channel_id, THERE)
    leases.release(channel_id, HERE)
    assert list(leases.held_by_others(THERE)) == []
    assert leases.take(channel_id, THERE)
    assert not leases.take(channel_id, HERE)


def test_channel_was_elsewhere_when_another_owner_had_it_last(channel_id: str) -> None:
    assert not leases.was_elsewhere(channel_id, HERE)  # nobody had it
    leases.take(channel_id, HERE, "http://here:8000")
    assert list(leases.expired()) == []
    leases.release(channel_id, HERE)
    assert list(leases.expired()) == [channel_id]
    assert not leases.was_elsewhere(channel_id, HERE)
    leases.take(channel_id, THERE, "http://there:8000")
    assert leases.was_elsewhere(channel_id, HERE)
    [row] = ChannelLease.objects.all_brands().all()
    assert (row.owner, row.address) == (THERE, "http://there:8000")


def test_expired_lease_is_taken_and_its_owner_learns_of_it(channel_id: str, brand: Brand) -> None:
    other = services.create_channel(brand).pk
    assert leases.take(channel_id, HERE)
    assert leases.take(other, HERE)
    expire(channel_id)
    assert leases.renew([channel_id, other], HERE) == []  # late, but nobody has taken it
    assert not leases.take(channel_id, THERE)
    expire(channel_id)
    assert leases.take(channel_id, THERE)
    assert leases.renew([channel_id, other], HERE) == [channel_id]
    assert left_s(channel_id) > 0
    leases.release(channel_id, HERE)
    assert list(leases.held_by_others(HERE)) == [channel_id]


def test_renewal_makes_no_lease(channel_id: str) -> None:
    assert leases.renew([channel_id], HERE) == [channel_id]
    assert not ChannelLease.objects.all_brands().exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_new", [True, False])
def test_one_of_several_takes_a_free_lease(is_new: bool) -> None:
    channel = services.create_channel(Brand.objects.create(slug="lease", name="Lease"))
    if not is_new:
        assert leases.take(channel.pk, "gone")
        expire(channel.pk)
    names = [f"server-{n}" for n in range(4)]
    got = together([lambda name=name: leases.take(channel.pk, name) for name in names])  # type: ignore[misc]
    assert sorted(got) == [False, False, False, True]
    owner = ChannelLease.objects.all_brands().get().owner
    assert owner == names[got.index(True)]


def test_data_folder_keeps_its_owner_name(tmp_path: Path) -> None:
    first = owner_name(tmp_path)
    assert owner_name(tmp_path) == first
    (tmp_path / "owner_name").write_text("", "utf-8")
    assert owner_name(tmp_path) not in {"", first}
    assert [path.name for path in tmp_path.iterdir()] == ["owner_name"]
