"""Starts a program that is killed with this process: `python parent_process.py PARENT PROGRAM …`.

A child that waits for the network reads nothing of ours, so it would not notice our death, and
would keep its port. Linux kills it for us (PR_SET_PDEATHSIG); elsewhere it goes on. This file runs
alone, without the package: it starts within 20 ms.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def ending_with_us(arguments: list[str]) -> list[str]:
    """Return the arguments with which this program is started so. It keeps its process id."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *arguments]


def main(parent: int, arguments: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it has died meanwhile
            return
    os.execv(arguments[0], arguments)  # noqa: S606 - there is nothing for a shell to do


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
