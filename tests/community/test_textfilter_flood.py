"""Floods, without a database."""

import pytest

from showfloor.community.textfilter import flood
from showfloor.community.textfilter.flood import FloodLimits

LIMITS = FloodLimits()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("soooooooo good!!!!!!!", None),
        ("y" + "e" * 25 + "s", "repeats"),
        ("!" * 25, "repeats"),
        ("lol " * 13, "repeats"),
        ("one two three four five six seven eight nine ten eleven twelve thirteen", None),
        ("I LOVE THIS SO MUCH", None),
        ("WHY IS NOBODY ANSWERING MY QUESTION", "caps"),
        ("Ist das die LANGE oder die KURZE Version", None),
        ("😍" * 16, None),
        ("😍😎" * 9, "emoji"),
        ("👩\u200d👩\u200d👧\u200d👦" * 16, None),  # each is one
        ("🇩🇪" * 16, None),
        ("👍🏽" * 16, None),
        ("❤️" * 16, None),
        ("h\u0301\u0301\u0301\u0301\u0301ello", "zalgo"),
        ("e\u0336" * 20, "zalgo"),
        ("שָׁלוֹם", None),
        ("สวัสดีครับ ชอบมาก", None),
        ("नमस्ते दोस्तों", None),
        ("Xin chào các bạn, đẹp quá", None),
    ],
)
def test_kind_of_flood_is_named(text: str, kind: str | None) -> None:
    assert flood.flood(text, LIMITS) == kind


def test_floods_begin_at_half_the_size_in_an_attack() -> None:
    assert LIMITS.halved == FloodLimits(run_max=12, words_max=6, caps_max=12, emoji_max=8)
    assert flood.flood("y" + "e" * 13 + "s", LIMITS.halved) == "repeats"
    assert flood.flood("😍😎" * 5, LIMITS.halved) == "emoji"
    assert flood.flood("I LOVE THIS SO MUCH", LIMITS.halved) == "caps"
