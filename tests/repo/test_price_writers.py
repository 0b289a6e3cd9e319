"""Every price is written with its history: `catalogue.services.write_prices` or `Price.save`."""

import ast
import re

from tests.repo.sources import ROOT, name_of, python_files, tree_of

WRITER = "src/showfloor/catalogue/services.py"
WRITES = {"update", "bulk_create", "bulk_update", "delete", "update_or_create", "get_or_create"}
PRICES = re.compile(r"\bPrice\.(objects|unscoped)\b|\.prices\b")
SQL = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM)\s+catalogue_price(change)?\b", re.IGNORECASE)


def test_no_other_code_writes_prices_past_their_history() -> None:
    found = []
    for path in python_files():
        if not path.is_relative_to(ROOT / "src") or name_of(path) == WRITER:
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if SQL.search(node.value):
                    found.append(f"{name_of(path)}:{node.lineno} SQL")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                if node.func.attr in WRITES and PRICES.search(called):
                    found.append(f"{name_of(path)}:{node.lineno} {called}")
    assert found == [], "a price is written without its history"
