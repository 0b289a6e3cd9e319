"""Commands of people who vote, ask and react, and their results."""

from collections.abc import Mapping, Sequence
from typing import Any

from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.community.polls.commands import perform as perform_votes
from showfloor.community.polls.models import Ballot, Poll, PollOption
from showfloor.community.questions.commands import perform_question_votes as perform_wishes
from showfloor.community.questions.commands import perform_questions
from showfloor.community.questions.models import Question, QuestionVote
from showfloor.community.reactions.commands import perform as perform_reactions
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.log import Entry

type Ballots = list[tuple[str, list[int]]]


def command(
    name: str, viewer: Claims, body: Mapping[str, Any], show: Show, *, id: str = "",
    language: str = "en",
) -> Command:  # fmt: skip
    return Command(id or new_id(), name, body, viewer, show.pk, language)


def vote(show: Show, viewer: Claims, poll: Poll, *options: int) -> Outcome:
    body = {"poll_id": poll.pk, "options": list(options)}
    (outcome,) = perform_votes(show.pk, [command("vote", viewer, body, show)])
    return outcome


def votes(show: Show, poll: Poll, cast: Sequence[tuple[Claims, list[int]]]) -> list[Outcome]:
    """Send all of them in one batch."""
    return perform_votes(
        show.pk,
        [
            command("vote", viewer, {"poll_id": poll.pk, "options": options}, show)
            for viewer, options in cast
        ],
    )


def many(brand: Brand, count: int) -> list[Claims]:
    return [Claims(f"g:{number:026}", brand.pk) for number in range(count)]


def ballots(poll: Poll) -> Ballots:
    rows = Ballot.objects.all_brands().filter(poll=poll)
    return sorted(rows.values_list("voter", "options"))


def counters(poll: Poll) -> tuple[list[int], int]:
    """Votes by position, and voters."""
    options = PollOption.objects.all_brands().filter(poll=poll).order_by("position")
    voters = Poll.objects.all_brands().get(pk=poll.pk).voters
    return list(options.values_list("votes", flat=True)), voters


def counted(poll: Poll) -> tuple[list[int], int]:
    """The sums of the ballots."""
    rows = Ballot.objects.all_brands().filter(poll=poll).values_list("options", flat=True)
    places = PollOption.objects.all_brands().filter(poll=poll).count()
    return [sum(place in row for row in rows) for place in range(places)], len(rows)


def said(timeline_id: str, after: int = 0, *kinds: str) -> list[Entry]:
    """Entries after this one, of these kinds or of all."""
    entries = timeline.read(timeline_id, after)
    return [entry for entry in entries if not kinds or entry.kind in kinds]


def problem(outcome: Outcome) -> tuple[int, str, str | None]:
    """Status, code and field of a refusal."""
    assert outcome.problem is not None, outcome
    assert outcome.problem["detail"], "a problem has a sentence"
    found = outcome.problem
    return found["status"], found["code"], found.get("field")


def react(show: Show, viewer: Claims, session: str, **totals: int) -> Outcome:
    (outcome,) = reacts(show, [(viewer, session, totals)])
    return outcome


def reacts(show: Show, sent: Sequence[tuple[Claims, str, Mapping[str, int]]]) -> list[Outcome]:
    """Send all of them in one batch."""
    bodies = [(viewer, {"session": session, "totals": totals}) for viewer, session, totals in sent]
    return perform_reactions(
        show.pk, [command("reactions", viewer, body, show) for viewer, body in bodies]
    )


def ask(show: Show, viewer: Claims, text: str, *, id: str = "", **more: Any) -> Outcome:
    sent = command("question", viewer, {"text": text, **more}, show, id=id)
    (outcome,) = perform_questions(show.pk, [sent])
    return outcome


def asked(show: Show, viewer: Claims, text: str, **more: Any) -> Question:
    """A question that was accepted."""
    outcome = ask(show, viewer, text, **more)
    assert outcome.problem is None, outcome
    return Question.objects.for_brand(show.brand_id).get(pk=outcome.result["question_id"])


def wish(show: Show, viewer: Claims, question: Question, *, up: bool = True) -> Outcome:
    (outcome,) = wishes(show, [(viewer, question.pk, up)])
    return outcome


def wishes(show: Show, sent: Sequence[tuple[Claims, str, bool]]) -> list[Outcome]:
    """Send all of them in one batch."""
    return perform_wishes(
        show.pk,
        [
            command("question_vote", viewer, {"question_id": question_id, "up": up}, show)
            for viewer, question_id, up in sent
        ],
    )


def fresh(question: Question) -> Question:
    return Question.objects.all_brands().get(pk=question.pk)


def wanted_by(question: Question) -> int:
    """The number of people who voted for it or for one merged into it, counted from the rows."""
    rows = QuestionVote.objects.all_brands()
    tree = rows.filter(question=question) | rows.filter(question__merged_into=question)
    return len(set(tree.values_list("voter", flat=True)))
