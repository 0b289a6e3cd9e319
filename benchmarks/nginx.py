"""Debian's nginx in a process of its own, as a baseline."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import CannotMeasure
from tests.support.waiting import wait_until

# Where Debian's nginx keeps what it does not want in memory; as root it would ask for /var.
PATHS = """\
client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
"""


def find_nginx() -> str:
    """Return the program; CannotMeasure without it."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise CannotMeasure("nginx is missing: install it (Debian: `apt install nginx`)")
    return program


@contextmanager
def nginx(folder: Path, config: str) -> Iterator[int]:
    """Serve by this configuration; give the worker's process. `folder` holds what nginx writes."""
    folder.chmod(0o755)  # the worker is another user
    path = folder / "conf"
    head = f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log;\n"
    path.write_text(head + config, "utf-8")
    process = subprocess.Popen(
        [find_nginx(), "-c", path, "-e", folder / "log"], stdin=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: _children(process.pid), 10, "nginx's worker")
        yield _children(process.pid)[0]
    finally:
        process.terminate()
        process.wait(10)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in listed.read_text().split()] if listed.exists() else []
