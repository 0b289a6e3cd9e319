"""A real Varnish with the configuration that we ship, in front of a port of this machine."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.live import ROOT, free_port
from tests.support.waiting import wait_until

VCL = ROOT / "deploy" / "varnish" / "showfloor.vcl"
START_WITHIN_S = 30.0  # it compiles its configuration with a C compiler


def find_varnish() -> str | None:
    folders = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    return shutil.which("varnishd", path=os.pathsep.join(folders))


@dataclass(frozen=True, slots=True)
class Varnish:
    """`url` of the cache; what `varnishstat` counts."""

    url: str
    folder: Path

    def counted(self, name: str) -> int:
        """A counter, `MAIN.backend_req` for example."""
        done = subprocess.run(
            ["varnishstat", "-n", self.folder, "-1", "-f", name],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
        return int(done.stdout.split()[1])


@contextmanager
def varnish_in_front_of(origin_port: int, *parameters: str, at: int = 0) -> Iterator[Varnish]:
    """Until the block ends. `parameters`: more for its command line. `at`: its port."""
    program = find_varnish()
    assert program is not None
    # Its sockets' paths must be short, and its work folder readable for the user it changes to.
    with tempfile.TemporaryDirectory(prefix="varnish-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        config = folder / "showfloor.vcl"
        text = VCL.read_text("utf-8")
        assert text.count('.port = "8000"') == 1
        config.write_text(text.replace('.port = "8000"', f'.port = "{origin_port}"'), "utf-8")
        port = at or free_port()
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [
                    program, "-F", "-j", "none", "-n", folder / "work", "-f", config,
                    "-a", f"127.0.0.1:{port}", "-s", "malloc,64m", *parameters,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: _answers(process, url, folder), START_WITHIN_S, "varnishd to answer")
            yield Varnish(url, folder / "work")
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _answers(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> bool:
    assert process.poll() is None, (folder / "log").read_text("utf-8")[-4000:]
    try:
        httpx.request("PURGE", f"{url}/timeline/none", timeout=2)
    except httpx.TransportError:
        return False
    return True
