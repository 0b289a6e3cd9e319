"""`kill -9` of a process while people join a queue, goods come in and offers lapse: no place that
was promised is lost, nobody is offered two units for one place, and no unit lies free while
somebody waits."""

import pytest

from showfloor.accounts.models import Brand
from showfloor.checkout.models import Reservation
from showfloor.waitlists import queue
from showfloor.waitlists.models import Wait
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.support.kill_worker import Asked
from tests.support.killed import SOAK, Crowd, crowd


def batch(people: Crowd) -> list[Asked]:
    """New people, some who ask again, and now and then a unit that comes in or goes on."""
    asked = [(f"{people.chance.randrange(1 << 40):026}", "join") for _ in range(4)]
    asked += people.chance.sample(people.open, min(3, len(people.open)))
    number = f"{people.chance.randrange(1 << 40)}"
    more = people.chance.choice(["restock", "lapse", "join", "restock"])
    return list(dict.fromkeys([*asked, (f"{number:0>26}", more)]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=SOAK)])
def test_killed_batches_lose_no_place_and_offer_no_unit_twice(brand: Brand, kills: int) -> None:
    cream = make_variant(brand, "CREAM", 0)
    with crowd("tests.waitlists.wait_worker") as people:
        for _round in range(kills):
            people.until_killed(batch)
        assert people.ask(batch(people))
    joined = people.answers_of("join")
    promised = {f"g:{key}" for key, status in joined.items() if status == 200}
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
