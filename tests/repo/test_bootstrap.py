"""The set-up script: what it does again, and what it says when something is missing."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repo.sources import ROOT
from tools import bootstrap


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of stamps, and a repository, of this test's own."""
    folder = tmp_path / ".venv" / ".made"
    folder.mkdir(parents=True)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "MADE", folder)
    monkeypatch.setattr(bootstrap, "LOG", folder / "log")
    return tmp_path


def run_step(repository: Path, ran: list[str]) -> None:
    bootstrap.step("lock", "Packages", [repository / "lock.txt"], lambda: ran.append("ran"))


def test_a_step_is_done_once_until_its_input_changes(made: Path) -> None:
    ran: list[str] = []
    (made / "lock.txt").write_text("one")
    run_step(made, ran)
    run_step(made, ran)
    assert len(ran) == 1
    (made / "lock.txt").write_text("two")
    run_step(made, ran)
    assert len(ran) == 2


def test_a_step_that_failed_is_done_again(made: Path) -> None:
    def fail() -> None:
        raise bootstrap.Missing("no network")

    (made / "lock.txt").write_text("one")
    with pytest.raises(bootstrap.Missing):
        bootstrap.step("lock", "Packages", [made / "lock.txt"], fail)
    ran: list[str] = []
    run_step(made, ran)
    assert ran == ["ran"]


def test_a_product_that_is_gone_is_made_again(made: Path) -> None:
    (made / "lock.txt").write_text("one")
    product = made / "dist"
    for _ in range(2):
        bootstrap.step("front", "Code", [made / "lock.txt"], product.mkdir, product)
        product.rmdir()


def test_npm_packages_do_not_count_as_a_step_s_input(made: Path) -> None:
    source = made / "frontend"
    (source / "node_modules").mkdir(parents=True)
    (source / "a.ts").write_text("1")
    before = bootstrap.fingerprint([source])
    (source / "node_modules" / "b.js").write_text("2")
    assert bootstrap.fingerprint([source]) == before
    (source / "a.ts").write_text("3")
    assert bootstrap.fingerprint([source]) != before


def test_a_machine_with_only_an_old_python_gets_one_line() -> None:
    with pytest.raises(bootstrap.Missing) as said:
        bootstrap.find_python(oldest=(99, 0), known=())
    assert "install it" in str(said.value)
    assert "\n" not in str(said.value)


def test_a_failing_command_shows_its_last_lines(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(bootstrap.Missing):
        bootstrap.run([sys.executable, "-c", "print('it was the disk'); raise SystemExit(3)"], made)
    assert "it was the disk" in capsys.readouterr().out


@pytest.mark.parametrize("ensure", [bootstrap.ensure_browser, bootstrap.ensure_cache])
def test_a_failed_installation_is_reported_loudly(
    ensure: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda *_args, **_kwargs: None)
    ensure()
    assert "WILL BE SKIPPED" in capsys.readouterr().out


def test_an_unknown_group_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["everything"]) == 2
    assert "groups: run demo front dev" in capsys.readouterr().out


def test_it_is_written_for_old_pythons_too() -> None:
    """Python 3.8 must be able to read it, to say that it is too old."""
    ast.parse((ROOT / "tools" / "bootstrap.py").read_text("utf-8"), feature_version=(3, 8))


def test_every_target_works_from_any_python(tmp_path: Path) -> None:
    """`make help` needs no set-up at all."""
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert "make demo" in done.stdout
