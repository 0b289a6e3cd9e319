"""Who is let in to a show's timeline and to its preview."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, override

import pytest

from showfloor.accounts import access, bans
from showfloor.accounts.network import NetworkHasher
from showfloor.accounts.tokens import TOKEN_TTL, Claims, TokenSigner
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.edge.ports import Admission, Turned
from showfloor.edge.timeline import BAD_TOKEN, BANNED, NO_SHOW
from showfloor.kernel.clock import utc_now
from showfloor.media.origin import ChannelRegistry
from showfloor.roles.database import Database
from showfloor.roles.directory import ShowDirectory, ShowInfo
from showfloor.roles.door import MediaDoor, TimelineDoor
from showfloor.shows.models import ShowState
from showfloor.timeline.bus import Bus

PUBLIC = ShowInfo("show", "evening", "brand", "timeline", "channel", ShowState.LIVE, True)
SIGNER, NETWORK = TokenSigner("secret"), NetworkHasher("secret")
GUEST = Claims("g:ana", "brand", "Ana", (), NETWORK("192.0.2.7"))
HOST = Claims("u:eve", "brand", "Eve", ("host",), NETWORK("192.0.2.7"))


class Answers(Database):
    """Says who is banned, by their `sub` or their network, and who works at the brand."""

    def __init__(self, banned: str = "", staff: str = HOST.sub) -> None:
        super().__init__()
        self._banned = banned
        self.staff = staff
        self.asked = 0

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.asked += 1
        if verb is access.works_at:
            return args == (self.staff, PUBLIC.brand_id)
        assert verb is bans.is_banned
        return self._banned in args


class OneShow(ShowDirectory):
    def __init__(self, show: ShowInfo) -> None:
        super().__init__(Answers(), Bus())
        self._show = show

    @override
    async def by_slug(self, slug: str) -> ShowInfo | None:
        return self._show if slug == self._show.slug else None


def timeline_door(show: ShowInfo = PUBLIC, banned: str = "") -> TimelineDoor:
    return TimelineDoor(Answers(banned), OneShow(show), SIGNER, NETWORK)


def media_door(folder: Path, answers: Answers | None = None) -> MediaDoor:
    channels = ChannelRegistry(lambda _: FileRecording(folder))
    return MediaDoor(answers or Answers(), OneShow(PUBLIC), channels, SIGNER)


def token(claims: Claims) -> str:
    return SIGNER.issue(claims, utc_now())


async def code(door: TimelineDoor, sent: str | None, slug: str = "evening") -> int | None:
    """The close code someone is turned away with; None when they are let in."""
    try:
        admission, _claims = await door.admit(slug, sent, "192.0.2.7")
    except Turned as turned:
        return turned.code
    assert admission == Admission("timeline", "brand")
    return None


async def test_a_public_show_is_open_to_everyone() -> None:
    door = timeline_door()
    assert await code(door, None) is None
    assert await code(door, token(GUEST)) is None
    assert await code(door, None, "another") == NO_SHOW


@pytest.mark.parametrize(
    "show", [replace(PUBLIC, published=False), replace(PUBLIC, state=ShowState.DRAFT)]
)
async def test_one_that_is_not_public_is_there_for_staff_only(show: ShowInfo) -> None:
    door = timeline_door(show)
    assert await code(door, None) == NO_SHOW
    assert await code(door, token(GUEST)) == NO_SHOW
    assert await code(door, token(HOST)) is None


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        TokenSigner("another").issue(HOST, utc_now()),
        SIGNER.issue(HOST, utc_now() - TOKEN_TTL),
        token(replace(HOST, brand="rival")),
    ],
)
async def test_a_token_that_is_not_good_here(bad: str, tmp_path: Path) -> None:
    assert await code(timeline_door(), bad) == BAD_TOKEN
    media = media_door(tmp_path)
    assert not await media.authorise_preview(bad, "evening")


async def test_who_was_sent_out_stays_out_with_and_without_a_token() -> None:
    assert await code(timeline_door(banned=GUEST.sub), token(GUEST)) == BANNED
    by_network = timeline_door(banned=NETWORK("192.0.2.99"))
    assert await code(by_network, token(replace(GUEST, sub="g:new-cookie"))) == BANNED
    assert await code(by_network, None) == BANNED
    assert await code(by_network, token(HOST)) is None


async def test_the_preview_is_for_the_brands_staff(tmp_path: Path) -> None:
    media = media_door(tmp_path)
    assert await media.authorise_preview(token(HOST), "evening")
    assert not await media.authorise_preview(token(GUEST), "evening")
    assert not await media.authorise_preview(token(HOST), "another")


async def test_whose_role_is_gone_is_sent_for_a_new_token() -> None:
    door = TimelineDoor(Answers(staff="u:another"), OneShow(PUBLIC), SIGNER, NETWORK)
    assert await code(door, token(HOST)) == BAD_TOKEN


async def test_whose_role_is_gone_loses_the_preview_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    answers = Answers()
    media = media_door(tmp_path, answers)
    assert [await media.authorise_preview(token(HOST), "evening") for _ in range(3)] == [True] * 3
    assert answers.asked == 1
    answers.staff = "u:another"
    now += 5
    assert not await media.authorise_preview(token(HOST), "evening")
