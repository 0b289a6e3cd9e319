"""Two shows that take a port for SRT at one moment."""

from functools import partial
from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import Conflict
from showfloor.media.models import Channel
from showfloor.shows import services
from tests.races.together import Meeting, at_once
from tests.support.shows import make_show

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("ports", [2, 1])
def test_two_shows_get_ports_of_their_own_or_one_of_them_a_reason(
    brand: Brand, monkeypatch: pytest.MonkeyPatch, ports: int
) -> None:
    shows = [make_show(brand, title=f"Show {number}") for number in range(2)]
    meeting = Meeting(2, at_most_s=0.5, once=True)
    save = Channel.save

    def save_together(channel: Channel, **more: Any) -> None:
        meeting.wait()  # both have read which ports are free, where the database lets them
        save(channel, **more)

    monkeypatch.setattr(Channel, "save", save_together)
    span = (40_000, 40_000 + ports - 1)
    results = at_once([partial(services.set_srt, show, True, span) for show in shows])
    taken = sorted(Channel.objects.all_brands().values_list("srt_port", flat=True), key=bool)
    refused = [one for one in results if one is not None]
    if ports == 2:
        assert (refused, sorted(filter(None, taken))) == ([], [40_000, 40_001])
        return
    assert taken == [None, 40_000]
    [error] = refused
    assert isinstance(error, Conflict)
    assert error.code == "srt-ports"
