"""A queue that gathers commands into batches and answers each exactly once.

Commands are gathered in a *place*: a show, or the shop of a brand. The commands of one person in a
place are done in the order they were sent, and those of one kind in the order they arrived. A batch
is one transaction of one kind in one place: all that wait when a writer is free (`Lane.PROMPT`), or
all that came within the length of a tick (`Lane.TICKED`). So a single command is written at once,
and three thousand a second cost some thirty transactions, each while those for the next one come.

The next steps of people who hold goods already (`Lane.NEXT`) have a place of their own beside that
of their brand: places take turns at the writers, so a queue of thousands who want the last item
delays nobody's payment by more than one batch.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from showfloor.edge.ports import Told
from showfloor.timeline.commands import Command, Lane, Outcome

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 1.0
HALF_MIN: Final = 64  # commands that are worth a transaction of their own while more are coming

# Performs commands of one kind (`name`) in one place, in one transaction; one outcome for each.
type PerformBatch = Callable[[str, str, Sequence[Command]], Awaitable[Sequence[Outcome]]]


@dataclass(frozen=True, slots=True)
class CommandQueueLimits:
    """`writers`: transactions at once, never two of one place. SQLite has one."""

    writers: int = 1
    batch_max: int = 512  # commands in one transaction
    waiting_max: int = 32_768  # commands that wait, of all places together
    # One place cannot fill the queue of all; ten thousand who tap at once find room.
    waiting_in_place_max: int = 12_288
    gather_s: float = 0.1  # how long the ticked lane gathers
    deadline_s: float = 10.0  # a command without an answer by then gets one


@dataclass(eq=False, slots=True)
class _Waiter:
    command: Command
    place: "_PlaceQueue"
    told: Told
    deadline: float
    is_answered: bool = False


@dataclass(eq=False, slots=True)
class _PlaceQueue:
    """The commands that wait in one place. The prompt lane is one queue; the ticked lane has one
    per kind."""

    prompt: deque[_Waiter] = field(default_factory=deque)
    ticked: dict[str, deque[_Waiter]] = field(default_factory=dict)
    due: list[str] = field(default_factory=list)  # kinds of the ticked lane that have gathered
    waiting: int = 0  # in these queues and in the batch that is being written
    is_writing: bool = False
    was_prompt: bool = False  # the last batch: the lanes take turns

    @property
    def is_ready(self) -> bool:
        return not self.is_writing and bool(self.prompt or self.due)

    def take(self, most: int) -> list[_Waiter]:
        """Return the next batch, of one kind; empty when every command has timed out."""
        from_prompt = bool(self.prompt) and not (self.was_prompt and self.due)
        self.was_prompt = from_prompt
        return self._take_prompt(most) if from_prompt else self._take_ticked(most)

    def _take_prompt(self, most: int) -> list[_Waiter]:
        """Take the command kind that has waited longest; skip senders who have an earlier command
        of another kind."""
        taken: list[_Waiter] = []
        passed: list[_Waiter] = []
        not_yet: set[str] = set()  # whose
        while self.prompt and len(taken) < most:
            waiter = self.prompt.popleft()
            if waiter.is_answered:
                continue
            command = waiter.command
            is_next = not taken or command.name == taken[0].command.name
            if is_next and command.claims.sub not in not_yet:
                taken.append(waiter)
            else:
                passed.append(waiter)
                not_yet.add(command.claims.sub)
        self.prompt.extendleft(reversed(passed))
        return taken

    def _take_ticked(self, most: int) -> list[_Waiter]:
        kind = self.due.pop(0)
        waiters = self.ticked[kind]
        taken: list[_Waiter] = []
        while waiters and len(taken) < most:
            waiter = waiters.popleft()
            if not waiter.is_answered:
                taken.append(waiter)
        if waiters:
            self.due.append(kind)
        else:
            del self.ticked[kind]
        return taken


@dataclass(eq=False, slots=True)
class _Batch:
    """Commands that are being written."""

    place_id: str
    place: _PlaceQueue
    waiters: list[_Waiter]
    task: asyncio.Task[None] | None = None


class CommandQueue:
    """`edge.ports.Commands`. Everything here belongs to one event loop."""

    def __init__(
        self,
        lanes: Mapping[str, Lane],
        perform: PerformBatch,
        limits: CommandQueueLimits | None = None,
        *,
        place_of: Callable[[Command], str] = lambda command: command.show_id,
    ) -> None:
        """`lanes`: every kind of command by its name. `place_of`: the place that a command of one
        of these kinds is gathered in."""
        self._lanes = lanes
        self._perform = perform
        self._place_of = place_of
        self._limits = limits or CommandQueueLimits()
        self._places: dict[str, _PlaceQueue] = {}
        self._ready: dict[str, None] = {}  # places with something to write, longest ready first
        self._unanswered: deque[_Waiter] = deque()  # in order of their deadlines
        self._sweep: asyncio.TimerHandle | None = None
        self._pumping: asyncio.Handle | None = None
        self._waiting = 0
        self._last_taken = 0  # commands in the last batch
        self._batches: dict[_Batch, None] = {}
        self._is_open = True
        self._idle = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Commands that have no answer yet."""
        return self._waiting

    async def submit(self, command: Command) -> Outcome:
        """Have it done; its outcome, within `deadline_s`. After `timeout` or a lost connection it
        may be done all the same: sending it again, with the same id, tells."""
        return await outcome_of(partial(self.enter, command))

    def enter(self, command: Command, told: Told) -> None:
        """Do the same for a caller that has no task of its own to wait in."""
        lane = self._lanes.get(command.name)
        if lane is None:
            told(unknown())
            return
        if not self._is_open:
            told(later("stopping", "The server is restarting."))
            return
        place_id = self._place_of(command)
        place = self._places.get(place_id)
        if self._is_full(place):
            told(later("busy", "Too much is going on at this moment."))
            return
        if place is None:
            place = self._places[place_id] = _PlaceQueue()
        waiter = self._wait(command, place, told)
        if lane is Lane.TICKED:
            self._gather(place_id, place, waiter)
        else:
            place.prompt.append(waiter)
            self._ready[place_id] = None
            if self._has_half(place):
                self._pump()
            else:
                self._pump_soon()

    async def stop(self, within_s: float = 5.0) -> None:
        """Take nothing more, write what waits, and refuse what could not be written by then."""
        self._is_open = False
        for place_id, place in self._places.items():
            place.due = [*place.due, *(kind for kind in place.ticked if kind not in place.due)]
            self._ready[place_id] = None
        self._pump()
        if self._waiting:
            self._idle.clear()
            try:
                async with asyncio.timeout(within_s):
                    await self._idle.wait()
            except TimeoutError:
                log.warning("commands_refused_at_stop count=%s", self._waiting)
        for waiter in self._unanswered:
            self._answer(waiter, later("stopping", "The server is restarting."))
        if self._sweep is not None:
            self._sweep.cancel()
        for batch in list(self._batches):
            if batch.task is not None:
                batch.task.cancel()

    def _is_full(self, place: _PlaceQueue | None) -> bool:
        return self._waiting >= self._limits.waiting_max or (
            place is not None and place.waiting >= self._limits.waiting_in_place_max
        )

    def _has_half(self, place: _PlaceQueue) -> bool:
        """Return whether as much waits as half of the last batch. People who ask again as soon as
        they are answered would else all be in one batch: nobody comes while it is written, and
        nothing is written while all of them come. In two halves, one is written while the other
        comes."""
        return len(place.prompt) >= max(HALF_MIN, self._last_taken // 2)

    def _wait(self, command: Command, place: _PlaceQueue, told: Told) -> _Waiter:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.deadline_s
        waiter = _Waiter(command, place, told, deadline)
        self._waiting += 1
        place.waiting += 1
        while self._unanswered and self._unanswered[0].is_answered:
            self._unanswered.popleft()
        self._unanswered.append(waiter)
        if self._sweep is None:
            self._sweep = loop.call_at(waiter.deadline, self._expire)
        return waiter

    def _gather(self, place_id: str, place: _PlaceQueue, waiter: _Waiter) -> None:
        kind = waiter.command.name
        waiters = place.ticked.get(kind)
        if waiters is not None:
            waiters.append(waiter)
            return
        place.ticked[kind] = deque((waiter,))
        loop = asyncio.get_running_loop()
        loop.call_later(self._limits.gather_s, self._gathered, place_id, kind)

    def _gathered(self, place_id: str, kind: str) -> None:
        place = self._places.get(place_id)
        if place is not None and kind in place.ticked and kind not in place.due:
            place.due.append(kind)
            self._ready[place_id] = None
            self._pump()

    def _pump_soon(self) -> None:
        """Start batches once the commands that have come already are here, too: the first of many
        would otherwise be a transaction of its own, which the others wait for."""
        if self._pumping is None and len(self._batches) < self._limits.writers:
            self._pumping = asyncio.get_running_loop().call_soon(self._pump_now)

    def _pump_now(self) -> None:
        self._pumping = None
        self._pump()

    def _pump(self) -> None:
        """Start a batch for each ready place while writers are free."""
        if len(self._batches) >= self._limits.writers:
            return
        for place_id in list(self._ready):
            place = self._places.get(place_id)
            if place is None or place.is_writing or place_id not in self._ready:
                continue
            del self._ready[place_id]
            waiters: list[_Waiter] = []
            while place.is_ready and not waiters:
                waiters = place.take(self._limits.batch_max)
            if waiters:
                self._begin(place_id, place, waiters)
                if len(self._batches) >= self._limits.writers:
                    return
            elif not place.waiting:
                del self._places[place_id]

    def _begin(self, place_id: str, place: _PlaceQueue, waiters: list[_Waiter]) -> None:
        place.is_writing = True
        self._last_taken = len(waiters)
        batch = _Batch(place_id, place, waiters)
        self._batches[batch] = None
        # Eager: the thread gets its work now, and not when all that has come is read.
        loop = asyncio.get_running_loop()
        batch.task = asyncio.Task(self._write(batch), loop=loop, eager_start=True)
        batch.task.add_done_callback(lambda _task: self._end(batch))

    def _end(self, batch: _Batch) -> None:
        """Let the writer and the place of a batch go on, unless they do already."""
        if batch not in self._batches:
            return
        del self._batches[batch]
        place_id, place = batch.place_id, batch.place
        place.is_writing = False
        self._ready.pop(place_id, None)
        if place.is_ready:
            self._ready[place_id] = None  # behind the others
        elif not place.waiting:
            del self._places[place_id]
        self._pump()

    async def _write(self, batch: _Batch) -> None:
        if await self._try(batch, batch.waiters):
            return
        if len(batch.waiters) > 1:
            # One of them may be at fault, and the others must not suffer for it.
            for waiter in batch.waiters:
                if not waiter.is_answered and not await self._try(batch, [waiter]):
                    self._answer(waiter, broken())
        else:
            self._answer(batch.waiters[0], broken())

    async def _try(self, batch: _Batch, waiters: list[_Waiter]) -> bool:
        name, place_id = waiters[0].command.name, batch.place_id
        try:
            outcomes = await self._perform(name, place_id, [waiter.command for waiter in waiters])
            assert len(outcomes) == len(waiters), f"{len(outcomes)} for {len(waiters)} commands"
        except Exception:  # each command gets an answer, whatever went wrong
            log.exception("commands_failed name=%s place=%s count=%s", name, place_id, len(waiters))
            return False
        if waiters is batch.waiters and self._has_half(batch.place):
            self._end(batch)  # the next half is written while this one is answered
        for waiter, outcome in zip(waiters, outcomes, strict=True):
            self._answer(waiter, outcome)
        return True

    def _expire(self) -> None:
        """Answer the commands whose time is up. A command that is being written may still be
        done."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._sweep = None
        while self._unanswered:
            waiter = self._unanswered[0]
            if not waiter.is_answered:
                if waiter.deadline > now:
                    self._sweep = loop.call_at(waiter.deadline, self._expire)
                    return
                self._answer(waiter, later("timeout", "It took too long. Send it again."))
            self._unanswered.popleft()

    def _answer(self, waiter: _Waiter, outcome: Outcome) -> None:
        if waiter.is_answered:
            return
        waiter.is_answered = True
        waiter.place.waiting -= 1
        self._waiting -= 1
        try:
            waiter.told(outcome)
        except Exception:  # one that cannot be told must not stop the answers of the others
            log.exception("command_not_answered name=%s", waiter.command.name)
        if self._waiting == 0:
            self._idle.set()


async def outcome_of(enter: Callable[[Told], None]) -> Outcome:
    """Return the outcome that is told to the function given to `enter`."""
    answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def told(outcome: Outcome) -> None:
        if not answer.done():  # cancelled when the client has left
            answer.set_result(outcome)

    enter(told)
    return await answer


def _problem(status: int, code: str, detail: str, **more: Any) -> Outcome:
    return Outcome(problem={"status": status, "code": code, "detail": detail, **more})


def unknown() -> Outcome:
    """Return the outcome of a command that there is not."""
    return _problem(422, "unknown-command", "There is no such command.", field="name")


def later(code: str, detail: str) -> Outcome:
    """Return the outcome of a command that is to be sent again."""
    return _problem(503, code, detail, retry_after_s=RETRY_AFTER_S)


def broken() -> Outcome:
    """Return the outcome of a command that met a fault of ours."""
    return _problem(500, "error", "Something broke on our side. It is safe to try again.")
