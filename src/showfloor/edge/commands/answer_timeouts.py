"""The time by which commands are answered that have no task of their own to wait in."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

from showfloor.edge.http.direct import Answer, response_or_problem
from showfloor.edge.http.responses import Response
from showfloor.edge.ports import Told
from showfloor.timeline.commands import Outcome


class AnswerTimeouts:
    """Gives each command one answer: that of its outcome, or `late` after `within_s` seconds. One
    timer is for all: nearly every command is answered long before, and a timer for each cost ten
    times as much (measured: 1 µs). Belongs to one event loop."""

    def __init__(self, within_s: float, late: Callable[[], Response]) -> None:
        self._within_s = within_s
        self._late = late
        self._unanswered: deque[tuple[float, _Bounded]] = deque()  # in order of their ends
        self._timer: asyncio.TimerHandle | None = None

    def bound(self, response: Callable[[Outcome], Response], answer: Answer) -> Told:
        """Return the function that is told the outcome of a command, from which `response` is
        made."""
        bounded, loop = _Bounded(response, answer), asyncio.get_running_loop()
        self._forget_answered()
        self._unanswered.append((loop.time() + self._within_s, bounded))
        if self._timer is None:
            self._timer = loop.call_at(self._unanswered[0][0], self._expire)
        return bounded.told

    def _expire(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._unanswered and self._unanswered[0][0] <= loop.time():
            self._unanswered.popleft()[1].give(self._late)
        self._forget_answered()
        if self._unanswered:
            self._timer = loop.call_at(self._unanswered[0][0], self._expire)

    def _forget_answered(self) -> None:
        while self._unanswered and self._unanswered[0][1].is_answered:
            self._unanswered.popleft()


class _Bounded:
    """One answer that is given once."""

    __slots__ = ("_answer", "_response")

    def __init__(self, response: Callable[[Outcome], Response], answer: Answer) -> None:
        self._response: Callable[[Outcome], Response] | None = response
        self._answer: Answer | None = answer

    @property
    def is_answered(self) -> bool:
        return self._answer is None

    def told(self, outcome: Outcome) -> None:
        if self._response is not None:
            self.give(partial(self._response, outcome))

    def give(self, make: Callable[[], Response]) -> None:
        answer, self._answer, self._response = self._answer, None, None
        if answer is not None:
            answer(response_or_problem(make))
