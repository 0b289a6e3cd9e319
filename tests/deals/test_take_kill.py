"""`kill -9` of a process while people take a deal and it is decided: no tap that was answered is
lost or counted twice, exactly the units there are go, and each winner has the goods in the cart."""

from collections import Counter

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.checkout.models import Reservation
from showfloor.deals import services as deals
from showfloor.deals.models import DealRequest
from showfloor.shows import services as shows
from tests.deals.dealing import decide, prepared
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.support.kill_worker import Asked
from tests.support.killed import SOAK, Crowd, crowd
from tests.support.shows import make_show

UNITS_PER_KILL = 4


def batch(people: Crowd) -> list[Asked]:
    """New people, some who ask again, and now and then a decision."""
    asked = [(f"{people.chance.randrange(1 << 40):026}", "take") for _ in range(6)]
    asked += [one for one in people.chance.sample(people.open, min(3, len(people.open)))
              if one[1] == "take"]  # fmt: skip
    if people.chance.random() < 0.4:
        asked.append((f"{people.chance.randrange(1 << 40)}", "decide"))
    return list(dict.fromkeys(asked))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [2, pytest.param(200, marks=SOAK)])
def test_killed_taps_are_kept_once_and_exactly_the_units_are_sold(
    brand: Brand, producer: User, kills: int
) -> None:
    units = UNITS_PER_KILL * kills
    show = shows.start(make_show(brand), producer)
    cream = make_variant(brand, "CREAM", units + 7)
    deal = prepared(show, variant_ids=[cream.pk], units_max=units)
    deals.open_deal(show, deal.pk, None, 0, producer)
    with crowd("tests.deals.take_worker") as people:
        for _round in range(kills):
            people.until_killed(batch)
        while DealRequest.objects.all_brands().count() < units:
            assert people.ask(batch(people))
        assert people.ask(batch(people))
    promised = [f"g:{key}" for key, status in people.answers_of("take").items() if status == 200]
    decide()
    rows = list(DealRequest.objects.all_brands().values_list("owner", "state", "reservation_id"))
    assert promised
    assert set(promised) <= {owner for owner, _state, _id in rows}
    assert set(Counter(owner for owner, _state, _id in rows).values()) == {1}
    won = {owner: reservation for owner, state, reservation in rows if state == "won"}
    assert {state for _owner, state, _id in rows} <= {"won", "lost"}
    assert len(won) == units
    kept = Reservation.objects.for_brand(brand).filter(state="active")
    assert dict(kept.values_list("owner", "pk")) == won
    assert level(cream) == (units + 7, units)
    assert broken_invariants() == []
