"""People who enter giveaways and ask for samples until their process is killed (`test_draw_kill`).
Keys name a giveaway by its place, and a person: `3-17`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from showfloor.accounts.models import User
from showfloor.accounts.tokens import Claims
from showfloor.activations.commands import perform as perform_activations
from showfloor.activations.models import Activation
from showfloor.giveaways import drawing, services
from showfloor.giveaways.commands import perform as perform_entries
from showfloor.giveaways.models import Giveaway, GiveawayState
from showfloor.kernel.clock import utc_now
from showfloor.timeline.commands import Command
from tests.support.kill_worker import Asked, Batch


class Table:
    """A show with prepared giveaways and one point with samples."""

    def __init__(self) -> None:
        made = Giveaway.objects.all_brands().select_related("show__brand").order_by("pk")
        self.giveaways = list(made)
        self.show = self.giveaways[0].show
        self.samples = Activation.objects.all_brands().get()
        self.producer = User.objects.get(email="producer@example.test")

    def answer(self, batch: Batch) -> list[Any]:
        """Return what each was told: an entry's number and seal; *refused*; otherwise *done*."""
        told = dict[Asked, Any]()
        for key, what in batch:
            if what == "open":
                told[key, what] = self.open(self._giveaway(key))
        keys = [key for key, what in batch if what == "enter"]
        outcomes = perform_entries(self.show.pk, [self._entry(key) for key in keys])
        for key, one in zip(keys, outcomes, strict=True):
            proof = [one.result.get("number"), one.result.get("seal")]
            told[key, "enter"] = proof if one.problem is None else "refused"
        keys = [key for key, what in batch if what == "sample"]
        outcomes = perform_activations(self.show.pk, [self._sample(key) for key in keys])
        for key, one in zip(keys, outcomes, strict=True):
            told[key, "sample"] = "done" if one.problem is None else "refused"
        for key, what in batch:
            if what == "draw":
                told[key, what] = self.draw(self._giveaway(key))
        return [told[one] for one in batch]

    def open(self, giveaway: Giveaway) -> str:
        if self._state(giveaway) == GiveawayState.DRAFT:
            services.open_giveaway(self.show, giveaway.pk, 3600, None, self.producer)
        return "done"

    def draw(self, giveaway: Giveaway) -> str:
        if self._state(giveaway) == GiveawayState.OPEN:
            services.close(self.show, giveaway.pk, None, self.producer)
        drawing.draw_due(utc_now() + timedelta(days=1))
        return "done"

    @staticmethod
    def _state(giveaway: Giveaway) -> str:
        return Giveaway.objects.all_brands().values_list("state", flat=True).get(pk=giveaway.pk)

    def _giveaway(self, key: str) -> Giveaway:
        return self.giveaways[int(key.partition("-")[0])]

    def _entry(self, key: str) -> Command:
        return self._command("enter_giveaway", key, giveaway_id=self._giveaway(key).pk,
                             accepts_terms=True)  # fmt: skip

    def _sample(self, key: str) -> Command:
        values = {"name": "Ana", "address": "Rue 1\n75001 Paris"}
        return self._command(
            "take_part", key, activation_id=self.samples.pk, agrees=True, values=values
        )

    def _command(self, name: str, key: str, **body: Any) -> Command:
        claims = Claims(person(key), self.show.brand_id, "P", (), f"net-{key}")
        return Command(key, name, body, claims, self.show.pk, "en")


def person(key: str) -> str:
    """Return the `sub` of the guest with this key."""
    place, number = map(int, key.split("-"))
    return f"g:{place:013}{number:013}"


def begin() -> Callable[[Batch], list[Any]]:
    return Table().answer
