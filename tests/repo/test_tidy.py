"""Limits that keep the code readable, and things that must not be in the repository."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from tests.repo.sources import ROOT, functions, name_of, python_files, text_of, tracked, tree_of
from tools.generated import GENERATED

SOURCE_LINES_MAX, TEST_LINES_MAX, FUNCTION_LINES_MAX = 500, 800, 70
TEST_FILE_BYTES_MAX = 200_000
TYPESCRIPT_LINES_MAX = 500
PROTOCOL_METHODS_MAX = 7

# The words stand in pieces, so that the test does not find its own file.
MACHINE = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + "home/[a-z]", "/" + "tmp/v/"]))
REGISTRY = re.compile(
    "|".join(["pypi" + r"\.org", "files\\.pythonhosted" + r"\.org", "registry\\.npmjs" + r"\.org"])
)


def lines(path: Path) -> int:
    return len((text_of(path) or "").splitlines())


def is_test(path: Path) -> bool:
    return name_of(path).startswith("tests/")


def too_many(found: Iterable[str]) -> str:
    return "\n".join(sorted(found))


def test_files_are_short() -> None:
    long = [
        f"{name_of(path)}: {lines(path)} lines"
        for path in python_files()
        if lines(path) > (TEST_LINES_MAX if is_test(path) else SOURCE_LINES_MAX)
    ]
    assert not long, too_many(long)


def test_typescript_files_are_short() -> None:
    long = [
        f"{name_of(path)}: {lines(path)} lines"
        for path in tracked()
        if path.suffix == ".ts"
        and name_of(path) not in GENERATED
        and lines(path) > (TEST_LINES_MAX if ".test." in path.name else TYPESCRIPT_LINES_MAX)
    ]
    assert not long, too_many(long)


def test_functions_are_short() -> None:
    long = []
    for path in python_files():
        for function in functions(path):
            size = (function.end_lineno or 0) - function.lineno + 1
            if size > FUNCTION_LINES_MAX:
                long.append(f"{name_of(path)}:{function.lineno} {function.name}: {size} lines")
    assert not long, too_many(long)


def test_protocols_ask_for_little() -> None:
    wide = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases
            ):
                methods = [
                    m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)
                ]
                if len(methods) > PROTOCOL_METHODS_MAX:
                    wide.append(f"{name_of(path)}: {node.name} has {len(methods)} methods")
    assert not wide, too_many(wide)


def _sleeps(path: Path) -> Iterable[int]:
    """Lines on which something sleeps a fixed time: pacing to a clock computes its argument."""
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        first = node.args[0] if node.args else None
        fixed = isinstance(first, ast.Name) or (isinstance(first, ast.Constant) and first.value)
        if name in ("sleep", "wait_for_timeout") and fixed:
            yield node.lineno


def test_no_test_sleeps_a_fixed_time() -> None:
    allowed = {"tests/support/waiting.py"}
    asleep = [
        f"{name_of(path)}:{line}"
        for path in python_files()
        if is_test(path) and name_of(path) not in allowed
        for line in _sleeps(path)
    ]
    assert not asleep, too_many(asleep)


def test_no_file_names_a_machine_s_folder() -> None:
    found = [
        f"{name_of(path)}:{number}"
        for path in tracked()
        for number, line in enumerate((text_of(path) or "").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert not found, too_many(found)


def test_no_file_names_a_package_index() -> None:
    found = [name_of(path) for path in tracked() if REGISTRY.search(text_of(path) or "")]
    assert not found, too_many(found)


def test_lock_files_carry_hashes() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        pins = re.findall(r"(?m)^[A-Za-z0-9][^\s]*==", text)
        assert pins, f"{path.name} locks nothing"
        assert text.count("--hash=sha256:") >= len(pins), f"{path.name} has pins without a hash"


def test_the_tests_carry_no_large_files() -> None:
    large = [
        f"{name_of(path)}: {path.stat().st_size} bytes"
        for path in tracked()
        if is_test(path) and path.stat().st_size > TEST_FILE_BYTES_MAX
    ]
    assert not large, too_many(large)


def test_text_files_end_with_one_newline() -> None:
    ragged = [
        name_of(path)
        for path in tracked()
        if path.suffix in (".py", ".md", ".ts", ".css", ".toml", ".yml", ".html")
        and (text := text_of(path))
        and (not text.endswith("\n") or text.endswith("\n\n"))
    ]
    assert not ragged, too_many(ragged)
