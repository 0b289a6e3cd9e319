"""A process that has an installation's Django ready and runs scripts, each in a fork of its own.

Django takes three seconds of CPU to start, and many tests look into their installation several
times."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_HOST = """
import json, os, sys, tempfile, threading, traceback
import django
django.setup()
from django.db import connections

def run(code, arguments):
    sys.argv = ["-c", *arguments]
    exec(compile(code, "<script>", "exec"), {"__name__": "__main__"})
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    connections.close_all()

def forked(code, arguments, out, err):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    status = 1
    try:
        run(code, arguments)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)

for line in sys.stdin:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = forked(*json.loads(line), out, err)
        said = [file.seek(0) or file.read().decode() for file in (out, err)]
    print(json.dumps([status, *said]), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """A script that has ended."""

    status: int
    out: str
    err: str


class ScriptHost:
    """The process; it begins with the first script and ends with `close`."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self.environ = dict(environ)
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HOST], env=self.environ, cwd=folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._said, start_new_session=True,
        )  # fmt: skip

    def run(self, script: str, arguments: tuple[str, ...], timeout_s: float) -> Ran:
        """Run a script to its end; TimeoutExpired when it takes longer."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it could not start, and has said why
            process.stdin.write(json.dumps([script, arguments]).encode() + b"\n")
            process.stdin.flush()
        if not select.select([process.stdout], [], [], timeout_s)[0]:
            self.close()
            raise subprocess.TimeoutExpired("a script", timeout_s)
        if line := process.stdout.readline():
            return Ran(*json.loads(line))
        self._said.seek(0)
        return Ran(process.wait(10), "", self._said.read().decode("utf-8", "replace"))

    def close(self) -> None:
        """End the process, and a script that still runs in it."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
