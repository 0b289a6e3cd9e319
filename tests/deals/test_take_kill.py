"""`kill -9` of a process while people take a deal and it is decided: no tap that was answered is
lost or counted twice, exactly the units there are go, and each winner has the goods in the cart."""

import random
from collections import Counter
from pathlib import Path

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.checkout.models import Reservation
from showfloor.deals import services as deals
from showfloor.deals.models import DealRequest
from showfloor.shows import services as shows
from tests.deals.dealing import decide, prepared
from tests.stock.helpers import broken_invariants, level, make_variant
from tests.stock.test_hold_kill import ANSWER_WITHIN_S, Buyers, buyers
from tests.support.shows import make_show

SCRIPT = Path(__file__).with_name("take_process.py")
UNITS_PER_KILL = 4


def batch(crowd: Buyers) -> list[tuple[str, str]]:
    """New people, some who ask again, and now and then a decision."""
    asked = [(f"{crowd.chance.randrange(1 << 40):026}", "take") for _ in range(6)]
    asked += [one for one in crowd.chance.sample(crowd.open, min(3, len(crowd.open)))
              if one[1] == "take"]  # fmt: skip
    if crowd.chance.random() < 0.4:
        asked.append((f"{crowd.chance.randrange(1 << 40)}", "decide"))
    return list(dict.fromkeys(asked))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [2, pytest.param(200, marks=pytest.mark.soak)])
@pytest.mark.timeout(3600)
def test_killed_taps_are_kept_once_and_exactly_the_units_are_sold(
    brand: Brand, producer: User, kills: int
) -> None:
    units = UNITS_PER_KILL * kills
    show = shows.start(make_show(brand), producer)
    cream = make_variant(brand, "CREAM", units + 7)
    deal = prepared(show, variant_ids=[cream.pk], units_max=units)
    deals.open_deal(show, deal.pk, None, 0, producer)
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    with buyers(seed, script=SCRIPT) as crowd:
        for _round in range(kills):
            while crowd.ask(batch(crowd), crowd.chance.uniform(0.0, 0.03)):
                pass  # it was answered before the moment to kill came
            crowd.kill()
        while DealRequest.objects.all_brands().count() < units:
            assert crowd.ask(batch(crowd), ANSWER_WITHIN_S)
        assert crowd.ask(batch(crowd), ANSWER_WITHIN_S)
    promised = [f"g:{key}" for (key, what), status in crowd.answered.items()
                if (what, status) == ("take", 200)]  # fmt: skip
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
