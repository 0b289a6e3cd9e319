"""Comments that buy, their decisions and other buyers at the same moment: nothing is sold twice,
and nobody waits for ever."""

from functools import partial

import pytest

from showfloor.accounts.models import Brand, Role
from showfloor.comment_buying import deciding
from showfloor.kernel.clock import utc_now
from tests.comment_buying.buying import (
    decided,
    first_variant,
    kept,
    say,
    selling,
    states,
)
from tests.conftest import make_staff
from tests.races.together import at_once
from tests.stock.helpers import broken_invariants, level
from tests.support.shows import guest, make_show

pytestmark = pytest.mark.django_db(transaction=True)


def test_deciders_and_writers_at_once_keep_each_unit_for_one_person(brand: Brand) -> None:
    by = make_staff(brand, Role.PRODUCER, "producer@race.test")
    show = selling(make_show(brand), by)
    rose = first_variant(show)
    people = [guest(brand, f"G{n}", network=f"n-{n}") for n in range(6)]
    for one in people[:3]:
        say(show, one, "ROSE 2")
    answers = at_once([
        *[partial(deciding.decide, show.pk, utc_now())] * 3,
        *[partial(say, show, one, "rose+2") for one in people[3:]],
        partial(say, show, people[0], "12"),
    ])  # fmt: skip
    assert not [one for one in answers if isinstance(one, Exception)], answers
    decided(show)
    assert sorted(states(show)) == [
        ("refused", "sold-out")] * 4 + [("reserved", "")] * 3  # fmt: skip
    assert sorted(units for _owner, units, _state in kept(show)) == [1, 2, 2]
    assert level(rose) == (5, 4)
    assert broken_invariants() == []
