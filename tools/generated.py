"""Files made from code: `python -m tools.generated` writes them, `--check` names stale ones."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.api_types import api_types
from tools.entry_promise import broken
from tools.entry_schema import entries_schema
from tools.entry_types import entries_page, entry_types
from tools.privacy_reference import privacy_page
from tools.settings_reference import settings_page

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = "docs/reference/entries.schema.json"
GENERATED: dict[str, Callable[[], str]] = {
    "docs/reference/settings.md": settings_page,
    "docs/reference/entries.md": entries_page,
    "docs/reference/privacy.md": privacy_page,
    SCHEMA: entries_schema,
    "frontend/src/timeline-client/entry-kinds.ts": entry_types,
    "frontend/src/api/schema.ts": api_types,
}


def out_of_date(root: Path = ROOT) -> list[str]:
    """Paths, relative to the repository, whose text is not what the code would write today."""
    stale = []
    for name, make in GENERATED.items():
        path = root / name
        if not path.is_file() or path.read_text("utf-8") != make():
            stale.append(name)
    return stale


def broken_promises(root: Path = ROOT) -> list[str]:
    """Return the kinds and keys that the code would take from readers of the present schema."""
    path = root / SCHEMA
    if not path.is_file():
        return []
    return broken(json.loads(path.read_text("utf-8")), json.loads(entries_schema()))


def main(options: Sequence[str], root: Path = ROOT) -> int:
    stale = out_of_date(root)
    if "--check" in options:
        for name in stale:
            print(f"{name} is out of date: run `make generated`")
        return 1 if stale else 0
    if lost := broken_promises(root):
        print(*(f"{SCHEMA} is a promise to its readers: {words}" for words in lost), sep="\n")
        return 1
    for name in stale:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GENERATED[name](), "utf-8")
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
