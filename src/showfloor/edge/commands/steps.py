"""Commands of several steps: what is asked of others between two transactions is asked here, in
threads that hold no connection to the database.

The steps before and after are batches of the queue like all others. So many payments are stored in
one transaction, their providers are asked at the same time, and a slow one delays nobody else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any, Final

from showfloor.edge.commands.queue import broken, later, outcome_of, unknown
from showfloor.edge.ports import Commands, Told
from showfloor.timeline.commands import Command, Outcome, Step

log = logging.getLogger(__name__)

ASKING_MAX: Final = 512  # commands between two steps

# Calls a function in a thread, and returns its result.
type AskIn = Callable[[Callable[[], Any]], Awaitable[Any]]


class SteppedCommands:
    """`edge.ports.SteppedCommands` over a queue. `inner`: the names of steps that nobody sends."""

    def __init__(self, queue: Commands, inner: Collection[str], ask_in: AskIn) -> None:
        self._queue = queue
        self._inner = frozenset(inner)
        self._ask_in = ask_in
        self._going_on: set[asyncio.Task[Outcome]] = set()

    async def submit(self, command: Command) -> Outcome:
        """Have a command done with all its steps, and return its outcome. It goes on when the
        client leaves."""
        if command.name in self._inner:
            return unknown()
        outcome = await self._queue.submit(command)
        if outcome.next_step is None:
            return outcome
        return await self.go_on(command, outcome.next_step)

    def enter(self, command: Command, told: Told) -> None:
        """Do the same for a caller that has no task of its own to wait in."""
        if command.name in self._inner:
            told(unknown())
            return

        self._enter(command, command, told)

    async def go_on(self, command: Command, step: Step) -> Outcome:
        """Do the next step of a command and those after it."""
        return await outcome_of(partial(self.begin, command, step))

    def begin(self, command: Command, step: Step, told: Told) -> None:
        """Do the same for a caller that has no task of its own to wait in."""
        if not step.waits:
            self._do_at_once(command, step, told)
            return
        if len(self._going_on) >= ASKING_MAX:
            told(later("busy", "Too much is going on at this moment."))
            return
        task = asyncio.create_task(self._go_on(command, step))
        self._going_on.add(task)

        def ended(task: asyncio.Task[Outcome]) -> None:
            self._going_on.discard(task)
            if task.cancelled():
                told(later("stopping", "The server is restarting."))
            else:
                told(task.result())

        task.add_done_callback(ended)

    async def stop(self, within_s: float = 5.0) -> None:
        """Let the commands end that have begun; those that take longer go on when they are sent
        again."""
        if self._going_on:
            _done, late = await asyncio.wait(self._going_on, timeout=within_s)
            for task in late:
                task.cancel()

    def _enter(self, command: Command, now: Command, told: Told) -> None:
        """Have `now`, a command or a step of it, written, and the steps that follow done."""

        def done(outcome: Outcome) -> None:
            if outcome.next_step is None:
                told(outcome)
            else:
                self.begin(command, outcome.next_step, told)

        self._queue.enter(now, done)

    def _do_at_once(self, command: Command, step: Step, told: Told) -> None:
        try:
            found = step.ask()
        except Exception:  # the command gets an answer, whatever went wrong
            log.exception("step_failed name=%s", step.name)
            told(broken())
            return
        if isinstance(found, Outcome):
            told(found)
        else:
            self._enter(command, _after(command, step, found), told)

    async def _go_on(self, command: Command, first: Step) -> Outcome:
        step: Step | None = first
        outcome = Outcome()
        while step is not None:
            try:
                told = await self._ask_in(step.ask)
                if isinstance(told, Outcome):
                    return told
                outcome = await self._queue.submit(_after(command, step, told))
            except Exception:  # the command gets an answer, whatever went wrong
                log.exception("step_failed name=%s", step.name)
                return broken()
            step = outcome.next_step
        return outcome


def _after(command: Command, step: Step, told: Any) -> Command:
    """Return the command that goes on with what a step was told."""
    return replace(command, name=step.name, body={**step.body, "told": told})
