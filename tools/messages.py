"""The server's texts in other languages than English (`make messages`), without GNU gettext.

`update` takes new texts of the code and the templates up into every `django.po` and drops those
that are gone; a person, or their editor for translations, fills them in. `compile` writes the
`.mo` files that Django reads; set-up calls it, with Babel and the standard library alone. `check`
names what is missing. The browser code's texts are in `frontend/src/**/{en,de}.json`.
"""

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "showfloor"
LOCALE = SOURCE / "site" / "locale"
KEYWORDS = (
    "_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy",
    "pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy",
)  # fmt: skip
# Placeholders that are filled in later: %(name)s of Python and templates, {name} of format().
_VALUE = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}")


def folders(locale: Path = LOCALE) -> list[Path]:
    """Return each language's folder: it has `django.po` with our own texts, beside it perhaps
    `packages.po` with texts of packages that have none in this language, or say them otherwise."""
    return sorted(locale.glob("*/LC_MESSAGES"))


def read(book: Path) -> Catalog:
    with book.open("rb") as file:
        return read_po(file, locale=book.parts[-3])


def extract() -> Catalog:
    """All texts that the code and the templates mark for translation."""
    found = Catalog(charset="utf-8")
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            code = path.read_text("utf-8")
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            code = _as_python(path)
        else:
            continue
        place = path.relative_to(SOURCE).as_posix()
        for id_, context in _texts(code):
            found.add(id_, locations=[(place, 0)], context=context)
    return found


def _as_python(template: Path) -> str:
    """A template's texts as calls of gettext; the brackets make its indentation no matter."""
    from django.utils.translation.template import templatize

    return f"(\n{templatize(template.read_text('utf-8'), template.name)}\n)"


def _texts(code: str) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    """Each marked text, as `id` or `(singular, plural)`, and its context."""
    found: Iterable[Any] = extract_python(
        io.BytesIO(code.encode()), dict.fromkeys(KEYWORDS), [], {"encoding": "utf-8"}
    )
    for _line, function, texts, _comments in found:
        args = [texts] if isinstance(texts, str) else [*(texts or ())]
        context = args.pop(0) if "pgettext" in function else None
        if "ngettext" in function and all(args[:2]):
            yield (args[0], args[1]), context
        elif args and args[0]:
            yield args[0], context


def update(book: Path, wanted: Catalog) -> None:
    """Bring one language's file up to the code; what is new in it is empty. Its head stays."""
    catalog = read(book)
    catalog.update(wanted, no_fuzzy_matching=True)
    text = io.BytesIO()
    write_po(
        text, catalog, width=100, omit_header=True, sort_by_file=True, ignore_obsolete=True,
        include_lineno=False,
    )  # fmt: skip
    head = book.read_bytes().partition(b"\n\n")[0]
    book.write_bytes(head.rstrip() + b"\n\n" + text.getvalue().strip() + b"\n")


def compile_all(locale: Path = LOCALE, *, stale_only: bool = False) -> None:
    """Write each language's `django.mo`; whole or not at all, for another process may read it."""
    for folder in folders(locale):
        books, compiled = sorted(folder.glob("*.po")), folder / "django.mo"
        newest = max(book.stat().st_mtime for book in books)
        if stale_only and compiled.is_file() and compiled.stat().st_mtime > newest:
            continue
        catalog = read(folder / "django.po")
        for book in books:
            for message in read(book):
                if _id(message) and message.id not in catalog:
                    catalog[message.id] = message
        whole = io.BytesIO()
        write_mo(whole, catalog)
        fresh = compiled.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(whole.getvalue())
        fresh.replace(compiled)


def problems(folder: Path, wanted: Catalog) -> list[str]:
    """Sentences about texts that one language lacks or has wrong, and about leftovers."""
    said = []
    for book in sorted(folder.glob("*.po")):
        ours = book.name == "django.po"
        catalog = read(book)
        said += [f"{book.name}: {text}" for text in _faults(wanted if ours else catalog, catalog)]
        for message in filter(_id, catalog):
            if ours and wanted.get(message.id, message.context) is None:
                said.append(f"{book.name}: no longer used: {_id(message)!r}")
    return said


def _faults(wanted: Catalog, catalog: Catalog) -> Iterator[str]:
    for message in filter(_id, wanted):
        translated = catalog.get(message.id, message.context)
        fault = "missing" if translated is None else _fault(message, translated)
        if fault:
            yield f"{fault}: {_id(message)!r}"


def _fault(message: Message, translated: Message) -> str:
    originals, texts = _forms(message.id), _forms(translated.string)
    if translated.fuzzy:
        return "marked as fuzzy"
    if not all(texts) or isinstance(message.id, str) != isinstance(translated.id, str):
        return "not translated"
    if len(texts) < len(originals):
        return "a plural form is missing"
    for number, text in enumerate(texts):
        original = originals[min(number, len(originals) - 1)]
        if sorted(_VALUE.findall(text)) != sorted(_VALUE.findall(original)):
            return "other values to fill in"
        if text[:1].isspace() != original[:1].isspace():
            return "another beginning or end"
    return ""


def _id(message: Message) -> str:
    return _forms(message.id)[0]


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """The singular and plurals of a text, or its one form."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def main(task: str) -> int:
    if task == "compile":
        compile_all()
        return 0
    wanted = extract()
    if task == "update":
        for folder in folders():
            update(folder / "django.po", wanted)
    said = [
        f"{folder.parent.name}/{text}" for folder in folders() for text in problems(folder, wanted)
    ]
    if said:
        print("\n".join(said))
    return 1 if said and task == "check" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
