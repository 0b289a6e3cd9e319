"""The demo is a package of its own: Showfloor's wheel is without it, the extra `demo` brings it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from tests.repo.sources import ROOT

DEMO = ROOT / "src" / "showfloor_demo"
WITHOUT_DEMO = """
import sys
sys.modules["showfloor_demo"] = None  # as where it is not installed
from showfloor.roles.cli import main
sys.exit(main(["demo"]))
"""


def project(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def wheel(project_folder: Path, into: Path) -> set[str]:
    """Names of the files in the wheel that is built from a folder."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=project_folder, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    built = next(into.glob("*.whl"))
    with ZipFile(built) as archive:
        return set(archive.namelist())


def test_wheel_of_showfloor_is_without_the_demo(tmp_path: Path) -> None:
    names = wheel(ROOT, tmp_path)
    assert "showfloor/roles/cli.py" in names
    assert [name for name in names if "demo" in name.split("/")[0]] == []


def test_wheel_of_the_demo_holds_its_code_and_fonts_alone(tmp_path: Path) -> None:
    names = wheel(DEMO, tmp_path)
    assert {"showfloor_demo/run.py", "showfloor_demo/fonts/OFL.txt"} <= names
    assert {name.split("/")[0] for name in names} == {
        "showfloor_demo", "showfloor_demo-26.1.dev0.dist-info",
    }  # fmt: skip
    assert "showfloor_demo/pyproject.toml" not in names


def test_extra_brings_the_demo_of_the_same_version() -> None:
    own, demo = project(ROOT), project(DEMO)
    assert own["optional-dependencies"]["demo"] == [f"{demo['name']}=={own['version']}"]
    assert demo["version"] == own["version"]


def test_command_says_what_to_install_where_the_demo_is_missing(tmp_path: Path) -> None:
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DEMO],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "showfloor: the demo is not installed: `pip install 'showfloor[demo]'` brings it "
        "(`make demo` does so in a clone)\n"
    )
    assert list(tmp_path.rglob("*.sqlite3*")) == []
