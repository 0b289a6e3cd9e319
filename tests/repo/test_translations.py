"""Every text of the server has its German, and the checker would say so if not."""

from pathlib import Path

import pytest
from babel.messages import Catalog

from tests.repo.sources import ROOT
from tools import bootstrap, messages

HEAD = """\
msgid ""
msgstr ""
"Language: de\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return the translation of a program with two texts."""
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    return folder / "django.po"


def two_texts() -> Catalog:
    wanted = Catalog()
    wanted.add("Hello %(name)s")
    wanted.add(("%(count)d item", "%(count)d items"))
    return wanted


def faults(book: Path, text: str) -> list[str]:
    book.write_text(HEAD + text, "utf-8")
    return messages.problems(book.parent, two_texts())


ITEMS = 'msgid "%(count)d item"\nmsgid_plural "%(count)d items"\n'
GOOD = f"""\
msgid "Hello %(name)s"
msgstr "Hallo %(name)s"

{ITEMS}msgstr[0] "%(count)d Artikel"
msgstr[1] "%(count)d Artikel"
"""


def test_every_text_is_translated() -> None:
    folders, wanted = messages.folders(), messages.extract()
    assert [folder.parent.name for folder in folders] == ["de"]
    assert [fault for folder in folders for fault in messages.problems(folder, wanted)] == []


def test_texts_are_found_in_code_and_templates() -> None:
    found = messages.extract()
    assert found.get("Sign in first.") is not None  # _() in Python
    assert found.get("Your order %(number)s at %(brand)s") is not None
    assert found.get(("%(count)d row rejected:", "%(count)d rows rejected:")) is not None
    assert found.get("Watch and shop") is not None  # {% trans %}
    assert found.get("With %(names)s") is not None  # {% blocktrans %}
    assert found.get(("%(n)s product", "%(n)s products")) is not None  # … with a plural


def test_text_is_found_as_an_argument_of_a_tag(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('{% include "item.html" with name=_("Home") %}', "utf-8")
    assert [id_ for id_, _context in messages._texts(messages._as_python(page))] == ["Home"]


def test_a_good_translation_has_no_faults(book: Path) -> None:
    assert faults(book, GOOD) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("Hallo %(name)s", ""), "not translated: 'Hello %(name)s'"),
        (GOOD.replace("Hallo %(name)s", "Hallo"), "other values to fill in: 'Hello %(name)s'"),
        ("#, fuzzy\n" + GOOD, "marked as fuzzy: 'Hello %(name)s'"),
        (GOOD.partition("\n\n")[0], "missing: '%(count)d item'"),
        (GOOD.replace('[1] "%(count)d Artikel"', '[1] ""'), "not translated: '%(count)d item'"),
        (GOOD + '\nmsgid "Gone"\nmsgstr "Fort"\n', "no longer used: 'Gone'"),
    ],
)
def test_each_fault_is_named(book: Path, text: str, said: str) -> None:
    assert faults(book, text) == [f"django.po: {said}"]


def test_new_texts_are_taken_up_and_old_ones_dropped(book: Path) -> None:
    book.write_text(HEAD + ITEMS + 'msgstr[0] "a"\nmsgstr[1] "b"\n\nmsgid "Gone"\nmsgstr "Fort"\n')
    messages.update(book, two_texts())
    text = book.read_text("utf-8")
    assert text.startswith(HEAD)
    assert 'msgid "Hello %(name)s"\nmsgstr ""' in text
    assert 'msgstr[1] "b"' in text
    assert "Gone" not in text


def test_set_up_compiles_after_a_change_only(tmp_path: Path, book: Path) -> None:
    book.write_text(HEAD + GOOD, "utf-8")
    compiled = book.with_suffix(".mo")
    messages.compile_all(tmp_path, stale_only=True)
    first = compiled.stat().st_mtime_ns
    messages.compile_all(tmp_path, stale_only=True)
    assert compiled.stat().st_mtime_ns == first
    assert b"Hallo %(name)s" in compiled.read_bytes()


def test_set_up_knows_the_translations() -> None:
    assert bootstrap.LOCALE == messages.LOCALE
    assert "/src/showfloor/**/locale/**/*.mo" in (ROOT / ".gitignore").read_text("utf-8")
