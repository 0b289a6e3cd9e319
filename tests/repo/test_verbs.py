"""Every write transaction stands in a verb, which is repeated when PostgreSQL ends it."""

import ast
from collections.abc import Iterator

from tests.repo.sources import ROOT, functions, python_files

PACKAGE = ROOT / "src" / "showfloor"

OPENERS = {"write", "writing"}
# These functions open a transaction for others: they or their callers are verbs.
OPENS_FOR_OTHERS = {
    "accounts/transactions.py": {"write"},
    "stock/counters.py": {"_outermost", "_nested", "_inside_savepoint"},
    "accounts/admin_base.py": {"act"},  # the verb is made in the line below it
    "site/catalogue_import.py": {"writing"},
    # The test provider's books are a file of its own.
    "adapters/testpay/provider.py": {
        "create_token", "authorise", "void", "refund", "forget", "_note_deliveries",
    },
    # An import is a job of its own, whose batches begin again.
    "catalogue/importing/writer.py": {"_write_or_undo"},
}  # fmt: skip


type Function = ast.FunctionDef | ast.AsyncFunctionDef


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """Yield the nodes of the function, without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def opens_transaction(function: Function) -> bool:
    for node in own_nodes(function):
        for item in node.items if isinstance(node, ast.With) else ():
            call = item.context_expr
            if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in OPENERS:
                return True
    return False


def is_verb(function: Function) -> bool:
    return any(ast.unparse(mark).split(".")[-1] == "verb" for mark in function.decorator_list)


def test_every_write_transaction_is_opened_by_a_verb() -> None:
    missing = []
    for path in python_files():
        if not path.is_relative_to(PACKAGE):
            continue
        name = path.relative_to(PACKAGE).as_posix()
        allowed = OPENS_FOR_OTHERS.get(name, set())
        missing += [
            f"{name}:{function.lineno} {function.name}: decorate it with @verb"
            for function in functions(path)
            if opens_transaction(function) and not is_verb(function)
            and function.name not in allowed
        ]  # fmt: skip
    assert missing == []
