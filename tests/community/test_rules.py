"""What may be said, and how often, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from showfloor.community.chat import rules
from showfloor.kernel.errors import Invalid

NOW = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
S = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  what a  colour!\n", "what a colour!"),
        ("x" * 200, "x" * 200),
        ("café", "café"),
        ("\u202ehello\u0007", "hello"),  # direction override, bell
        ("👩\u200d🎨 ❤️", "👩\u200d🎨 ❤️"),  # a joined emoji stays joined
        ("3.50 or 4.20?", "3.50 or 4.20?"),
        ("love it...so much", "love it...so much"),
        ("ask me at ana@example", "ask me at ana@example"),
    ],
)
def test_what_is_shown(typed: str, shown: str) -> None:
    assert rules.clean_text(typed, may_link=False) == shown


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u2060", "\u200d"])
def test_nothing_to_say(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.clean_text(typed, may_link=True)
    assert (refused.value.code, refused.value.field) == ("message-empty", "text")


def test_too_much_to_say() -> None:
    with pytest.raises(Invalid) as refused:
        rules.clean_text("x" * 201, may_link=True)
    assert refused.value.code == "message-too-long"


@pytest.mark.parametrize(
    "typed",
    [
        "https://evil.example/x",
        "see www.evil.example",
        "cheap: Evil-Shop.COM!",
        "t.me/evil",
        "tg://join",
    ],
)
def test_links_are_for_staff(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.clean_text(typed, may_link=False)
    assert refused.value.code == "message-link"
    assert rules.clean_text(typed, may_link=True) == typed


def test_five_at_once_then_one_a_second() -> None:
    burst = [NOW - 1 * S, NOW - 0.5 * S, NOW - 0.4 * S, NOW - 0.2 * S, NOW]
    assert rules.wait_s(burst[:4], NOW) == 0
    assert rules.wait_s(burst, NOW) == 4.0
    assert rules.wait_s([NOW - n * S for n in range(1, 6)], NOW) == 0
    assert rules.wait_s(burst, NOW + 4 * S) == 0
