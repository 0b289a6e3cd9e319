"""Bans: who they cover, for how long, and that live connections hear of them."""

from datetime import timedelta

import pytest

from showfloor.accounts import bans
from showfloor.accounts.bans import BanChange, ban, is_banned, lift_ban
from showfloor.accounts.models import Ban, Brand, User
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, NotFound

NET, OTHER_NET = "a" * 32, "b" * 32


def test_a_ban_survives_clearing_cookies(brand: Brand, other_brand: Brand) -> None:
    ban(brand.pk, "g:one", name="Troll", network=NET, by=None)
    assert is_banned(brand.pk, "g:one", OTHER_NET)
    assert is_banned(brand.pk, "g:new-cookie", NET)
    assert not is_banned(brand.pk, "g:new-cookie", OTHER_NET)
    assert not is_banned(other_brand.pk, "g:one", NET)


def test_a_network_covers_guests_only(brand: Brand) -> None:
    ban(brand.pk, "g:one", name="Troll", network=NET, by=None)
    assert not is_banned(brand.pk, "m:neighbour", NET)
    assert not is_banned(brand.pk, "u:moderator", NET)


def test_an_unknown_network_covers_nobody(brand: Brand) -> None:
    ban(brand.pk, "g:one", name="Troll", by=None)
    assert not is_banned(brand.pk, "g:two", "")


def test_a_ban_ends_by_time_and_by_hand(brand: Brand) -> None:
    ban(brand.pk, "g:old", name="Old", by=None, until=utc_now() - timedelta(seconds=1))
    assert not is_banned(brand.pk, "g:old", "")
    standing = ban(brand.pk, "g:one", name="Troll", by=None)
    lift_ban(brand.pk, standing.pk)
    assert not is_banned(brand.pk, "g:one", "")


def test_banning_twice_is_one_ban_with_the_later_end(brand: Brand, moderator: User) -> None:
    soon, later = utc_now() + timedelta(minutes=5), utc_now() + timedelta(minutes=60)
    first = ban(brand.pk, "g:one", name="Troll", by=moderator, until=later)
    second = ban(brand.pk, "g:one", name="Troll", network=NET, by=moderator, until=soon)
    assert second.pk == first.pk
    row = Ban.objects.for_brand(brand).get()
    assert (row.until, row.network) == (later, NET)


def test_staff_are_not_banned(brand: Brand) -> None:
    with pytest.raises(Invalid):
        ban(brand.pk, "u:someone", name="Mod", by=None)
    assert not Ban.objects.for_brand(brand).exists()


def test_a_rivals_ban_is_not_there_to_lift(brand: Brand, other_brand: Brand) -> None:
    standing = ban(brand.pk, "g:one", name="Troll", by=None)
    with pytest.raises(NotFound):
        lift_ban(other_brand.pk, standing.pk)
    assert is_banned(brand.pk, "g:one", "")


@pytest.mark.django_db(transaction=True)
def test_listeners_hear_of_it_when_it_is_committed(brand: Brand) -> None:
    heard: list[BanChange] = []
    unsubscribe = bans.subscribe(heard.append)
    try:
        row = ban(brand.pk, "g:one", name="Troll", network=NET, by=None)
        lift_ban(brand.pk, row.pk)
    finally:
        unsubscribe()
    assert heard == [
        BanChange(brand.pk, "g:one", NET, None),
        BanChange(brand.pk, "g:one", NET, None, lifted=True),
    ]
    assert heard[0].covers(brand.pk, "g:two", NET)
    assert not heard[0].covers(brand.pk, "m:two", NET)
    assert not heard[0].covers("another", "g:one", NET)
