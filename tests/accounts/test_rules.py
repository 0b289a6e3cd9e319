"""`Bans.covers`: the one rule that says whom a ban keeps out."""

from datetime import timedelta

import pytest

from showfloor.accounts.rules import Bans, named_by_bans
from showfloor.accounts.subjects import Subject
from showfloor.kernel.clock import utc_now

NOW = utc_now()
SOON, BEFORE = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)
NET, OTHER_NET = "a" * 32, "b" * 32
TROLL = Subject.guest("troll")


@pytest.mark.parametrize(
    ("person", "network", "covered"),
    [
        (TROLL, NET, True),
        (TROLL, OTHER_NET, True),
        (TROLL, "", True),
        (Subject.guest("new-cookie"), NET, True),
        (Subject.guest("neighbour"), OTHER_NET, False),
        (Subject.guest("neighbour"), "", False),
        (Subject.member("neighbour"), NET, False),
        (Subject.staff("neighbour"), NET, False),
        (Subject.member("troll"), NET, False),
    ],
)
def test_ban_of_a_guest_covers_the_guests_of_the_network(
    person: Subject, network: str, covered: bool
) -> None:
    assert Bans([(str(TROLL), NET, None)]).covers(person, network, NOW) == covered


def test_ban_of_a_member_covers_the_member_only() -> None:
    bans = Bans([("m:troll", "", None)])
    assert bans.covers(Subject.member("troll"), NET, NOW)
    assert not bans.covers(Subject.guest("troll"), "", NOW)


def test_ban_without_a_network_does_not_cover_a_guest_without_one() -> None:
    assert not Bans([(str(TROLL), "", None)]).covers(Subject.guest("other"), "", NOW)


def test_staff_are_never_covered() -> None:
    bans = Bans([("u:someone", NET, None)])
    assert not bans.covers(Subject.staff("someone"), NET, NOW)
    assert named_by_bans(Subject.staff("someone"), NET) == ("", "")


def test_ban_covers_until_its_end() -> None:
    assert Bans([(str(TROLL), NET, SOON)]).covers(TROLL, NET, NOW)
    assert not Bans([(str(TROLL), NET, SOON)]).covers(TROLL, NET, SOON)
    assert not Bans([(str(TROLL), NET, BEFORE)]).covers(TROLL, NET, NOW)


@pytest.mark.parametrize("ends", [(SOON, BEFORE), (BEFORE, SOON), (BEFORE, None), (None, BEFORE)])
def test_later_end_counts_when_two_bans_name_the_same(ends: tuple[object, ...]) -> None:
    rows = [(str(TROLL), NET, end) for end in ends]
    assert Bans(rows).covers(Subject.guest("new-cookie"), NET, NOW)  # type: ignore[arg-type]
