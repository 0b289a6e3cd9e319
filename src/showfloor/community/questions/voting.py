"""Votes for questions. A vote for a merged question counts for the one that it was merged into; one
person counts once, whichever of them they voted for.

Locks: the show (so that nothing is merged meanwhile), then its timeline.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched

from django.db.models import F
from django.utils.translation import gettext as _

from showfloor.accounts import network_quota
from showfloor.community import command_batches
from showfloor.community.admission import admission_for, no_such_show
from showfloor.community.questions import queries, rules
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound
from showfloor.kernel.ids import is_id
from showfloor.shows.models import Show
from showfloor.timeline import queries as log
from showfloor.timeline import services as timeline
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.log import NewEntry

IN_ENTRY = 300  # questions told of in one entry: it has a size


@dataclass(frozen=True, slots=True)
class VoteRequest:
    """A person wants to know, too (`up`), or not any more."""

    question_id: str
    up: bool


@dataclass
class _Trees:
    """The questions of a batch: the root that each counts for, and the votes in each tree."""

    roots: dict[str, Question] = field(default_factory=dict)  # by the id that was named
    root_of: dict[str, str] = field(default_factory=dict)  # of everything merged, and of itself
    votes: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # (root, voter) → rows


@timeline.verb
def vote(
    show_id: str, commands: Sequence[Command], requests: Sequence[VoteRequest | Outcome]
) -> list[Outcome]:
    """Count a batch. Of one person's votes for a question the last one counts, and voting the same
    again changes nothing. Each outcome has the number of `votes` that the question has now."""
    now = utc_now()
    with timeline.write():
        admission = admission_for(show_id, commands, now, lock=True)
        if admission is None:
            return no_such_show(commands)
        show = admission.show
        trees = _trees(show, [one.question_id for one in requests if isinstance(one, VoteRequest)])

        def check(command: Command, request: VoteRequest) -> tuple[str, str, bool]:
            admission.admit(command.claims)
            root = trees.roots.get(request.question_id)
            if root is None or not _is_there(root, command.claims.sub):
                raise NotFound(_("There is no such question."), field="question_id")
            if root.state not in {*rules.VOTABLE, QuestionState.SHADOWED}:
                raise Conflict(_("The question is settled."), code="question-closed")
            network_quota.check_vote(command.claims, root.pk)
            return root.pk, command.claims.sub, request.up

        checked = command_batches.each(commands, requests, show.brand.language, check)
        wanted = {one[:2]: one[2] for one in checked if not isinstance(one, Outcome)}
        _find_votes(trees, {voter for _root, voter in wanted})
        changed = _write_votes(trees, wanted)
        counts = _counts(show, {root for root, _voter in wanted})
        public = {root.pk for root in trees.roots.values() if root.seq is not None}
        shown = changed & public
        seqs = _write_counts(show, {root: counts[root] for root in shown})
        # A count of a shadowed question looks told to its author.
        seqs |= dict.fromkeys(changed - shown, log.head(show.timeline_id).seq)
    return [
        one
        if isinstance(one, Outcome)
        else Outcome(seq=seqs.get(one[0]), result={"votes": counts[one[0]]})
        for one in checked
    ]


def _is_there(root: Question, voter: str) -> bool:
    """Return whether this voter sees the question: everyone does, or it is shadowed and their
    own."""
    if root.state == QuestionState.SHADOWED:
        return root.author == voter
    return root.state in rules.ON_TIMELINE and root.seq is not None


def _trees(show: Show, named: Iterable[str]) -> _Trees:
    trees = _Trees()
    # PostgreSQL takes not every text, and one vote's must not spoil the others of its batch.
    ids = sorted({one for one in named if is_id(one)})
    rows = queries.of_show(show).select_related("merged_into")
    for part in command_batches.chunks(ids):
        for question in rows.filter(pk__in=part):
            trees.roots[question.pk] = question.merged_into or question
    root_ids = sorted({root.pk for root in trees.roots.values()})
    trees.root_of = {root_id: root_id for root_id in root_ids}
    for part in command_batches.chunks(root_ids):
        merged = queries.of_show(show).filter(merged_into__in=part)
        trees.root_of.update(merged.values_list("pk", "merged_into_id"))
    return trees


def _find_votes(trees: _Trees, voters: set[str]) -> None:
    rows = QuestionVote.objects.all_brands()
    for questions in command_batches.chunks(trees.root_of):
        for people in command_batches.chunks(sorted(voters)):
            found = rows.filter(question__in=questions, voter__in=people)
            for pk, question_id, voter in found.values_list("pk", "question_id", "voter"):
                key = (trees.root_of[question_id], voter)
                trees.votes.setdefault(key, []).append(pk)


def _write_votes(trees: _Trees, wanted: Mapping[tuple[str, str], bool]) -> set[str]:
    """Write the rows and move the counters by as many people; return the questions whose counter
    has moved."""
    new: list[QuestionVote] = []
    gone: list[str] = []
    moved: dict[str, int] = {}
    for (root_id, voter), up in wanted.items():
        rows = trees.votes.get((root_id, voter), [])
        if up and not rows:
            new.append(QuestionVote(question_id=root_id, voter=voter))
            moved[root_id] = moved.get(root_id, 0) + 1
        elif rows and not up:
            gone += rows
            moved[root_id] = moved.get(root_id, 0) - 1
    QuestionVote.objects.all_brands().bulk_create(new, batch_size=command_batches.IN_QUERY)
    for part in command_batches.chunks(gone):
        QuestionVote.objects.all_brands().filter(pk__in=part).delete()
    by_difference: dict[int, list[str]] = {}
    for root_id, difference in moved.items():
        if difference:
            by_difference.setdefault(difference, []).append(root_id)
    for difference, root_ids in by_difference.items():
        for part in command_batches.chunks(root_ids):
            questions = Question.objects.all_brands().filter(pk__in=part)
            questions.update(votes=F("votes") + difference)
    return {root_id for root_ids in by_difference.values() for root_id in root_ids}


def _counts(show: Show, root_ids: set[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in command_batches.chunks(sorted(root_ids)):
        counts.update(queries.of_show(show).filter(pk__in=part).values_list("pk", "votes"))
    return counts


def _write_counts(show: Show, counts: Mapping[str, int]) -> dict[str, int]:
    """Tell the numbers that have changed; return the `seq` of the entry by question id."""
    seqs: dict[str, int] = {}
    entries = [
        NewEntry("question.votes", {"votes": dict(part)})
        for part in batched(sorted(counts.items()), IN_ENTRY)
    ]
    if entries:
        for entry in timeline.append(show.timeline_id, entries):
            seqs.update(dict.fromkeys(entry.body["votes"], entry.seq))
    return seqs
