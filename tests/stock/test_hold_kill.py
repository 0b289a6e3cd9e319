"""`kill -9` of a process while it holds and sells for many buyers: no answer is lost, nothing
happens twice, nothing is oversold, and a request that is sent again under its key is answered as
before."""

import pytest

from showfloor.accounts.models import Brand
from showfloor.outbox.models import IdempotencyKey
from showfloor.stock.models import Hold
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.support.kill_worker import Asked
from tests.support.killed import SOAK, Crowd, crowd

UNITS_PER_KILL = 12
ASKING = 10  # new buyers in a batch
WORKER = "tests.stock.hold_worker"


def new_batch(people: Crowd) -> list[Asked]:
    """New buyers, those who buy what they hold, and some who ask again."""
    held = [key for key, status in people.answers_of("hold").items() if status == 201]
    batch = [(f"buyer {people.chance.randrange(1 << 40)}", "hold") for _ in range(ASKING)]
    batch += [(key, "buy") for key in people.chance.sample(held, min(3, len(held)))]
    again = [*people.open, *people.answered]
    return list(dict.fromkeys(batch + people.chance.sample(again, min(4, len(again)))))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [5, *(pytest.param(n, marks=SOAK) for n in (200, 1000))])
def test_killed_batches_lose_double_and_oversell_nothing(brand: Brand, kills: int) -> None:
    units = UNITS_PER_KILL * kills
    cream = make_variant(brand, "CREAM", units)
    with crowd(WORKER) as people:
        for _round in range(kills):
            people.until_killed(new_batch)
        # Buyers who got no answer may have a unit: they ask again before the rest is sold.
        assert not people.open or people.ask(list(people.open))
        while sum(status == 201 for status in people.answers_of("hold").values()) < units:
            assert people.ask(new_batch(people))
        assert people.ask([*people.open, *people.answered])
        assert people.open == []
        check(brand, people.answered)
    sold = len(people.answers_of("buy"))
    assert level(cream) == (units - sold, units - sold)
    assert broken_invariants() == []


@pytest.mark.django_db(transaction=True)
def test_batch_that_dies_before_its_counters_leaves_nothing_behind(brand: Brand) -> None:
    make_variant(brand, "CREAM", 100)
    with crowd(WORKER, "dying") as people:
        for _time in range(2):
            people.ask(new_batch(people), 0.0)
            people.wait_for_death()
    assert broken_invariants() == []
    assert Hold.objects.for_brand(brand).count() == 0


@pytest.mark.django_db(transaction=True)
def test_batch_that_dies_before_its_counters_leaves_halves_without_a_transaction(
    brand: Brand,
) -> None:
    make_variant(brand, "CREAM", 100)
    with crowd(WORKER, "dying", "unguarded") as people:
        people.ask(new_batch(people), 0.0)
        people.wait_for_death()
    assert broken_invariants() == [
        f"CREAM: on hand 100, reserved 0, active holds {ASKING}, moved 100"
    ]


def check(brand: Brand, answered: dict[Asked, int]) -> None:
    """Each answer is stored once, and each unit that was promised is there once."""
    stored = IdempotencyKey.objects.for_brand(brand).values_list("key", "scope", "status")
    assert sorted(stored) == sorted(
        (key, f"{what} {key}", status) for (key, what), status in answered.items()
    )
    granted = {key for (key, what), status in answered.items() if (what, status) == ("hold", 201)}
    sold = {key for (key, what), status in answered.items() if (what, status) == ("buy", 201)}
    rows = Hold.objects.for_brand(brand).values_list("owner", "state")
    assert sorted(rows) == sorted((key, "claimed" if key in sold else "active") for key in granted)
