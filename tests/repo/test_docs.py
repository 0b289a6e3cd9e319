"""The documentation says what the code does, or the build fails."""

import re
import tomllib
from pathlib import Path

import pytest

from showfloor.kernel import settings
from tests.repo.sources import ROOT, name_of, text_of, tracked
from tools.generated import out_of_date

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DECISION_LINES_MAX = 45
README_LINES = range(60, 121)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_generated_files_are_up_to_date() -> None:
    assert out_of_date() == []


def test_every_setting_is_on_the_reference_page() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    missing = [name for name, _default, _doc in settings.options() if f"`{name}`" not in page]
    assert missing == []


def test_decisions_are_numbered_without_holes() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_half_a_page_with_tags_and_reasons(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.search(r"(?m)^Tags: \w", text)
    for part in ("**Decision.**", "**Why.**", "**What the alternative would have cost.**"):
        assert part in text
    assert len(text.splitlines()) <= DECISION_LINES_MAX


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in tracked():
        if path.suffix != ".md":
            continue
        for target in LINK.findall(text_of(path) or ""):
            if "://" in target or target.startswith(("mailto:", "/")):
                continue
            aim = (path.parent / target).resolve()
            if not aim.exists():
                broken.append(f"{name_of(path)} -> {target}")
    assert broken == []


def test_the_readme_fits_two_screens() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) in README_LINES


def test_every_dependency_says_what_it_is_for() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    project = tomllib.loads(text)
    wanted = list(project["project"]["dependencies"])
    for group in project["project"]["optional-dependencies"].values():
        wanted += group
    for group in project["dependency-groups"].values():
        wanted += [item for item in group if isinstance(item, str)]
    silent = [
        name for name in wanted if not re.search(rf'"{re.escape(name)}",\s+# \w.{{8,}}', text)
    ]
    assert silent == []


def test_every_ignored_lint_rule_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    ignored = text.split("ignore = [", 1)[1].split("]", 1)[0]
    silent = [line.strip() for line in ignored.splitlines() if line.strip() and "# " not in line]
    assert silent == []


def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = text.split(".PHONY:", 1)[1].splitlines()[0].split()
    described = re.findall(r"(?m)^([a-z]+):.*## ", text)
    assert sorted(phony) == sorted(described)
