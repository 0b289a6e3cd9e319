"""The counters are the sum of the holds after any sequence of verbs of buyers and staff."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.test import TransactionTestCase
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import ShowfloorError
from showfloor.stock import locations, services
from showfloor.stock.models import Hold, HoldState, Location, MovementReason, Stock
from tests.stock.helpers import NOW, broken_invariants, make_variant

ON_HAND = 6
buyers = st.sampled_from(["anna", "bert", "cleo"])
# Lines repeat variants on purpose: a bundle and its part, two lines of one shade.
carts = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=4)


class Warehouse(RuleBasedStateMachine):
    """Sold units are counted beside the code under test; nothing may appear or vanish."""

    @initialize()
    def open(self) -> None:
        Hold.objects.all_brands().delete()
        Brand.objects.all().delete()
        self.brand = Brand.objects.create(slug="maison", name="Maison")
        self.variants = [make_variant(self.brand, f"V{n}", ON_HAND) for n in range(3)]
        self.on_hand = [ON_HAND] * 3
        main = locations.main_location(self.brand.pk)
        depot = Location.objects.all_brands().create(brand=self.brand, name="Depot")
        self.places = [main.pk, depot.pk]
        self.now = NOW

    def lines(self, cart: list[tuple[int, int]]) -> list[tuple[str, int]]:
        return [(self.variants[index].pk, quantity) for index, quantity in cart]

    @rule(buyer=buyers, cart=carts)
    def hold(self, buyer: str, cart: list[tuple[int, int]]) -> None:
        self.attempt(
            services.hold, self.brand.pk, buyer, self.lines(cart), self.now, timedelta(minutes=10)
        )

    @rule(buyer=buyers, cart=carts)
    def claim(self, buyer: str, cart: list[tuple[int, int]]) -> None:
        if self.attempt(services.claim, self.brand.pk, buyer, self.lines(cart), self.now):
            for index, quantity in cart:
                self.on_hand[index] -= quantity

    @rule(buyer=buyers)
    def release(self, buyer: str) -> None:
        services.release(self.brand.pk, buyer)

    @rule(minutes=st.integers(1, 12))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        services.expire_due(self.now)

    @rule(index=st.integers(0, 2), on_hand=st.integers(0, 9))
    def count(self, index: int, on_hand: int) -> None:
        if self.attempt(services.set_level, self.brand.pk, self.variants[index].pk, on_hand):
            self.on_hand[index] = on_hand

    @rule(index=st.integers(0, 2), place=st.integers(0, 1), units=st.integers(1, 5))
    def transfer(self, index: int, place: int, units: int) -> None:
        self.attempt(
            partial(locations.transfer, source=self.places[place], target=self.places[1 - place]),
            self.brand.pk, self.variants[index].pk, units, cause=locations.moved(),
        )  # fmt: skip

    @rule(index=st.integers(0, 2), place=st.integers(0, 1), change=st.integers(-4, 4))
    def move_at(self, index: int, place: int, change: int) -> None:
        done = self.attempt(
            locations.move_at, self.brand.pk, self.variants[index].pk, change,
            services.Cause(MovementReason.CORRECTION), self.places[place],
        )  # fmt: skip
        if done:
            self.on_hand[index] += change

    @rule(buyer=buyers)
    def cancel(self, buyer: str) -> None:
        bought = Hold.objects.for_brand(self.brand).filter(owner=buyer, state=HoldState.CLAIMED)
        back = [(row.stock.variant_id, row.quantity) for row in bought.select_related("stock")]
        services.put_back(self.brand.pk, buyer)
        for variant_id, quantity in back:
            self.on_hand[[one.pk for one in self.variants].index(variant_id)] += quantity

    @invariant()
    def books_are_right(self) -> None:
        if not hasattr(self, "brand"):
            return
        assert broken_invariants() == []
        rows = Stock.objects.for_brand(self.brand).order_by("variant__sku")
        assert [row.on_hand for row in rows] == self.on_hand
        assert not Hold.objects.for_brand(self.brand).filter(
            state=HoldState.ACTIVE, quantity=0
        ).exists()  # fmt: skip

    def attempt(self, verb: Any, *args: Any, **named: Any) -> bool:
        """Return whether the verb did it; a refusal is an outcome, anything else a failure."""
        try:
            verb(*args, **named)
        except ShowfloorError:
            return False
        return True


class AnySequence(TransactionTestCase):
    def test_any_sequence_of_verbs_keeps_the_invariant(self) -> None:
        run_state_machine_as_test(
            Warehouse,
            settings=settings(max_examples=25, stateful_step_count=25, deadline=None),
        )
