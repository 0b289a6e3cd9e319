"""The suite itself: programs inside its strings are current, and encoders run alone."""

import re

from tests.repo.sources import ROOT, python_files

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
    assert encoding <= marked
    assert marked - encoding == {"test_demo.py"}  # the demo starts its own encoder
