"""Polls and quizzes, as they stand on the timeline."""

from typing import TypedDict

from showfloor.timeline.kinds import Delivery, EntryKind, Release


class PollChoice(TypedDict):
    position: int  # from 0; what a vote names
    text: str


class PollOpened(TypedDict):
    poll_id: str
    question: str
    options: list[PollChoice]
    choices_max: int
    is_quiz: bool
    hides_tally: bool
    closes_at: str | None


class PollTally(TypedDict):
    """All votes so far, by position. Not sent while the tally is hidden."""

    poll_id: str
    votes: list[int]
    voters: int


class PollClosed(TypedDict):
    """The result; `right`: positions of the right answers, empty for a poll."""

    poll_id: str
    votes: list[int]
    voters: int
    right: list[int]


class PollWithdrawn(TypedDict):
    poll_id: str


KINDS = (
    EntryKind(
        "poll.opened", Release.PICTURE, True, PollOpened,
        "Votes can be given from the picture at `picture_at`.",
    ),
    EntryKind(
        "poll.tally", Release.NOW, False, PollTally,
        "How the votes stand.",
        Delivery.AGGREGATED,
    ),
    EntryKind(
        "poll.closed", Release.PICTURE, True, PollClosed,
        "The result, at its picture; later votes are refused at once.",
    ),
    EntryKind(
        "poll.withdrawn", Release.NOW, True, PollWithdrawn,
        "The poll is taken back as if it had not been.",
    ),
)  # fmt: skip


class HiddenTally(TypedDict):
    """Votes of a poll whose tally is hidden from viewers."""

    poll_id: str
    votes: list[int]
    voters: int


BACKSTAGE_KINDS = (
    EntryKind("tally.hidden", Release.NOW, False, HiddenTally, "How a hidden poll stands."),
)
