"""Any sequence of votes and merges: every question counts each person once, by the rows and by a
simple model."""

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
from showfloor.community.questions import services
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.ids import new_id
from tests.community.interacting import asked, fresh, many, said, wanted_by, wishes
from tests.conftest import make_staff
from tests.support.shows import make_show

PEOPLE, QUESTIONS = 4, 5
numbers = st.integers(0, QUESTIONS - 1)
one_wish = st.tuples(st.integers(0, PEOPLE - 1), numbers, st.booleans())
TEXTS = ("About lips?", "For which eyes?", "Sensitive skin?", "Dry hair?", "Long nails?")


class Queue(RuleBasedStateMachine):
    """A model of the votes and merges, kept beside the code under test."""

    @initialize()
    def open(self) -> None:
        self.brand = Brand.objects.create(slug=f"maison-{new_id()}", name="Maison")
        self.producer = make_staff(self.brand, Role.PRODUCER, f"{self.brand.pk}@example.test")
        self.show = make_show(self.brand, products=0)
        self.people = many(self.brand, PEOPLE)
        authors = [
            type(one)(f"g:{n:026}", self.brand.pk, f"Author {n}")
            for n, one in enumerate([self.people[0]] * QUESTIONS, 100)
        ]
        self.questions = [
            asked(self.show, author, text) for author, text in zip(authors, TEXTS, strict=True)
        ]
        self.votes = [{author.sub} for author in authors]
        self.root = list(range(QUESTIONS))
        self.is_gone = [False] * QUESTIONS

    @rule(batch=st.lists(one_wish, min_size=1, max_size=6))
    def vote(self, batch: list[tuple[int, int, bool]]) -> None:
        answers = wishes(
            self.show, [(self.people[who], self.questions[n].pk, up) for who, n, up in batch]
        )
        assert [one.problem is None for one in answers] == [
            not self.is_gone[n] for _who, n, _up in batch
        ]
        # The last of one person's votes for a question in a batch counts: what they took back
        # and wished again stays where it was.
        last = {(who, self.root[n]): up for who, n, up in batch if not self.is_gone[n]}
        for (who, root), up in last.items():
            sub = self.people[who].sub
            tree = [m for m in range(QUESTIONS) if self.root[m] == root]
            if not up:
                for m in tree:
                    self.votes[m].discard(sub)
            elif not any(sub in self.votes[m] for m in tree):
                self.votes[root].add(sub)

    @rule(n=numbers, into=numbers)
    def merge(self, n: int, into: int) -> None:
        if self.attempt(services.merge, n, self.questions[into].pk):
            root = self.root[into]
            self.root = [root if one == n else one for one in self.root]

    @rule(n=numbers)
    def reopen(self, n: int) -> None:
        if self.attempt(services.reopen, n):
            self.root[n] = n

    @rule(n=numbers, chance=st.integers(0, 5))
    def remove(self, n: int, chance: int) -> None:
        if chance == 0 and not self.is_gone[n]:
            assert self.attempt(services.remove, n)
            self.is_gone[n] = True
            self.root = [m if one == n else one for m, one in enumerate(self.root)]
            self.root[n] = n

    @invariant()
    def the_count_is_right(self) -> None:
        if not hasattr(self, "questions"):
            return
        for n, question in enumerate(self.questions):
            row, root = fresh(question), self.root[n]
            assert row.merged_into_id == (None if root == n else self.questions[root].pk)
            if root == n and not self.is_gone[n]:
                tree = (self.votes[m] for m in range(QUESTIONS) if self.root[m] == n)
                assert row.votes == wanted_by(row) == len(set().union(*tree))

    @invariant()
    def it_was_told(self) -> None:
        if not hasattr(self, "questions"):
            return
        told: dict[str, int] = {}
        for entry in said(self.show.timeline_id):
            if entry.kind == "question.votes":
                told.update(entry.body["votes"])
            elif entry.kind == "question.changed":
                told[entry.body["question_id"]] = entry.body["votes"]
        for n, question in enumerate(self.questions):
            if self.root[n] == n and not self.is_gone[n]:
                assert told.get(question.pk, 1) == fresh(question).votes

    def attempt(self, verb: object, n: int, *args: str) -> bool:
        """Return whether the verb did it; a refusal is an outcome, anything else a failure."""
        assert callable(verb)
        try:
            verb(self.show, self.questions[n].pk, *args, self.producer)
        except ShowfloorError:
            return False
        return True


class AnySequence(TransactionTestCase):
    def test_any_sequence_of_votes_and_merges_counts_each_person_once(self) -> None:
        run_state_machine_as_test(
            Queue, settings=settings(max_examples=20, stateful_step_count=15, deadline=None)
        )
