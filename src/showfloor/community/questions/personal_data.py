"""Columns of questions with personal data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.community.questions.models import Question, QuestionVote
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the questions of this person, and those they want answered, too."""
    asked = Question.objects.for_brand(brand_id).filter(author=subject)
    votes = QuestionVote.objects.for_brand(brand_id).filter(voter=subject)
    return {
        "questions": row_values(
            asked, show="show__slug", asked_at="asked_at", name="author_name", text="text",
            state="state", answer="answer", answered_at="answered_at",
        ),
        "question_votes": row_values(votes, show="question__show__slug", question="question"),
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "community.Question",
        (
            "author", "author_name", "author_role", "network", "address", "client_id", "text",
            "text_hash", "answering", "answer", "answered_by",
        ),
        "questions to the people on camera, and their answers", "until the show is deleted",
        "words, name, author, network and address are emptied",
    ),
    PersonalColumns(
        "community.QuestionVote", ("voter",),
        "one vote for each person", "until the show is deleted",
        "the vote counts on, for an id that nobody has",
    ),
)  # fmt: skip
