"""The gate that commands wait in: batches, lanes, order, and one answer for each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from showfloor.accounts.tokens import Claims
from showfloor.edge.commands.queue import HALF_MIN, CommandQueue, CommandQueueLimits
from showfloor.edge.commands.steps import SteppedCommands
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome, Scope, Step
from tests.support.waiting import await_until

LANES = {"message": Lane.PROMPT, "question": Lane.PROMPT, "vote": Lane.TICKED}

type Batch = tuple[str, str, list[str]]  # name, show, command ids


class Writer:
    """Writes down what it was given; `held` keeps it until `release`."""

    def __init__(self, *, held: bool = False) -> None:
        self.batches: list[Batch] = []
        self.at_once = 0
        self.most_at_once = 0
        self._go = asyncio.Event()
        if not held:
            self._go.set()

    def release(self) -> None:
        self._go.set()

    async def __call__(
        self, name: str, show_id: str, commands: Sequence[Command]
    ) -> Sequence[Outcome]:
        self.batches.append((name, show_id, [command.id for command in commands]))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self._go.wait()
        await asyncio.sleep(0)
        self.at_once -= 1
        if any(command.body.get("poison") for command in commands):
            raise ValueError("poison")
        return [Outcome(result={"done": command.id}) for command in commands]


def command(
    cid: str, name: str = "message", *, show: str = "s", sub: str = "", **body: Any
) -> Command:
    return Command(cid, name, body, Claims(sub or f"g:{cid}", "b"), show)


async def sent(gate: CommandQueue, *commands: Command) -> "list[asyncio.Task[Outcome]]":
    """Send them; the writer has the first one before the others come."""
    first = asyncio.ensure_future(gate.submit(commands[0]))
    for _ in range(2):
        await asyncio.sleep(0)
    return [first, *(asyncio.ensure_future(gate.submit(one)) for one in commands[1:])]


async def within_s[T](seconds: float, work: Awaitable[T]) -> T:
    async with asyncio.timeout(seconds):
        return await work


async def test_one_alone_is_written_at_once() -> None:
    writer = Writer()
    gate = CommandQueue(LANES, writer)
    outcome = await within_s(0.09, gate.submit(command("1")))
    assert outcome == Outcome(result={"done": "1"})
    assert writer.batches == [("message", "s", ["1"])]
    assert gate.waiting == 0


async def test_commands_that_wait_become_one_batch() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer, CommandQueueLimits(batch_max=256))
    tasks = await sent(gate, *(command(str(number)) for number in range(300)))
    await await_until(lambda: gate.waiting == 300)
    writer.release()
    outcomes = await asyncio.gather(*tasks)
    assert [outcome.result["done"] for outcome in outcomes] == [str(n) for n in range(300)]
    assert [ids for _name, _show, ids in writer.batches] == [
        ["0"],
        [str(number) for number in range(1, 257)],
        [str(number) for number in range(257, 300)],
    ]
    assert gate.waiting == 0


async def test_those_who_ask_again_are_written_in_two_halves() -> None:
    writer = Writer()
    gate = CommandQueue(LANES, writer)
    outcomes = list[Outcome]()
    for number in range(HALF_MIN * 4):
        gate.enter(command(f"first {number}"), outcomes.append)
    await await_until(lambda: len(outcomes) == HALF_MIN * 4)
    assert [len(ids) for _name, _show, ids in writer.batches] == [HALF_MIN, HALF_MIN * 3]
    writer.batches.clear()
    for number in range(HALF_MIN * 3):
        gate.enter(command(f"again {number}"), outcomes.append)
    # Nothing has run meanwhile but this loop: the thread works while the others come.
    assert [len(ids) for _name, _show, ids in writer.batches] == [HALF_MIN * 3 // 2]
    await await_until(lambda: len(outcomes) == HALF_MIN * 7)
    assert [len(ids) for _name, _show, ids in writer.batches] == [HALF_MIN * 3 // 2] * 2


@pytest.mark.parametrize(("others", "begun"), [(HALF_MIN, 2), (HALF_MIN - 1, 1)])
async def test_batch_is_answered_while_a_large_one_that_waits_is_written(
    others: int, begun: int
) -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer)
    begun_at_answer = list[int]()
    gate.enter(command("first"), lambda _outcome: begun_at_answer.append(len(writer.batches)))
    await await_until(lambda: len(writer.batches) == 1)
    for number in range(others):
        gate.enter(command(f"other {number}"), lambda _outcome: None)
    writer.release()
    await await_until(lambda: gate.waiting == 0)
    assert begun_at_answer == [begun]
    assert writer.most_at_once == 1


async def test_commands_of_one_person_are_done_in_order() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer)
    tasks = await sent(
        gate,
        command("first"),
        command("m1"),
        command("q1", "question", sub="g:ana"),
        command("m2", sub="g:ana"),
        command("m3"),
        command("q2", "question"),
    )
    await await_until(lambda: gate.waiting == 6)
    writer.release()
    await asyncio.gather(*tasks)
    assert writer.batches == [
        ("message", "s", ["first"]),
        ("message", "s", ["m1", "m3"]),
        ("question", "s", ["q1", "q2"]),
        ("message", "s", ["m2"]),
    ]


async def test_the_ticked_lane_gathers_and_does_not_hold_up_the_prompt_one() -> None:
    writer = Writer()
    gate = CommandQueue(LANES, writer, CommandQueueLimits(gather_s=0.1))
    loop = asyncio.get_running_loop()
    began = loop.time()
    votes = await sent(gate, *(command(f"v{number}", "vote") for number in range(20)))
    await asyncio.sleep(0)
    await within_s(0.09, gate.submit(command("m")))
    await asyncio.gather(*votes)
    assert loop.time() - began >= 0.1
    assert writer.batches == [
        ("message", "s", ["m"]),
        ("vote", "s", [f"v{number}" for number in range(20)]),
    ]


async def test_command_lanes_take_turns() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer, CommandQueueLimits(batch_max=2, gather_s=0.01))
    tasks = await sent(gate, *(command(f"m{number}") for number in range(5)))
    tasks += await sent(gate, *(command(f"v{number}", "vote") for number in range(4)))
    await await_until(
        lambda: "s" in gate._places and gate._places["s"].due, what="the votes to have gathered"
    )
    writer.release()
    await asyncio.gather(*tasks)
    assert [ids for _name, _show, ids in writer.batches] == [
        ["m0"], ["v0", "v1"], ["m1", "m2"], ["v2", "v3"], ["m3", "m4"],
    ]  # fmt: skip


@pytest.mark.parametrize(("writers", "at_once"), [(1, 1), (4, 3)])
async def test_never_two_transactions_of_one_show(writers: int, at_once: int) -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer, CommandQueueLimits(writers=writers))
    tasks = await sent(
        gate,
        *(command(f"{show}{number}", show=show) for number in range(5) for show in "abc"),
    )
    await await_until(lambda: gate.waiting == 15)
    writer.release()
    await asyncio.gather(*tasks)
    assert writer.most_at_once == at_once
    batches = sorted((show, len(ids)) for _name, show, ids in writer.batches)
    assert batches == [("a", 1), ("a", 4), ("b", 5), ("c", 5)]


async def test_commands_that_come_at_once_share_one_transaction() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer)
    tasks = [asyncio.ensure_future(gate.submit(command(str(number)))) for number in range(3)]
    await await_until(lambda: gate.waiting == 3)
    writer.release()
    await asyncio.gather(*tasks)
    assert writer.batches == [("message", "s", ["0", "1", "2"])]


async def test_a_busy_show_does_not_starve_another() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer, CommandQueueLimits(batch_max=2))
    tasks = await sent(gate, *(command(f"a{number}", show="a") for number in range(9)))
    tasks += await sent(gate, command("b", show="b"))
    await await_until(lambda: gate.waiting == 10)
    writer.release()
    await asyncio.gather(*tasks)
    assert [show for _name, show, _ids in writer.batches][:3] == ["a", "b", "a"]


async def test_one_poisonous_command_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer)
    commands = [command(str(number), poison=number == 3) for number in range(6)]
    tasks = await sent(gate, *commands)
    await await_until(lambda: gate.waiting == 6)
    writer.release()
    outcomes = await asyncio.gather(*tasks)
    assert [outcome.problem and outcome.problem["status"] for outcome in outcomes] == [
        None, None, None, 500, None, None,
    ]  # fmt: skip
    assert [ids for _name, _show, ids in writer.batches] == [
        ["0"], ["1", "2", "3", "4", "5"], ["1"], ["2"], ["3"], ["4"], ["5"],
    ]  # fmt: skip
    assert "commands_failed name=message place=s count=1" in caplog.text


async def test_writer_that_loses_answers_is_detected() -> None:
    async def forgetful(
        _name: str, _show_id: str, commands: Sequence[Command]
    ) -> Sequence[Outcome]:
        return [Outcome()] * (len(commands) - 1)

    outcome = await CommandQueue(LANES, forgetful).submit(command("1"))
    assert outcome.problem is not None
    assert outcome.problem["status"] == 500


async def test_a_full_queue_says_when_to_try_again() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer, CommandQueueLimits(waiting_max=5, waiting_in_place_max=3))
    tasks = await sent(gate, *(command(f"a{number}", show="a") for number in range(3)))
    await await_until(lambda: gate.waiting == 3)
    refused = await gate.submit(command("a4", show="a"))
    assert refused.problem == {
        "status": 503,
        "code": "busy",
        "detail": "Too much is going on at this moment.",
        "retry_after_s": 1.0,
    }
    tasks += await sent(gate, command("b1", show="b"), command("c1", show="c"))
    await await_until(lambda: gate.waiting == 5)
    refused = await gate.submit(command("d1", show="d"))
    assert refused.problem is not None
    assert refused.problem["code"] == "busy"
    writer.release()
    assert all(outcome.problem is None for outcome in await asyncio.gather(*tasks))
    assert (await gate.submit(command("d1", show="d"))).problem is None


async def test_no_command_waits_for_ever() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer, CommandQueueLimits(deadline_s=0.05))
    tasks = await sent(gate, command("1"), command("2"), command("v", "vote"))
    outcomes = await within_s(2, asyncio.gather(*tasks))
    assert [outcome.problem and outcome.problem["code"] for outcome in outcomes] == ["timeout"] * 3
    assert gate.waiting == 0
    writer.release()
    assert (await gate.submit(command("3"))).problem is None
    done = [ids for _name, _show, ids in writer.batches]
    assert done == [["1"], ["3"]], "what had not begun is not done any more"


async def test_command_of_a_client_that_left_is_written() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer)
    first, second = await sent(gate, command("1"), command("2"))
    await await_until(lambda: gate.waiting == 2)
    second.cancel()
    writer.release()
    await first
    await await_until(lambda: gate.waiting == 0)
    assert writer.batches == [("message", "s", ["1"]), ("message", "s", ["2"])]


async def test_unknown_command_is_refused() -> None:
    gate = CommandQueue(LANES, Writer())
    outcome = await gate.submit(command("1", "dance"))
    assert outcome.problem is not None
    assert (outcome.problem["status"], outcome.problem["field"]) == (422, "name")


async def test_stopping_writes_what_waits_and_takes_nothing_more() -> None:
    writer = Writer(held=True)
    gate = CommandQueue(LANES, writer, CommandQueueLimits(gather_s=30))
    tasks = await sent(gate, command("1"), command("2"), command("v", "vote"))
    await await_until(lambda: gate.waiting == 3)
    stopping = asyncio.ensure_future(gate.stop(within_s=5))
    await asyncio.sleep(0)
    refused = await gate.submit(command("3"))
    assert refused.problem is not None
    assert refused.problem["code"] == "stopping"
    writer.release()
    await stopping
    assert [outcome.problem for outcome in await asyncio.gather(*tasks)] == [None] * 3
    assert sorted(ids for _name, _show, ids in writer.batches) == [["1"], ["2"], ["v"]]


async def test_stopping_ends_even_when_the_writer_does_not() -> None:
    gate = CommandQueue(LANES, Writer(held=True))
    tasks = await sent(gate, command("1"), command("2"))
    await await_until(lambda: gate.waiting == 2)
    await within_s(2, gate.stop(within_s=0.01))
    outcomes = await asyncio.gather(*tasks)
    assert [outcome.problem and outcome.problem["code"] for outcome in outcomes] == ["stopping"] * 2


async def test_nothing_is_left_of_a_show_that_is_quiet() -> None:
    gate = CommandQueue(LANES, Writer(), CommandQueueLimits(gather_s=0.01))
    tasks = await sent(
        gate,
        *(command(f"m{n}", show=f"s{n}") for n in range(20)),
        *(command(f"v{n}", "vote", show=f"s{n}") for n in range(20)),
    )
    await asyncio.gather(*tasks)
    await await_until(lambda: not gate._places)
    assert not gate._ready
    assert not gate._batches


KINDS = {
    name: CommandKind(name, lane, dict, lambda _place, _commands: (), "", Scope.BRAND)
    for name, lane in (("hold", Lane.PROMPT), ("pay", Lane.NEXT))
}


async def shop(place_of: Callable[[Command], str]) -> list[Batch]:
    """Let eight taps of buyers in two shows meet one payment, at two a batch; return the batches
    after the first."""
    writer = Writer(held=True)
    lanes = {name: kind.lane for name, kind in KINDS.items()}
    gate = CommandQueue(lanes, writer, CommandQueueLimits(batch_max=2), place_of=place_of)
    first = await sent(gate, command("0", "hold"))
    await await_until(lambda: len(writer.batches) == 1)
    tasks = await sent(gate, *(command(f"{n}", "hold", show=f"s{n % 2}") for n in range(1, 8)))
    tasks += await sent(gate, command("p", "pay", show="s1"))
    await asyncio.sleep(0)
    writer.release()
    await asyncio.gather(*first, *tasks)
    return writer.batches[1:]


async def test_payment_never_waits_behind_those_who_have_no_goods_yet() -> None:
    batches = await shop(lambda one: KINDS[one.name].place_of(one))
    assert [(name, ids) for name, _place, ids in batches] == [
        ("pay", ["p"]), ("hold", ["1", "2"]), ("hold", ["3", "4"]), ("hold", ["5", "6"]),
        ("hold", ["7"]),
    ]  # fmt: skip
    assert {place for _name, place, _ids in batches} == {"b", "b/next"}


async def test_payment_waits_without_a_lane_of_its_own() -> None:
    batches = await shop(lambda one: one.claims.brand)
    assert [name for name, _place, _ids in batches] == ["hold", "hold", "hold", "hold", "pay"]


async def test_step_that_waits_for_nothing_takes_no_thread() -> None:
    async def ask_in(_ask: Callable[[], Any]) -> Any:
        raise AssertionError("a thread was taken")

    def fails() -> Any:
        raise ValueError("unreadable")

    writer = Writer()
    stepped = SteppedCommands(CommandQueue(LANES, writer), {"message"}, ask_in)
    outcomes: list[Outcome] = []
    refused = Outcome(problem={"status": 401})
    for ask in (lambda: refused, fails, lambda: "read"):
        stepped.begin(command("notice"), Step("message", ask, waits=False), outcomes.append)
    await await_until(lambda: len(outcomes) == 3)
    assert outcomes[0] == refused
    assert outcomes[1].problem is not None
    assert (outcomes[1].problem["status"], outcomes[2].result) == (500, {"done": "notice"})
    assert writer.batches == [("message", "s", ["notice"])]
