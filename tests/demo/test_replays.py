"""The replays of the demo: what is left of a show that was played in its evening."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from PIL import Image

from showfloor.checkout.models import Order
from showfloor.outbox.models import MessageState, OutgoingMessage
from showfloor.shows import queries
from showfloor.shows.models import Show, ShowState
from showfloor_demo import pictures, seed
from showfloor_demo.houses import HOUSES
from showfloor_demo.replays import Recorder

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]

HOUSE = HOUSES[0]


def kill(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def replays(tmp_path: Path) -> list[Show]:
    """The replays of a demo without a picture or a film, whose first set-up was killed."""
    for name in pictures.jobs():
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    ours = replace(settings.SHOWFLOOR, data_dir=tmp_path)
    recorder = Recorder(ours, tmp_path.joinpath, say=lambda _line: None, record=lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        seed.seed(tmp_path, replace(recorder, record=kill))
    seed.seed(tmp_path, recorder)
    assert not Show.objects.all_brands().filter(state=ShowState.DRAFT).exists()
    found = Show.objects.all_brands().filter(state=ShowState.ENDED).select_related("brand")
    return list(found.order_by("started_at"))


def test_replay_has_one_chapter_for_each_product_and_its_mails_in_its_evening(
    replays: list[Show],
) -> None:
    assert [show.title for show in replays] == [
        about.title for about in sorted(HOUSE.replays, key=lambda about: about.starts_in_min)
    ]
    for show, about in zip(replays, reversed(HOUSE.replays), strict=True):
        chapters = [one["product_ids"] for one in queries.highlights(show)]
        assert len(chapters) == len(about.products)
        assert Counter(map(len, chapters)) == {1: len(chapters)}
        assert len({product for (product,) in chapters}) == len(chapters)

    orders = Order.objects.all_brands()
    messages = OutgoingMessage.objects.all_brands()
    assert {message.state for message in messages} == {MessageState.SENT}
    assert messages.count() == orders.count() == len(mail.outbox) > 0
    evenings = {show.started_at.date() for show in replays if show.started_at}
    for sent in (message.sent_at for message in messages):
        assert sent is not None
        assert sent.date() in evenings
        assert sent.hour == 18
