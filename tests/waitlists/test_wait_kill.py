"""`kill -9` of a process while people join a queue, goods come in and offers lapse: no place that
was promised is lost, nobody is offered two units for one place, and no unit lies free while
somebody waits."""

import random
from pathlib import Path

import pytest

from showfloor.accounts.models import Brand
from showfloor.checkout.models import Reservation
from showfloor.waitlists import queue
from showfloor.waitlists.models import Wait
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.stock.test_hold_kill import ANSWER_WITHIN_S, Buyers, buyers

SCRIPT = Path(__file__).with_name("wait_process.py")


def batch(crowd: Buyers) -> list[tuple[str, str]]:
    """New people, some who ask again, and now and then a unit that comes in or goes on."""
    asked = [(f"{crowd.chance.randrange(1 << 40):026}", "join") for _ in range(4)]
    asked += crowd.chance.sample(crowd.open, min(3, len(crowd.open)))
    number = f"{crowd.chance.randrange(1 << 40)}"
    more = crowd.chance.choice(["restock", "lapse", "join", "restock"])
    return list(dict.fromkeys([*asked, (f"{number:0>26}", more)]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [4, pytest.param(200, marks=pytest.mark.soak)])
@pytest.mark.timeout(3600)
def test_killed_batches_lose_no_place_and_offer_no_unit_twice(brand: Brand, kills: int) -> None:
    cream = make_variant(brand, "CREAM", 0)
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    with buyers(seed, script=SCRIPT) as crowd:
        for _round in range(kills):
            while crowd.ask(batch(crowd), crowd.chance.uniform(0.0, 0.03)):
                pass  # it was answered before the moment to kill came
            crowd.kill()
        assert crowd.ask(batch(crowd), ANSWER_WITHIN_S)
        promised = {f"g:{key}" for (key, what), status in crowd.answered.items()
                    if (what, status) == ("join", 200)}  # fmt: skip
    waits = Wait.objects.for_brand(brand)
    assert promised
    assert promised <= set(waits.values_list("owner", flat=True))
    made = list(Reservation.objects.for_brand(brand).values_list("source", "state"))
    assert len({source for source, _state in made}) == len(made)
    offered = {f"wait:{pk}" for pk in waits.filter(state="offered").values_list("pk", flat=True)}
    assert offered == {source for source, state in made if state == "active"}
    assert queue.offer_returned() == 0
    on_hand, reserved = level(cream)
    assert on_hand == reserved or not waits.filter(state="waiting").exists()
    assert broken_invariants() == []
