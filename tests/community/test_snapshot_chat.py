"""A stale snapshot with the entries after it is the fresh one, for messages, pins and banners; each
body matches its kind."""

from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.community.chat import services
from showfloor.community.chat.models import Message
from showfloor.shows.models import Show
from showfloor.site.kinds import KINDS
from showfloor.timeline import queries as timeline
from tests.support.chat import post_message
from tests.support.reducer import Verify, verifier
from tests.support.shows import guest


@pytest.fixture
def verify(show: Show) -> Verify:
    return verifier(show)


def test_snapshot_and_entries_agree_at_each_step_of_a_chat(
    show: Show, brand: Brand, producer: User, verify: Verify
) -> None:
    ana, ben = guest(brand), guest(brand, "Ben", network="net-of-ben")
    said: list[Message] = []
    banners: list[str] = []

    def say(viewer: Any, text: str, reply_to: str | None = None) -> None:
        number = str(len(said))
        said.append(post_message(show, viewer, number, text, reply_to))

    def announce(text: str) -> None:
        banners.append(services.announce(show, text, "https://m.example", None, producer).pk)

    assert [
        verify(lambda: say(ana, "which shade is it?")),
        verify(lambda: say(ben, "@Ana number 7", said[0].pk)),
        verify(lambda: services.pin(show, said[0].pk, None, producer)),
        verify(lambda: services.pin(show, said[1].pk, None, producer)),
        verify(lambda: services.pin(show, said[0].pk, None, producer)),
        verify(lambda: announce("Free shipping")),
        verify(lambda: announce("Only today")),
        verify(lambda: services.delete_message(show, said[0].pk, producer)),
        verify(lambda: services.pin(show, said[1].pk, None, producer)),
        verify(lambda: services.unpin(show, None, producer)),
        verify(lambda: services.end_announcement(show, banners[1], None, producer)),
    ] == [
        ["message.posted"],
        ["message.posted"],
        ["comment.pinned"],
        ["comment.pinned"],
        ["comment.pinned"],
        ["announcement.shown"],
        ["announcement.ended", "announcement.shown"],
        ["message.deleted"],
        ["comment.pinned"],
        ["comment.unpinned"],
        ["announcement.ended"],
    ]
    for entry in timeline.read(show.timeline_id, after=0):
        shape = KINDS[entry.kind].body
        needed: frozenset[str] = getattr(shape, "__required_keys__")  # noqa: B009
        assert needed <= set(entry.body) <= set(shape.__annotations__)
