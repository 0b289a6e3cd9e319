"""Journeys need a browser: without one they are skipped, and the suite says so loudly."""

from collections.abc import Iterator

import pytest

from tests.journeys.stage import Stage, staged
from tests.support.browser import HOW_TO_GET_ONE, chromium


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    if chromium() is None:
        pytest.skip(HOW_TO_GET_ONE)
    with staged(tmp_path_factory.mktemp("journey")) as ready:
        yield ready
