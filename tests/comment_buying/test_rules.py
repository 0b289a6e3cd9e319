"""Which comment asks for what."""

import pytest

from showfloor.comment_buying import rules
from showfloor.kernel.errors import Invalid

CODES = {one: one for one in ("rose", "12", "straße-7".casefold(), "été")}
WORDS = ("buy", "kaufe", "ich nehme", "ich")


@pytest.mark.parametrize(
    ("text", "code", "quantity"),
    [
        ("ROSE", "rose", 1),
        ("  rose ", "rose", 1),
        ("Buy ROSE", "rose", 1),
        ("KAUFE   rose", "rose", 1),
        ("Ich nehme rose 3", "rose", 3),
        ("ich rose", "rose", 1),
        ("rose 2", "rose", 2),
        ("ROSE+2", "rose", 2),
        ("rose + 2", "rose", 2),
        ("rose +2", "rose", 2),
        ("buy 12", "12", 1),
        ("12", "12", 1),
        ("12 12", "12", 12),
        ("12 02", "12", 2),
        ("\uff32\uff2f\uff33\uff25\uff0b\uff12", "rose", 2),  # of full width
        ("\uff11\uff12", "12", 1),
        ("STRASSE-7", "strasse-7", 1),
        ("E\u0301TE\u0301", "été", 1),  # decomposed
        ("rose 99", "rose", 99),
    ],
)
def test_comment_that_is_exactly_a_code_asks_for_it(text: str, code: str, quantity: int) -> None:
    assert rules.asked(text, CODES, WORDS) == rules.Asked(code, quantity)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "buy", "rose please", "I love rose", "rose!", "rose?", "rosé", "roses",
        "rose rose", "rose 0", "rose 100", "rose -1", "rose 1.5", "rose2", "rose +", "+2", "2 rose",
        "buy buy rose", "buy+rose", "sell rose", "buyrose", "13", "1 2", "12 buy",
        "\u200brose\u200bx", "rose " * 40,
    ],
)  # fmt: skip
def test_anything_else_is_talk(text: str) -> None:
    assert rules.asked(text, CODES, WORDS) is None


@pytest.mark.parametrize("code", ["", " ", "two words", "a+b", "x" * 21, "-a", "a!", "BUY", "\0"])
def test_code_that_nobody_could_write_is_refused(code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rules.clean_code(code, WORDS)
    assert refusal.value.field == "codes"


def test_words_are_folded_and_bounded() -> None:
    assert rules.clean_words(["BUY", " buy ", "Ich  Nehme", ""]) == ["buy", "ich nehme"]
    for wrong in (["x" * 21], ["buy2"], [chr(97 + n) for n in range(11)]):
        with pytest.raises(Invalid):
            rules.clean_words(wrong)
    with pytest.raises(Invalid):
        rules.check_keeps(59)
