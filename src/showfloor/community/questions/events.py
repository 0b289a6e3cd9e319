"""Questions to the people on camera, as they stand on the timeline."""

from typing import NotRequired, TypedDict

from showfloor.community.authors import Author
from showfloor.timeline.kinds import Delivery, EntryKind, Release


class QuestionAsked(TypedDict):
    """After a removal only `question_id` is left."""

    question_id: str
    author: NotRequired[Author]
    text: NotRequired[str]
    product_id: NotRequired[str | None]
    client_id: NotRequired[str]


class QuestionVotes(TypedDict):
    """The numbers of votes of the questions that were voted for in this tick, by id: absolute
    numbers."""

    votes: dict[str, int]


class WrittenAnswer(TypedDict):
    text: str
    name: str  # of the person who answered


class QuestionChanged(TypedDict):
    """The state of a question. `answered_at`: the time of the picture, when it was answered on
    air."""

    question_id: str
    state: str  # open, picked, answered, dismissed, merged, removed
    votes: int
    merged_into: str | None
    answering: str | None  # the name of the person who is writing an answer
    answered_at: str | None
    answer: WrittenAnswer | None  # in writing, for everyone


KINDS = (
    EntryKind(
        "question.asked", Release.PICTURE, True, QuestionAsked,
        "Someone asked the people on camera something.",
    ),
    EntryKind(
        "question.votes", Release.NOW, True, QuestionVotes,
        "How many want to know, of the questions whose number has changed.",
        Delivery.AGGREGATED,
    ),
    EntryKind(
        "question.changed", Release.NOW, True, QuestionChanged,
        "A question was picked, answered, dismissed, merged, removed or opened again.",
    ),
)  # fmt: skip


class QuestionNews(TypedDict):
    """News for everyone who asked this: picked, answered (where, or the text), merged,
    dismissed."""

    question_id: str
    text: str
    state: str
    answered_at: str | None
    answer: str | None
    merged_into: str | None


PRIVATE_KINDS = (
    EntryKind("question.news", Release.NOW, False, QuestionNews, "What became of your question."),
)
