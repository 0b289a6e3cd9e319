"""No module of `src` or `frontend/src` imports itself over others, not even for types alone."""

import ast
import re
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from tests.repo.sources import ROOT, tree_of

SRC = ROOT / "src"
FRONTEND = ROOT / "frontend" / "src"
SCRIPT_IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'""")


def imported(tree: ast.AST, modules: Iterable[str]) -> set[str]:
    """Return the modules among `modules` that a file imports anywhere."""
    known, found = set(modules), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return found & known


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Return the modules of one circle; empty where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_circle_is_found_over_a_third_module() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert sorted(set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}))) == ["a", "b", "c"]


def test_modules_of_src_import_each_other_one_way() -> None:
    files = {
        ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__"): path
        for path in SRC.rglob("*.py")
    }
    imports = {name: imported(tree_of(path), files) for name, path in files.items()}
    assert circle(imports) == []


def test_modules_of_the_frontend_import_each_other_one_way() -> None:
    files = [path for path in FRONTEND.rglob("*.ts") if not path.name.endswith(".test.ts")]
    imports = {
        str(path): {
            str((path.parent / address).resolve())
            for address in SCRIPT_IMPORT.findall(path.read_text())
        }
        for path in files
    }
    assert any(imports.values())
    assert circle(imports) == []
