"""What the suite is told on the command line or by the environment. Nothing of ours is imported."""

import os
from pathlib import Path

import pytest

_OPTIONS = {
    "--timeline-url": "the address of a public show's timeline",
    "--staff-token": "a token of someone who works there",
    "--hidden-url": "the address of a timeline that only staff may see",
    "--command": "name=body of a command that causes an entry",
}
_COMMAND = 'message={"text":"{text}"}'


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("timeline protocol")
    for name, text in _OPTIONS.items():
        group.addoption(name, help=text)
    group.addoption("--viewer-token", action="append", help="a token that may send commands")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without a server to be tested there is nothing to do."""
    return True if collection_path.suffix == ".py" and not _option(config, "timeline_url") else None


def _option(config: pytest.Config, name: str) -> str:
    given: str | None = config.getoption(f"--{name.replace('_', '-')}", None)
    return given or os.environ.get(f"TIMELINE_{name.removeprefix('timeline_').upper()}", "")


@pytest.fixture(scope="session")
def timeline_url(pytestconfig: pytest.Config) -> str:
    return _option(pytestconfig, "timeline_url").rstrip("/")


@pytest.fixture(scope="session")
def viewer_tokens(pytestconfig: pytest.Config) -> list[str]:
    given: list[str] = pytestconfig.getoption("--viewer-token") or []
    tokens = given or os.environ.get("TIMELINE_VIEWER_TOKENS", "").split(",")
    return [token for token in tokens if token]


@pytest.fixture
def staff_token(pytestconfig: pytest.Config) -> str:
    return _option(pytestconfig, "staff_token") or pytest.skip("no --staff-token")


@pytest.fixture
def hidden_url(pytestconfig: pytest.Config) -> str:
    return _option(pytestconfig, "hidden_url").rstrip("/") or pytest.skip("no --hidden-url")


@pytest.fixture(scope="session")
def command(pytestconfig: pytest.Config) -> tuple[str, str]:
    """Name, and body as JSON with `{text}` in it."""
    name, _, body = (_option(pytestconfig, "command") or _COMMAND).partition("=")
    return name, body
