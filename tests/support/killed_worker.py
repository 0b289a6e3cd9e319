"""The process in which a test kills workers: each is a fork of it, on the database of the tests.

The number of a worker is printed. Each line of its input is a batch, JSON `[[key, operation], …]`;
each further line of the output is the answers to a batch, `[[key, operation, status], …]`, once
they are committed.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence

from django.db import connection

type Batch = list[list[str]]
type Answer = Callable[[Batch], Sequence[int]]


def work_until_killed(prepare: Callable[[], Answer]) -> None:
    """Fork a worker, and another one whenever it is killed, until its input ends. `prepare` reads
    the rows that it needs; its answer returns a status for each operation. The first argument of
    the command names the database."""
    connection.settings_dict["NAME"] = sys.argv[1]
    answer = prepare()
    connection.close()
    while True:
        worker = os.fork()
        if worker == 0:
            _work(answer)
            os._exit(0)
        os.write(1, f"{worker}\n".encode())
        if os.waitpid(worker, 0)[1] == 0:
            return


def _work(answer: Answer) -> None:
    with open(0, closefd=False) as lines:
        for line in lines:
            batch = json.loads(line)
            told = [[*one, status] for one, status in zip(batch, answer(batch), strict=True)]
            os.write(1, json.dumps(told).encode() + b"\n")
