"""The suite itself: programs inside its strings are current, encoders run alone, and patching is
the exception."""

import re
from pathlib import Path

from tests.repo.sources import ROOT, name_of, python_files

# Attributes or entries of the product that a test replaces in place. Environment variables do not
# count: they are how an installation is set up.
PATCH = re.compile(
    r"\bmonkeypatch\.(?:setattr|setitem|delattr|delitem)\(|\bMonkeyPatch\b.*\.setattr\("
    r"|\bmock\.patch\b|\bpatch\.(?:object|dict)\("
)
PATCHES_PER_1000_LINES_MAX = 1.0
IMPORT = re.compile(r"from (showfloor[\w.]*) import (\w+)")


def exists(module: str, name: str) -> bool:
    path = ROOT / "src" / module.replace(".", "/")
    if path.with_suffix(".py").exists():
        return True
    parts = (path / name, path / f"{name}.py")
    is_part = any(part.exists() for part in parts)
    return is_part or (
        (path / "__init__.py").exists() and name in (path / "__init__.py").read_text()
    )


def test_imports_in_strings_resolve() -> None:
    missing = [
        f"{path.relative_to(ROOT)}: from {module} import {name}"
        for path in python_files()
        for module, name in IMPORT.findall(path.read_text("utf-8"))
        if not exists(module, name)
    ]
    assert missing == []


def test_journeys_with_an_encoder_have_the_whole_machine() -> None:
    journeys = (ROOT / "tests" / "journeys").glob("test_*.py")
    texts = {path.name: path.read_text("utf-8") for path in journeys}
    encoding = {name for name, text in texts.items() if re.search(r"publish\(|Publisher\(", text)}
    marked = {name for name, text in texts.items() if "pytest.mark.whole_machine" in text}
    # One small rung, without a browser.
    assert encoding - marked == {"test_kills.py"}
    assert marked - encoding == {"test_demo.py"}  # the demo starts its own encoder


def test_patching_is_the_exception() -> None:
    """Code that a test cannot reach gets a parameter, a listener or a fake of its port instead."""
    tests = [path for path in python_files() if path.is_relative_to(ROOT / "tests")]
    texts = {path: path.read_text("utf-8") for path in tests if path != Path(__file__)}
    lines = sum(text.count("\n") for text in texts.values())
    found = {name_of(path): len(PATCH.findall(text)) for path, text in texts.items()}
    per_1000 = 1000 * sum(found.values()) / lines
    most = sorted(((count, name) for name, count in found.items() if count), reverse=True)
    assert per_1000 <= PATCHES_PER_1000_LINES_MAX, most
