"""Bans: who they cover, for how long, and that live connections hear of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from showfloor.accounts import access_changes
from showfloor.accounts.access_changes import Change
from showfloor.accounts.bans import ban, is_banned, lift_ban
from showfloor.accounts.models import AccessChange, AccessChangeKind, Ban, Brand, User
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


def test_listeners_hear_of_a_ban_when_it_is_committed(
    brand: Brand, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[Change] = []
    unsubscribe = access_changes.subscribe(heard.append)
    with django_capture_on_commit_callbacks(execute=True):
        row = ban(brand.pk, "g:one", name="Troll", network=NET, by=None)
        lift_ban(brand.pk, row.pk)
        assert heard == []
    unsubscribe()
    assert [(one.what, one.brand_id, one.subject, one.network, one.until) for one in heard] == [
        (AccessChangeKind.BAN, brand.pk, "g:one", NET, None),
        (AccessChangeKind.LIFT, brand.pk, "g:one", NET, None),
    ]
    assert access_changes.read(0) == heard  # and so it is for the other processes
    assert access_changes.read(heard[0].id) == heard[1:]


def test_a_ban_that_is_taken_back_leaves_no_change(brand: Brand) -> None:
    with transaction.atomic():
        ban(brand.pk, "g:one", name="Troll", by=None)
        transaction.set_rollback(True)
    assert access_changes.read(0) == []


def test_old_changes_are_forgotten(brand: Brand) -> None:
    for number in range(3):
        ban(brand.pk, f"g:{number}", name="Troll", by=None)
    rows = AccessChange.objects.all_brands()
    old, *kept = rows.order_by("pk")
    rows.filter(pk=old.pk).update(at=utc_now() - access_changes.KEPT - timedelta(seconds=1))
    assert access_changes.last_before(utc_now() - access_changes.KEPT) == old.pk
    assert access_changes.forget_old() == 1
    assert [change.id for change in access_changes.read(0)] == [row.pk for row in kept]
    assert access_changes.last_before(utc_now() - access_changes.KEPT) == 0
