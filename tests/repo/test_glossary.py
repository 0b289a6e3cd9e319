"""Names of modules and classes are made of words of the glossary, or of a list of general words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.repo.sources import ROOT, python_files, tree_of

GLOSSARY = ROOT / "docs/reference/glossary.md"
GENERAL = Path(__file__).with_name("general_words.txt")
SOURCES = ROOT / "src"
GENERAL_MAX = 400  # a longer list would let everything through

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_ENDINGS = (
    "ations", "ation", "ings", "ing", "ions", "ion", "ers", "er", "ors", "or", "ies", "ied", "ed",
    "es", "s", "al", "e", "y",
)  # fmt: skip


def words(name: str) -> list[str]:
    """Split a name at underscores and capitals."""
    return [part.lower() for part in _PARTS.findall(name.replace("_", " "))]


def stem(word: str) -> str:
    """Cut an inflection off, so that one line stands for `ban`, `bans` and `banned`."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def glossary_words() -> set[str]:
    rows = (line for line in GLOSSARY.read_text("utf-8").splitlines() if line.startswith("| "))
    return {word for row in rows for word in words(row.split("|")[1])}


def general_words() -> list[str]:
    lines = GENERAL.read_text("utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def names() -> Iterator[tuple[str, str]]:
    """Yield each module's and public class's name with the place where it stands."""
    for path in python_files():
        if not path.is_relative_to(SOURCES):
            continue
        place = path.relative_to(SOURCES).with_suffix("")
        yield place.parent.name if place.name == "__init__" else place.name, str(place)
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, f"{place}:{node.name}"


def test_names_are_made_of_known_words() -> None:
    known = {stem(word) for word in (*glossary_words(), *general_words())}
    unknown = sorted(
        f"{word} ({place})"
        for name, place in names()
        for word in words(name)
        if stem(word) not in known
    )
    assert not unknown, (
        f"{'; '.join(unknown)}. Take the field's word for it. If there is none, the word gets a"
        " line in docs/reference/glossary.md; a word of every program goes into general_words.txt."
    )


def test_list_of_general_words_is_short_and_in_use() -> None:
    listed = general_words()
    assert len(listed) <= GENERAL_MAX
    used = {stem(word) for name, _place in names() for word in words(name)}
    field = {stem(word) for word in glossary_words()}
    unused = [word for word in listed if stem(word) not in used]
    assert unused == [], "no name has these words any more: take them off general_words.txt"
    twice = [word for word in listed if stem(word) in field]
    assert twice == [], "the glossary has these words: take them off general_words.txt"
    assert len({stem(word) for word in listed}) == len(listed)
