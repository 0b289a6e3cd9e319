"""Listeners of the stock."""

from collections.abc import Iterator, Sequence

import pytest

from showfloor.stock import services
from showfloor.stock.counters import Change
from tests.stock.helpers import Notices


@pytest.fixture
def told() -> Iterator[Notices]:
    """The notices that listeners of the stock get: free units before and after, by variant id."""
    notices: Notices = []

    def listen(changes: Sequence[Change]) -> None:
        notices.append({one.variant_id: (one.before, one.after) for one in changes})

    stop = services.on_change(listen)
    yield notices
    stop()
