"""`kill -9` of a process while giveaways are entered and drawn, and samples asked for: what an
entrant was told stands in the list, each draw is recomputed from its record, nobody wins twice, and
exactly the samples there are go to one person each."""

from collections import Counter

import pytest

from showfloor.accounts.models import User
from showfloor.activations import services as activations
from showfloor.activations.models import Activation, ActivationAnswer
from showfloor.activations.rules import ActivationDraft
from showfloor.giveaways import verify_draw
from showfloor.giveaways.models import DrawEntry, Giveaway, Prize
from showfloor.shows.models import Show
from tests.giveaways.draw_worker import person
from tests.giveaways.drawing import prepared, record
from tests.support.kill_worker import Asked
from tests.support.killed import SOAK, Crowd, crowd

WORKER = "tests.giveaways.draw_worker"
KILLS_PER_DRAW = 5
SAMPLES_PER_KILL = 2


class Entrants:
    """The batches: new people, and some of the same giveaway again."""

    def __init__(self) -> None:
        self.place = self.people = 0

    def batch(self, people: Crowd) -> list[Asked]:
        asked: list[Asked] = [(f"{self.place}-0", "open")]
        for _person in range(4):
            self.people += 1
            key = f"{self.place}-{self.people}"
            asked += [(key, "enter"), (key, "sample")]
        known = [*people.open, *people.answered]
        again = [(key, what) for key, what in known
                 if what == "enter" and key.startswith(f"{self.place}-")]  # fmt: skip
        if (f"{self.place}-0", "draw") in known:
            again = []  # people are refused who were taken before
        return list(dict.fromkeys(asked + people.chance.sample(again, min(3, len(again)))))

    def draw(self, people: Crowd) -> list[Asked]:
        """The entries, and the draw. People who come later are refused."""
        return [*self.batch(people), (f"{self.place}-0", "draw")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=SOAK)])
def test_killed_draw_keeps_every_entry_and_nobody_wins_twice(
    show: Show, producer: User, kills: int
) -> None:
    for _draw in range(kills // KILLS_PER_DRAW + 1):
        prepared(show, winners=2, substitutes=1)
    stock = SAMPLES_PER_KILL * kills
    draft = ActivationDraft("sample", "A sample", payload={"stock": stock})
    point = activations.open_activation(show, activations.create(show, draft).pk, None, producer)
    entrants = Entrants()
    with crowd(WORKER) as people:
        for kill in range(1, kills + 1):
            if kill % KILLS_PER_DRAW:
                people.until_killed(entrants.batch)
            else:
                people.until_killed(entrants.draw)
                key = f"{entrants.place}-0"
                assert people.ask([(key, "open"), (key, "draw")])
                entrants.place += 1
        while Activation.objects.all_brands().get().taken < stock:
            assert people.ask(entrants.batch(people))
        assert people.ask(entrants.draw(people))
    check_entries(people)
    for one in Giveaway.objects.all_brands():
        prizes = Prize.objects.all_brands().filter(giveaway=one)
        assert (one.state, verify_draw.check(record(one))) == ("drawn", [])
        assert one.entries == DrawEntry.objects.all_brands().filter(giveaway=one).count()
        drawn = min(3, one.entries)  # none, where each batch of entries was killed
        assert len(set(prizes.values_list("entry_id", flat=True))) == prizes.count() == drawn
        assert prizes.filter(state="offered").count() == min(2, drawn)
    taken = Counter(ActivationAnswer.objects.all_brands().values_list("person", flat=True))
    served = {person(key) for key, told in people.answers_of("sample").items() if told == "done"}
    assert served
    assert served <= taken.keys()
    assert (set(taken.values()), taken.total()) == ({1}, stock)
    point.refresh_from_db()
    assert point.taken == stock


def check_entries(people: Crowd) -> None:
    """Each entry that was acknowledged is in the list, with the number and seal that were told."""
    told = {key: answer for key, answer in people.answers_of("enter").items()
            if answer != "refused"}  # fmt: skip
    ids = list(Giveaway.objects.all_brands().order_by("pk").values_list("pk", flat=True))
    stored = {(one.giveaway_id, one.owner): [one.number, one.seal]
              for one in DrawEntry.objects.all_brands()}  # fmt: skip
    assert told
    for key, answer in told.items():
        assert stored[ids[int(key.partition("-")[0])], person(key)] == answer
