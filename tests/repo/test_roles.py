"""The roles compose processes and read the command line: rows and decisions belong to the rooms."""

import ast

from tests.repo.sources import ROOT, name_of, tree_of

ROLES = ROOT / "src" / "showfloor" / "roles"
MODULES = sorted(ROLES.glob("*.py"))
LINES_MAX = 260
# A composition calls services; it neither queries rows nor opens transactions.
ROWS = {"objects", "verb", "write", "atomic", "save"}


def test_roles_touch_no_rows() -> None:
    touched = [
        f"{name_of(path)}:{node.lineno} {node.attr}"
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in ROWS
    ]
    assert touched == []


def test_roles_have_no_rules_tables_or_endpoints_of_their_own() -> None:
    rooms_only = {"rules", "models", "services", "queries", "permissions", "api", "events"}
    assert {path.stem for path in MODULES} & rooms_only == set()


def test_modules_of_roles_stay_small() -> None:
    lines = {name_of(p): len(p.read_text("utf-8").splitlines()) for p in MODULES}
    assert {name: count for name, count in lines.items() if count > LINES_MAX} == {}
