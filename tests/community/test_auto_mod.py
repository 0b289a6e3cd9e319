"""AutoMod: the people who may write, and its verdicts on their texts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat.models import Message
from showfloor.community.chat.posting import MessageRequest, MessageResult, say
from showfloor.community.moderation import chat_rules, word_rules
from showfloor.community.moderation.chat_rules import Rules
from showfloor.community.moderation.word_rules import RuleDraft
from showfloor.community.safety import auto_mod, brand_budget
from showfloor.community.safety.auto_mod import Action, AutoMod, Recent, Verdict, text_hash
from showfloor.community.safety.brand_budget import BRAND_UNITS_BURST
from showfloor.community.safety.models import ChatSettings, WordRule
from showfloor.community.safety.restrictions import ActiveRestriction, Restrictions
from showfloor.community.textfilter.match_budget import TEXT_UNITS_MAX
from showfloor.community.textfilter.matcher import Matcher, Rule
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.errors import Forbidden, Invalid, RateLimited, ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.repo.sources import ROOT
from tests.support.chat import post_message
from tests.support.shows import guest

NOW = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
S = timedelta(seconds=1)
ANA = Claims("g:" + "0" * 26, "brand", "Ana", (), "net")
MIA = Claims("m:" + "1" * 26, "brand", "Mia")
CUSTOMER = Claims("m:" + "2" * 26, "brand", "Cleo", traits=("customer", "gold"))
STAFF = Claims("u:" + "3" * 26, "brand", "Mo", ("moderator",))
LONG = "Buy your followers cheaply today from us"


def auto_mod_with(
    words: dict[str, str] | None = None,
    standing: tuple[ActiveRestriction, ...] = (),
    **settings: Any,
) -> AutoMod:
    listed = [Rule(pattern, pattern, action) for pattern, action in (words or {}).items()]
    return AutoMod(ChatSettings(**settings), Matcher(listed), Restrictions(standing))


def refusal(verdict: Verdict) -> tuple[int, str, str | None]:
    """Status, code and field."""
    assert verdict.action is Action.REFUSE
    assert isinstance(verdict.error, ShowfloorError)
    return verdict.error.status, verdict.error.code, verdict.error.field


@pytest.mark.parametrize(
    ("mode", "writers", "code"),
    [
        ("everyone", {ANA, MIA, CUSTOMER, STAFF}, None),
        ("signed_in", {MIA, CUSTOMER, STAFF}, "signed-in-only"),
        ("customers", {CUSTOMER, STAFF}, "customers-only"),
        ("trait", {CUSTOMER, STAFF}, "trait-needed"),
        ("staff", {STAFF}, "staff-only"),
    ],
)
def test_mode_decides_who_may_write(mode: str, writers: set[Claims], code: str | None) -> None:
    asked = auto_mod_with(mode=mode, trait="gold")
    for one in (ANA, MIA, CUSTOMER, STAFF):
        verdict = asked.judge(one, "hello", NOW)
        if one in writers:
            assert verdict == Verdict(Action.SHOW, "hello")
        else:
            assert refusal(verdict) == (403, code, None)


def test_slow_mode_says_how_long_to_wait() -> None:
    slow = auto_mod_with(slow_s=30)
    before = Recent([NOW - 40 * S, NOW - 12 * S])
    verdict = slow.judge(ANA, "hello", NOW, before)
    assert refusal(verdict) == (429, "slow-mode", None)
    assert isinstance(verdict.error, RateLimited)
    assert verdict.error.retry_after_s == 18.0
    assert slow.judge(ANA, "hello", NOW + 18 * S, before).action is Action.SHOW
    assert slow.judge(STAFF, "hello", NOW, before).action is Action.SHOW
    assert auto_mod_with(slow_s=300).lookback == timedelta(seconds=300)
    assert auto_mod_with().lookback == timedelta(seconds=60)


def test_links_are_refused_or_held_and_staff_post_them() -> None:
    assert refusal(auto_mod_with().judge(ANA, "see www.evil.example", NOW)) == (
        422,
        "message-link",
        "text",
    )
    held = auto_mod_with(holds_links=True).judge(ANA, "see www.evil.example", NOW)
    assert (held.action, held.reason) == (Action.HOLD, "link")
    assert auto_mod_with().judge(STAFF, "see www.evil.example", NOW).action is Action.SHOW


def test_own_text_is_refused_again() -> None:
    before = Recent([NOW - 5 * S], hashes=frozenset({text_hash("So pretty")}))
    for again in ("so pretty", "So  pretty!!", "sо pretty"):  # the last with a Cyrillic о
        assert refusal(auto_mod_with().judge(ANA, again, NOW, before)) == (
            422,
            "message-duplicate",
            "text",
        )
    wow = Recent([NOW - 5 * S], hashes=frozenset({text_hash("wow"), text_hash("😍")}))
    assert auto_mod_with().judge(ANA, "wow", NOW, wow).action is Action.SHOW
    assert auto_mod_with().judge(ANA, "😍", NOW, wow).action is Action.SHOW


def test_text_of_a_crowd_is_refused() -> None:
    asked, others = auto_mod_with(), [guest(Brand(pk="brand"), f"Guest {n}") for n in range(4)]
    for one in others[:3]:
        assert asked.judge(one, LONG, NOW).action is Action.SHOW
    assert asked.judge(others[0], LONG, NOW).action is Action.SHOW  # their own: not a crowd's yet
    assert refusal(asked.judge(others[3], LONG.upper().lower(), NOW))[1] == "message-duplicate"
    assert asked.judge(others[3], LONG, NOW + 61 * S).action is Action.SHOW
    for one in others:
        assert asked.judge(one, "so beautiful", NOW).action is Action.SHOW


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * 30, "message-repeats"), ("WHY IS NOBODY ANSWERING ME TODAY", "message-caps"),
        ("😍😎" * 10, "message-emoji"), ("e\u0336" * 20, "message-zalgo"),
    ],
)  # fmt: skip
def test_kind_of_flood_is_named(text: str, code: str) -> None:
    assert refusal(auto_mod_with().judge(ANA, text, NOW)) == (422, code, "text")


def test_word_is_handled_by_its_action() -> None:
    asked = auto_mod_with({"crap": "block", "fake": "hold", "damn": "replace", "scam": "flag"})
    blocked = asked.judge(ANA, "what a cr4p", NOW)
    assert refusal(blocked) == (422, "message-blocked", "text")
    assert blocked.error is not None
    assert "cr4p" in blocked.error.message
    held = asked.judge(ANA, "damn fake", NOW)
    assert held == Verdict(Action.HOLD, "*** fake", "word", "fake")
    assert asked.judge(ANA, "d.a.m.n good", NOW) == Verdict(Action.SHOW, "*** good")
    flagged = asked.judge(ANA, "a scam", NOW)
    assert flagged == Verdict(Action.SHOW, "a scam", "flag", "scam", flag=True)
    assert refusal(asked.judge(ANA, "crap, damn fake scam", NOW))[1] == "message-blocked"
    assert asked.judge(STAFF, "no crap here", NOW) == Verdict(Action.SHOW, "no crap here")
    assert len(asked.judge(ANA, ("damn it " * 25).strip()[:200], NOW).text) <= 200


@pytest.mark.parametrize("language", ["en", "de"])
def test_word_rules_hold_in_every_language_of_the_page(language: str) -> None:
    listed = [Rule("1", "scheiße", "block", language="de"), Rule("2", "fuck", "block")]
    asked = AutoMod(ChatSettings(), Matcher([*listed, Rule("3", "schwul", "hold", language="de")]))
    with translation.override(language):
        for text in ("Scheiße", "so eine Scheisse", "fück you"):
            assert refusal(asked.judge(ANA, text, NOW))[1] == "message-blocked"
        assert asked.judge(ANA, "es ist schwül", NOW).action is Action.SHOW


@pytest.mark.parametrize(
    "name", ["Cr4p Bag", "Nina Dаmn", "evil.com", "Visit evil . com", "c r a p"]
)
def test_name_is_judged_by_the_same_rules(name: str) -> None:
    asked = auto_mod_with({"crap": "block", "damn": "replace"})
    named = replace(ANA, name=name)
    assert refusal(asked.judge(named, "hello", NOW)) == (422, "name-refused", "name")
    assert asked.judge(replace(STAFF, name=name), "hello", NOW).action is Action.SHOW
    verdict = asked.judge(replace(ANA, name="Ana L."), "hello", NOW)
    assert verdict == Verdict(Action.SHOW, "hello")


def test_name_can_hold_a_message() -> None:
    asked = auto_mod_with({"fake": "hold", "scam": "flag"}, holds_links=True)
    verdict = asked.judge(replace(ANA, name="Fake Fan"), "hello", NOW)
    assert verdict == Verdict(Action.HOLD, "hello", "word", "fake")
    verdict = asked.judge(replace(ANA, name="evil.com"), "hello", NOW)
    assert verdict == Verdict(Action.HOLD, "hello", "link")
    verdict = asked.judge(replace(ANA, name="Scam"), "hello", NOW)
    assert verdict == Verdict(Action.SHOW, "hello", "flag", "scam", flag=True)


def test_first_message_of_each_person_is_held() -> None:
    asked = auto_mod_with(holds_first=True)
    first = asked.judge(ANA, "hello", NOW, Recent(has_spoken=False))
    assert (first.action, first.reason) == (Action.HOLD, "first")
    assert asked.judge(ANA, "hello", NOW, Recent(has_spoken=True)).action is Action.SHOW


def standing(
    kind: str, claims: Claims, until: datetime | None, since: datetime = NOW
) -> ActiveRestriction:
    beginning = new_id(int(since.timestamp() * 1000))[:10]
    return ActiveRestriction("r1", kind, claims.sub, (claims.network,), beginning, until, "Be kind")


def test_timed_out_person_is_refused() -> None:
    asked = auto_mod_with(standing=(standing("time_out", ANA, NOW + 60 * S),))
    verdict = asked.judge(ANA, "hello", NOW)
    assert refusal(verdict) == (403, "timed-out", None)
    assert isinstance(verdict.error, Forbidden)
    assert verdict.error.more == {"until": iso_ms(NOW + 60 * S), "reason": "Be kind"}
    assert asked.judge(ANA, "hello", NOW + 60 * S).action is Action.SHOW
    assert asked.judge(MIA, "hello", NOW).action is Action.SHOW


@pytest.mark.parametrize("kind", ["time_out", "shadow"])
def test_new_cookie_does_not_end_a_time_out_and_neighbours_may_write(kind: str) -> None:
    def claims(made: datetime, network: str = "net") -> Claims:
        return Claims(f"g:{new_id(int(made.timestamp() * 1000))}", "brand", "Who", (), network)

    asked = auto_mod_with(standing=(standing(kind, ANA, NOW + 60 * S),))
    actions = [
        asked.judge(one, "hello", NOW + S).action is Action.SHOW
        for one in (
            claims(NOW + S), claims(NOW - S), claims(NOW + S, "other"), claims(NOW + S, ""),
        )
    ]  # fmt: skip
    assert actions == [False, True, True, True]


def test_warned_person_is_refused_until_the_warning_is_read() -> None:
    verdict = auto_mod_with(standing=(standing("warning", ANA, None),)).judge(ANA, "hello", NOW)
    assert refusal(verdict) == (403, "warned", None)
    assert verdict.error is not None
    assert verdict.error.more == {"warning_id": "r1", "reason": "Be kind"}


def test_text_of_a_shadowed_person_is_judged_by_the_same_rules() -> None:
    asked = auto_mod_with({"crap": "block"}, standing=(standing("shadow", ANA, NOW + 60 * S),))
    assert asked.judge(ANA, "hello", NOW) == Verdict(Action.SHADOW, "hello")
    assert refusal(asked.judge(ANA, "crap", NOW))[1] == "message-blocked"  # or they would notice
    assert asked.judge(ANA, "hello", NOW + 60 * S).action is Action.SHOW


def test_reasons_come_in_a_fixed_order() -> None:
    """The first reason is told: mode, restriction, slow mode, link, repetition, flood, words."""
    said = "a" * 30
    recent = Recent([NOW - S], hashes=frozenset({text_hash(f"{said} www.x.com crap")}))
    steps: list[tuple[dict[str, Any], str, str]] = [
        ({"mode": "staff", "slow_s": 30}, f"{said} www.x.com crap", "staff-only"),
        ({"slow_s": 30, "warned": True}, f"{said} www.x.com crap", "warned"),
        ({"slow_s": 30}, f"{said} www.x.com crap", "slow-mode"),
        ({}, f"{said} www.x.com crap", "message-link"),
        ({"holds_links": True}, f"{said} www.x.com crap", "message-duplicate"),
        ({"holds_links": True}, f"{said} www.x.com crap!?x", "message-repeats"),
        ({"holds_links": True}, "www.x.com crap", "message-blocked"),
    ]
    for settings, text, code in steps:
        warned = (standing("warning", ANA, None),) if settings.pop("warned", False) else ()
        verdict = auto_mod_with({"crap": "block"}, warned, **settings).judge(ANA, text, NOW, recent)
        assert refusal(verdict)[1] == code


# --- with a database


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def test_auto_mod_is_read_once_and_again_after_a_change(
    show: Show, producer: User, django_assert_num_queries: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    auto_mod.forget()
    first = AutoMod.of(show)
    with django_assert_num_queries(0):
        assert AutoMod.of(show) is first
    with django_capture_on_commit_callbacks(execute=True):
        chat_rules.set_chat_rules(show, Rules(mode="staff"), producer)
    assert AutoMod.of(show).mode == "staff"


def test_refused_message_leaves_no_row(
    show: Show, ana: Claims, producer: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        word_rules.add(show.brand, RuleDraft("crap", "block"), producer)
        chat_rules.set_chat_rules(show, Rules(slow_s=30), producer)
    head = timeline.head(show.timeline_id).seq
    with pytest.raises(Invalid) as refused:
        post_message(show, ana, "c1", "c r a p")
    assert (refused.value.code, refused.value.field) == ("message-blocked", "text")
    assert timeline.head(show.timeline_id).seq == head
    assert not Message.objects.for_brand(show.brand_id).exists()
    post_message(show, ana, "c1", "hello")  # the same draft, mended, is not too soon
    with pytest.raises(RateLimited) as slow:
        post_message(show, ana, "c2", "again")
    assert slow.value.code == "slow-mode"
    assert 0 < slow.value.retry_after_s <= 30


def test_words_of_one_brand_are_not_anothers(
    show: Show, other_brand: Brand, ana: Claims, stranger: User
) -> None:
    word_rules.add(other_brand, RuleDraft("hello", "block"), stranger)
    auto_mod.forget()
    assert post_message(show, ana, "c1", "hello").seq == 1


def test_every_code_is_on_the_reference_page() -> None:
    page = (ROOT / "docs/reference/moderation.md").read_text("utf-8")
    sources = [
        ROOT / "src/showfloor/community/safety" / name
        for name in ("auto_mod.py", "review.py", "audit.py")
    ]
    codes = {
        code
        for source in sources
        for code in re.findall(r'code="([a-z-]+)"', source.read_text("utf-8"))
    } | {f"message-{flood}" for flood in ("zalgo", "repeats", "caps", "emoji")}
    assert len(codes) >= 15
    assert [code for code in sorted(codes) if f"`{code}`" not in page] == []


# --- a list of words that costs too much

NEARLY = ["*ab" + "*a*b" * 17 + f"*{a}*{b}" for a in ascii_lowercase for b in ascii_lowercase]


def test_text_that_costs_too_much_to_check_is_held() -> None:
    costly = auto_mod_with(dict.fromkeys(NEARLY, "flag"))
    assert costly.judge(ANA, "ab" * 100, NOW) == Verdict(Action.HOLD, "ab" * 100, "unchecked")
    assert costly.judge(replace(ANA, name="ab" * 100), "hello", NOW).reason == "unchecked"
    assert costly.judge(STAFF, "ab" * 100, NOW).action is Action.SHOW
    blocking = auto_mod_with({**dict.fromkeys(NEARLY, "flag"), "fuck": "block"})
    assert refusal(blocking.judge(ANA, "fuck " + "ab" * 97, NOW))[1] == "message-blocked"


@pytest.mark.django_db(transaction=True)
def test_words_are_looked_for_before_the_transaction(brand: Brand, show: Show) -> None:
    """Other writers wait for the lock, not for this brand's rules."""
    WordRule.objects.all_brands().bulk_create(
        WordRule(brand=brand, pattern=pattern, action="block") for pattern in NEARLY
    )
    budget = brand_budget.of_brand(brand.pk)
    left_when_locked: list[int] = []

    def first_statement(execute: Any, *statement: Any) -> Any:
        if connection.in_atomic_block and not left_when_locked:
            left_when_locked.append(budget.left)
        return execute(*statement)

    with connection.execute_wrapper(first_statement):
        (said,) = say(show.pk, [MessageRequest(guest(brand), new_id(), "ab" * 100)])
    assert isinstance(said, MessageResult)
    assert said.state == "held"
    assert left_when_locked[0] < BRAND_UNITS_BURST - TEXT_UNITS_MAX // 2
    assert budget.left >= left_when_locked[0]


def test_pattern_of_many_stars_is_refused(brand: Brand, moderator: User) -> None:
    with pytest.raises(Invalid) as caught:
        word_rules.add(brand, RuleDraft("*a*b*cd*e*f*", "block"), moderator)
    assert (caught.value.field, caught.value.message) == ("pattern", "A word has at most 4 stars.")
    assert not WordRule.objects.for_brand(brand).exists()
