"""The authorizers of timelines and previews, and the queries that they cost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, override

import pytest

from showfloor.accounts import auth_cache as auth_cache
from showfloor.accounts import bans, staff_access
from showfloor.accounts.access_changes import Change
from showfloor.accounts.auth_cache import AuthCache
from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import AccessChangeKind, Role
from showfloor.accounts.network import NetworkHasher
from showfloor.accounts.tokens import TOKEN_TTL, Claims, KnownTokens, TokenSigner
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.edge.authorizer import MediaAuthorizer, TimelineAuthorizer
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.hls.playlist import DateRange
from showfloor.media.passes import SLOT, PassSigner
from showfloor.shows import highlight_ranges, watching
from showfloor.shows.directory import ShowDirectory, ShowInfo
from showfloor.shows.highlight_ranges import HighlightRanges
from showfloor.shows.models import OpenTo, ShowState
from showfloor.shows.watch_cache import WatchCache
from showfloor.timeline.bus import Bus
from tests.support.waiting import await_until

BAD_TOKEN, BANNED, NO_SHOW = CloseCode.BAD_TOKEN, CloseCode.BANNED, CloseCode.NO_SHOW
NO_RIGHT = CloseCode.NO_RIGHT
PUBLIC = ShowInfo(
    "show", "evening", "brand", "timeline", "backstage", "channel", ShowState.LIVE, True
)
SIGNER, NETWORK = TokenSigner("secret"), NetworkHasher("secret")
NET = NETWORK("192.0.2.7")
GUEST = Claims("g:ana", "brand", "Ana", (), NET)
MEMBER = Claims("m:mia", "brand", "Mia", (), NET, ("vip",))
HOST = Claims("u:eve", "brand", "Eve", ("host",), NET)


class Answers(Database):
    """Says who is banned at the brand and what the host does there; counts the questions."""

    def __init__(self, rows: "list[tuple[str, str, datetime | None]] | None" = None) -> None:
        super().__init__()
        self.bans = rows or []
        self.role: Role | None = Role.HOST
        self.holders: set[str] = set()
        self.asked: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.asked.append(verb.__name__)
        answer: Any = None
        if verb is staff_access.role_of:
            answer = self.role if args == (HOST.sub, "brand") else None
        elif verb is watching.may_watch:
            answer = args[1].sub in self.holders
        elif verb is highlight_ranges.read_again:
            answer = (HIGHLIGHT,)
        else:
            assert verb is bans.rows_in_force
            answer = list(self.bans) if args == ("brand",) else []
        self.meanwhile()
        return answer


HIGHLIGHT = DateRange("h1", "org.showfloor.highlight", utc_now())


class OneShow(ShowDirectory):
    def __init__(self, show: ShowInfo) -> None:
        super().__init__(Answers(), Bus())
        self._show = show

    @override
    def known(self, slug: str) -> ShowInfo | None:
        return self._show if slug == self._show.slug else None

    @override
    async def by_slug(self, slug: str) -> ShowInfo | None:
        return self._show if slug == self._show.slug else None


class Harness:
    """A show with its authorizer, and the caches behind it."""

    def __init__(self, show: ShowInfo = PUBLIC, answers: Answers | None = None) -> None:
        self.show = show
        self.answers = answers or Answers()
        self.now_s = 1000.0
        self.auth_cache = AuthCache(self.answers, monotonic=lambda: self.now_s, retry_s=0.01)
        self.watchers = WatchCache(self.answers, monotonic=lambda: self.now_s)
        self.authorizer = TimelineAuthorizer(
            OneShow(show), self.auth_cache, self.watchers, SIGNER, NETWORK
        )

    async def code(self, sent: str | None, slug: str = "evening") -> int | None:
        """The close code someone is turned away with; None when they are let in."""
        try:
            await self.authorizer.admit(slug, sent, "192.0.2.7")
        except AdmissionDenied as denied:
            return denied.code
        return None

    def media(self, folder: Path) -> MediaAuthorizer:
        channels = LiveStreamRegistry(lambda _: FileRecording(folder))
        return MediaAuthorizer(
            OneShow(self.show), channels, self.auth_cache, SIGNER, PassSigner("secret"),
            [HighlightRanges(self.answers)],
        )  # fmt: skip


def token(claims: Claims, age: timedelta = timedelta()) -> str:
    return SIGNER.issue(claims, utc_now() - age)


def change(
    what: AccessChangeKind, subject: str, *, network: str = "", brand: str | None = "brand",
    until: datetime | None = None, ago: timedelta = timedelta(),
) -> Change:  # fmt: skip
    return Change(1, what, brand, subject, network, until, to_epoch_ms(utc_now() - ago))


async def test_a_public_show_is_open_to_everyone() -> None:
    harness = Harness()
    for sent in (None, token(GUEST), token(MEMBER), token(HOST)):
        admission, claims = await harness.authorizer.admit("evening", sent, "192.0.2.7")
        assert admission == Admission("timeline", "brand", "show", "evening", True, "backstage")
        assert claims.network == NET
    assert await harness.code(None, "another") == NO_SHOW


async def test_show_for_members_lets_in_members_and_staff() -> None:
    harness = Harness(replace(PUBLIC, open_to=OpenTo.MEMBERS))
    sent = (None, token(GUEST), token(MEMBER), token(HOST), token(replace(HOST, brand="rival")))
    assert [await harness.code(one) for one in sent] == [NO_RIGHT, NO_RIGHT, None, None, BAD_TOKEN]
    assert harness.authorizer.known("evening", token(MEMBER)) is None  # each asks anew
    hidden = Harness(replace(PUBLIC, open_to=OpenTo.MEMBERS, published=False))
    assert [await hidden.code(one) for one in sent[:4]] == [NO_SHOW, NO_SHOW, NO_SHOW, None]


async def test_ticket_lets_in_until_it_is_taken_back() -> None:
    harness = Harness(replace(PUBLIC, open_to=OpenTo.TICKET))
    assert await harness.code(token(GUEST)) == NO_RIGHT
    harness.answers.holders = {GUEST.sub}
    assert await harness.code(token(GUEST)) is None  # a no is not kept
    harness.answers.asked.clear()
    assert await harness.code(token(GUEST)) is None
    assert harness.answers.asked == []  # a yes is, for a moment
    assert await harness.code(token(MEMBER)) == NO_RIGHT
    assert await harness.code(token(HOST)) is None
    harness.answers.holders = set()
    harness.watchers.apply(change(AccessChangeKind.RIGHTS, GUEST.sub))
    assert await harness.code(token(GUEST)) == NO_RIGHT


async def test_pass_opens_the_media_of_its_show_for_its_minutes(tmp_path: Path) -> None:
    media = Harness(replace(PUBLIC, open_to=OpenTo.TICKET)).media(tmp_path)
    passes, now = PassSigner("secret"), utc_now()
    good, stale = passes.issue("show", now).text, passes.issue("show", now - 2 * SLOT).text
    others = [passes.issue("another", now).text, PassSigner("other").issue("show", now).text]
    later = passes.issue("show", now + 2 * SLOT).text
    for text in (good, stale, *others, later, "1-", "x", f"{good}x", None):
        found = await media.resolve("evening", text)
        assert found is not None
        assert found.is_open == (text == good), text
        assert found.announced
    kept = await media.resolve("evening", good)
    assert kept is not None
    assert kept.pass_left_s is not None
    assert 299 <= kept.pass_left_s <= 600


async def test_those_who_are_let_in_are_known_from_memory_unless_they_are_staff() -> None:
    harness = Harness()
    known = harness.authorizer.known
    assert known("evening", token(GUEST)) is None  # the brand's bans are not known yet
    assert await harness.code(token(GUEST)) is None
    asked = list(harness.answers.asked)
    for claims in (GUEST, MEMBER):
        found = known("evening", token(claims))
        assert found is not None
        assert (found[0], found[1].sub) == ("show", claims.sub)
    refused = ["nonsense", SIGNER.issue(GUEST, utc_now() - TOKEN_TTL), token(HOST)]
    refused.append(token(replace(GUEST, brand="rival")))
    assert [known("evening", sent) for sent in refused] == [None] * 4
    assert known("another", token(GUEST)) is None
    harness.auth_cache.apply(change(AccessChangeKind.BAN, GUEST.sub))
    harness.auth_cache.apply(change(AccessChangeKind.RIGHTS, MEMBER.sub))
    for claims in (GUEST, MEMBER):
        old = token(claims, timedelta(seconds=1))
        assert known("evening", old) is None
        assert await harness.code(old) is not None
    assert harness.answers.asked == asked


async def test_show_that_is_not_public_is_known_to_nobody() -> None:
    harness = Harness(replace(PUBLIC, published=False))
    await harness.auth_cache.check(GUEST)
    assert harness.authorizer.known("evening", token(GUEST)) is None


@pytest.mark.parametrize(
    "show", [replace(PUBLIC, published=False), replace(PUBLIC, state=ShowState.DRAFT)]
)
async def test_one_that_is_not_public_is_there_for_staff_only(show: ShowInfo) -> None:
    harness = Harness(show)
    for sent in (None, token(GUEST), token(MEMBER)):
        assert await harness.code(sent) == NO_SHOW
    admission, _claims = await harness.authorizer.admit("evening", token(HOST), "")
    assert not admission.public


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("nonsense", BAD_TOKEN),
        (SIGNER.issue(HOST, utc_now() - TOKEN_TTL), BAD_TOKEN),
        (token(GUEST), NO_SHOW),
        (token(replace(HOST, brand="rival")), NO_SHOW),
    ],
)
async def test_a_hidden_show_answers_like_one_that_is_not_there(sent: str, code: int) -> None:
    harness = Harness(replace(PUBLIC, published=False))
    assert await harness.code(sent) == code
    assert await harness.code(sent, "no-such-show") == code


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        "",
        TokenSigner("another").issue(HOST, utc_now()),
        SIGNER.issue(HOST, utc_now() - TOKEN_TTL),
        token(replace(HOST, brand="rival")),
        token(replace(MEMBER, brand="rival")),
    ],
)
async def test_token_that_is_invalid_here_is_refused(bad: str, tmp_path: Path) -> None:
    harness = Harness()
    assert await harness.code(bad) == BAD_TOKEN
    assert not await harness.media(tmp_path).authorise_preview(bad, "evening")


async def test_a_key_is_rotated_while_people_are_there() -> None:
    harness = Harness()
    harness.authorizer._tokens = KnownTokens(TokenSigner("next", "secret"))
    assert await harness.code(token(GUEST)) is None
    harness.authorizer._tokens = KnownTokens(TokenSigner("next"))
    assert await harness.code(token(GUEST)) == BAD_TOKEN


async def test_banned_person_stays_out_with_and_without_a_token() -> None:
    by_person = Harness(answers=Answers([(GUEST.sub, "", None), (MEMBER.sub, "", None)]))
    assert await by_person.code(token(GUEST)) == BANNED
    assert await by_person.code(token(MEMBER)) == BANNED
    assert await by_person.code(None) is None
    by_network = Harness(answers=Answers([("g:troll", NET, None)]))
    assert await by_network.code(token(replace(GUEST, sub="g:new-cookie"))) == BANNED
    assert await by_network.code(None) == BANNED
    assert await by_network.code(token(MEMBER)) is None
    assert await by_network.code(token(HOST)) is None


async def test_a_ban_ends_when_it_ends() -> None:
    over, soon = utc_now() - timedelta(seconds=1), utc_now() + timedelta(minutes=1)
    assert await Harness(answers=Answers([(GUEST.sub, "", over)])).code(token(GUEST)) is None
    assert await Harness(answers=Answers([(GUEST.sub, "", soon)])).code(token(GUEST)) == BANNED
    twice = Answers([(GUEST.sub, "", soon), (GUEST.sub, "", over)])
    assert await Harness(answers=twice).code(token(GUEST)) == BANNED


async def test_guests_and_members_cost_no_query() -> None:
    harness = Harness()
    await harness.code(token(GUEST))
    assert harness.answers.asked == ["rows_in_force"]
    for number in range(50):
        assert await harness.code(token(replace(GUEST, sub=f"g:{number}"))) is None
        assert await harness.code(token(replace(MEMBER, sub=f"m:{number}"))) is None
        assert await harness.code(None) is None
    assert harness.answers.asked == ["rows_in_force"]


async def test_staff_cost_a_query_every_few_seconds() -> None:
    harness = Harness()
    for _ in range(10):
        assert await harness.code(token(HOST)) is None
    assert harness.answers.asked == ["rows_in_force", "role_of"]
    harness.now_s += auth_cache.ROLE_KEPT_S + 0.1
    harness.answers.role = None
    assert await harness.code(token(HOST)) == BAD_TOKEN


async def test_changed_role_needs_a_new_token() -> None:
    harness = Harness()
    harness.answers.role = Role.MODERATOR
    assert await harness.code(token(HOST)) == BAD_TOKEN
    assert await harness.code(token(replace(HOST, roles=("moderator",)))) is None


async def test_a_ban_counts_at_once_and_so_does_its_end() -> None:
    harness = Harness()
    assert await harness.code(token(GUEST)) is None
    harness.auth_cache.apply(change(AccessChangeKind.BAN, GUEST.sub, network=NET))
    assert await harness.code(token(GUEST)) == BANNED
    assert await harness.code(None) == BANNED
    assert harness.answers.asked == ["rows_in_force"]
    assert await harness.code(token(replace(GUEST, network="elsewhere", sub="g:ben"))) is None
    harness.answers.bans = [("g:other", NET, None)]  # another ban covers the same network
    harness.auth_cache.apply(change(AccessChangeKind.LIFT, GUEST.sub, network=NET))
    assert await harness.code(token(GUEST)) == BANNED  # until it is known to be the last
    await await_until(lambda: harness.answers.asked == ["rows_in_force"] * 2)
    assert await harness.code(token(GUEST)) == BANNED
    assert await harness.code(token(replace(GUEST, network="elsewhere"))) is None


async def test_a_ban_while_the_bans_are_loaded_is_not_lost() -> None:
    harness = Harness()

    def banned_meanwhile() -> None:
        harness.answers.meanwhile = lambda: None
        harness.auth_cache.apply(change(AccessChangeKind.BAN, GUEST.sub))

    harness.answers.meanwhile = banned_meanwhile  # the answer is from before it
    assert await harness.code(token(GUEST)) == BANNED


async def test_a_lift_while_the_bans_are_loaded_is_not_lost() -> None:
    harness = Harness(answers=Answers([(GUEST.sub, "", None)]))

    def lifted_meanwhile() -> None:
        harness.answers.meanwhile, harness.answers.bans = (lambda: None), []
        harness.auth_cache.apply(change(AccessChangeKind.LIFT, GUEST.sub))

    harness.answers.meanwhile = lifted_meanwhile  # the answer is from before it
    await harness.code(None)
    assert await harness.code(token(GUEST)) is None
    assert harness.answers.asked == ["rows_in_force"] * 2


async def test_a_lift_outlives_a_database_that_is_away() -> None:
    harness = Harness(answers=Answers([(GUEST.sub, "", None)]))
    assert await harness.code(token(GUEST)) == BANNED
    harness.answers.bans = []

    def is_away() -> None:
        raise OSError("the database is away")

    harness.answers.meanwhile = is_away
    harness.auth_cache.apply(change(AccessChangeKind.LIFT, GUEST.sub))
    await await_until(lambda: len(harness.answers.asked) > 2)
    assert await harness.code(token(GUEST)) == BANNED
    harness.answers.meanwhile = lambda: None
    asked = len(harness.answers.asked)
    await await_until(lambda: len(harness.answers.asked) > asked)
    assert await harness.code(token(GUEST)) is None


async def test_ban_after_admission_is_found_by_the_second_check() -> None:
    harness = Harness()
    _admission, claims = await harness.authorizer.admit("evening", token(GUEST), "")
    harness.authorizer.check_again(claims)
    harness.auth_cache.apply(change(AccessChangeKind.BAN, GUEST.sub))
    with pytest.raises(AdmissionDenied) as denied:
        harness.authorizer.check_again(claims)
    assert denied.value.code == BANNED


@pytest.mark.parametrize("brand", ["brand", None])
async def test_a_token_from_before_a_log_out_is_worth_nothing(brand: str | None) -> None:
    harness = Harness()
    before = token(MEMBER, timedelta(minutes=5))
    assert await harness.code(before) is None
    harness.auth_cache.apply(
        change(AccessChangeKind.RIGHTS, MEMBER.sub, brand=brand, ago=timedelta(minutes=1))
    )
    assert await harness.code(before) == BAD_TOKEN
    assert await harness.code(token(MEMBER)) is None  # signed in again
    assert await harness.code(token(replace(MEMBER, sub="m:other"), timedelta(minutes=5))) is None


async def test_a_log_out_at_another_brand_does_not_matter_here() -> None:
    harness = Harness()
    harness.auth_cache.apply(change(AccessChangeKind.RIGHTS, MEMBER.sub, brand="rival"))
    assert await harness.code(token(MEMBER, timedelta(minutes=5))) is None


async def test_a_role_that_changes_while_it_is_asked_for_is_not_kept() -> None:
    harness = Harness()

    def changed_meanwhile() -> None:
        harness.answers.meanwhile = lambda: None
        harness.auth_cache.apply(change(AccessChangeKind.RIGHTS, HOST.sub))
        harness.answers.role = None

    await harness.code(None)
    harness.answers.meanwhile = changed_meanwhile
    assert await harness.code(token(HOST, timedelta(seconds=10))) == BAD_TOKEN
    assert await harness.code(token(HOST)) == BAD_TOKEN


async def test_a_fresh_token_takes_the_place_of_the_one_before() -> None:
    harness = Harness()
    _admission, claims = await harness.authorizer.admit("evening", token(MEMBER), "")
    renewed = harness.authorizer.renew(
        claims, token(replace(MEMBER, name="Mia W", traits=("gold",)))
    )
    assert (renewed.name, renewed.traits) == ("Mia W", ("gold",))
    for other in (
        "nonsense",
        token(GUEST),
        token(replace(MEMBER, brand="rival")),
        token(MEMBER, TOKEN_TTL),
    ):
        with pytest.raises(AdmissionDenied) as denied:
            harness.authorizer.renew(claims, other)
        assert denied.value.code == BAD_TOKEN
    harness.auth_cache.apply(change(AccessChangeKind.BAN, MEMBER.sub))
    with pytest.raises(AdmissionDenied) as denied:
        harness.authorizer.renew(claims, token(MEMBER))
    assert denied.value.code == BANNED


async def test_the_preview_is_for_the_brands_staff(tmp_path: Path) -> None:
    media = Harness().media(tmp_path)
    assert await media.authorise_preview(token(HOST), "evening")
    assert not await media.authorise_preview(token(GUEST), "evening")
    assert not await media.authorise_preview(token(HOST), "another")


async def test_person_without_a_role_loses_the_preview_at_once(tmp_path: Path) -> None:
    harness = Harness()
    media = harness.media(tmp_path)
    before = token(HOST, timedelta(minutes=1))
    assert [await media.authorise_preview(before, "evening") for _ in range(3)] == [True] * 3
    assert harness.answers.asked.count("role_of") == 1
    harness.answers.role = None
    harness.auth_cache.apply(change(AccessChangeKind.RIGHTS, HOST.sub))
    assert not await media.authorise_preview(before, "evening")
    assert not await media.authorise_preview(token(HOST), "evening")


async def test_ban_of_one_brand_does_not_count_at_another() -> None:
    harness = Harness()
    assert await harness.code(token(GUEST)) is None
    for what in (AccessChangeKind.BAN, AccessChangeKind.RIGHTS):
        harness.auth_cache.apply(change(what, GUEST.sub, network=NET, brand="rival"))
        harness.auth_cache.apply(change(what, HOST.sub, network=NET, brand="rival"))
    before = timedelta(minutes=1)
    for claims in (GUEST, MEMBER, HOST):
        assert await harness.code(token(claims, before)) is None
    assert await harness.code(None) is None
    works_there = replace(HOST, sub="u:rival")  # a role that is claimed is looked up
    assert await harness.code(token(works_there)) == BAD_TOKEN
