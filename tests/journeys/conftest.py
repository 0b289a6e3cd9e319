"""Journeys need a browser: without one they are skipped, and the suite says so loudly."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage, staged
from tests.support.browser import HOW_TO_GET_ONE, chromium

# Entries that belong to a picture appear with it, seconds after they were written.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    if chromium() is None:
        pytest.skip(HOW_TO_GET_ONE)
    with staged(tmp_path_factory.mktemp("journey")) as ready:
        yield ready


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """When a journey fails, keep everyone's screenshots in `test-results/`, and print the rest."""
    report = yield
    funcargs: dict[str, Any] = getattr(item, "funcargs", {})
    if report.when == "call" and report.failed and "stage" in funcargs:
        report.sections.append(("evidence", funcargs["stage"].keep_evidence(item.name)))
    return report
