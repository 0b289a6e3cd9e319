"""The time by which commands are answered that wait in no task."""

from showfloor.edge.commands.answer_timeouts import AnswerTimeouts
from showfloor.edge.http.responses import Response
from showfloor.timeline.commands import Outcome
from tests.support.waiting import await_until


def response(outcome: Outcome) -> Response:
    return Response(200, str(outcome.seq).encode())


def late() -> Response:
    return Response(503)


async def test_each_command_has_one_answer_in_time() -> None:
    timeouts, answers = AnswerTimeouts(0.02, late), dict[str, list[Response]]()
    told = {
        name: timeouts.bound(response, answers.setdefault(name, []).append)
        for name in ("quick", "slow", "slower")
    }
    told["quick"](Outcome(seq=7))
    await await_until(lambda: len(answers["slower"]) == 1)
    for name in told:  # those that had an answer get no other
        told[name](Outcome(seq=8))
    next_one = timeouts.bound(response, answers.setdefault("next", []).append)
    await await_until(lambda: len(answers["next"]) == 1)  # the timer goes on after a pause
    next_one(Outcome(seq=9))
    assert answers == {
        "quick": [Response(200, b"7")], "slow": [Response(503)], "slower": [Response(503)],
        "next": [Response(503)],
    }  # fmt: skip
