"""Any sequence of votes in batches of any size: the counters are the sums of the ballots, and the
ballots are those of a simple model."""

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

from showfloor.accounts.models import Brand, Role
from showfloor.community.polls import services
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.kernel.ids import new_id
from tests.community.interacting import ballots, counted, counters, many, said, votes
from tests.conftest import make_staff
from tests.support.shows import make_show

PEOPLE, OPTIONS, CHOICES_MAX = 5, 4, 2
# Positions that are not there and too many of them come, too: those are refused.
one_vote = st.tuples(st.integers(0, PEOPLE - 1), st.lists(st.integers(-1, OPTIONS), max_size=3))


class PollingStation(RuleBasedStateMachine):
    """Ballots by person, kept beside the code under test."""

    @initialize(hides_tally=st.booleans())
    def open(self, hides_tally: bool) -> None:
        self.brand = Brand.objects.create(slug=f"maison-{new_id()}", name="Maison")
        self.producer = make_staff(self.brand, Role.PRODUCER, f"{self.brand.pk}@example.test")
        self.show = make_show(self.brand, products=0)
        self.people = many(self.brand, PEOPLE)
        draft = PollDraft(
            "Which?", [OptionDraft(str(n)) for n in range(OPTIONS)], CHOICES_MAX,
            hides_tally=hides_tally,
        )  # fmt: skip
        made = services.create(self.show, draft)
        self.poll = services.open_poll(self.show, made.pk, None, None, self.producer)
        self.model: dict[str, list[int]] = {}
        self.is_open = True

    @rule(batch=st.lists(one_vote, min_size=1, max_size=8))
    def vote(self, batch: list[tuple[int, list[int]]]) -> None:
        cast = [(self.people[person], options) for person, options in batch]
        answers = votes(self.show, self.poll, cast)
        for (viewer, options), answer in zip(cast, answers, strict=True):
            good = (
                self.is_open
                and len(set(options)) == len(options) <= CHOICES_MAX
                and all(0 <= one < OPTIONS for one in options)
            )
            assert (answer.problem is None) == good
            if good:
                self.model[viewer.sub] = sorted(options)

    @rule(chance=st.integers(0, 9))
    def close(self, chance: int) -> None:
        if chance == 0:
            services.close(self.show, self.poll.pk, None, self.producer)
            self.is_open = False

    @invariant()
    def the_count_is_right(self) -> None:
        if not hasattr(self, "poll"):
            return
        cast = sorted((voter, options) for voter, options in self.model.items() if options)
        assert ballots(self.poll) == cast
        assert counters(self.poll) == counted(self.poll)
        public = said(self.show.timeline_id, 0, "poll.tally", "poll.closed")
        told = public + said(self.show.backstage_id, 0, "tally.hidden")
        if told:
            body = told[-1].body if self.is_open else public[-1].body
            assert (body["votes"], body["voters"]) == counters(self.poll)


class AnySequence(TransactionTestCase):
    def test_any_sequence_of_votes_is_counted_right(self) -> None:
        run_state_machine_as_test(
            PollingStation,
            settings=settings(max_examples=20, stateful_step_count=15, deadline=None),
        )
