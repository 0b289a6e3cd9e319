"""A disk that others have filled: the show is ended all the same. Needs root to mount one."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import override

import pytest

from tests.roles.test_served import Shop
from tests.support.live import LiveServer
from tests.support.waiting import wait_until

DISK_MIB = 96  # above four times the 4 MiB that are kept back, and what a new database takes


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class ElsewhereLogged(LiveServer):
    """Its log does not go to the disk that is full."""

    @property
    @override
    def log_path(self) -> Path:
        return self.data_dir.parent.parent / "serve.log"


def test_show_is_ended_on_a_disk_that_others_have_filled(small_disk: Path) -> None:
    server = ElsewhereLogged(small_disk / "data")
    server.data_dir.mkdir(parents=True)
    server.migrate()
    owner = "owner@example.test"
    server.set_up("M", owner, "enough-123")
    server.start()
    try:
        shop = Shop(server)
        shop.post("start")
        reserve = server.data_dir / "reserve.bin"
        assert reserve.stat().st_size == 4 << 20
        fill(small_disk / "others")
        wait_until(lambda: not reserve.exists(), 20, "the reserve to be given back")
        codes = {problem["code"] for problem in server.get_json("/healthz")["problems"]}
        assert codes == {"recording-stopped"}
        assert shop.post("end")["state"] == "ended"
    finally:
        server.stop()
    log = server.log_path.read_text()
    assert "Traceback" not in log
    assert log.count("recording_stopped") == 1


def fill(path: Path) -> None:
    """Take whatever is free."""
    with path.open("wb", 0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
