"""Words are found where they are disguised, and not where they are only part of another."""

import unicodedata
from string import ascii_lowercase

import pytest

from showfloor.community.safety.brand_budget import BrandBudget
from showfloor.community.textfilter.match_budget import TEXT_UNITS_MAX
from showfloor.community.textfilter.matcher import MATCHES_MAX, RULES_MAX, Matcher, Rule, replaced
from showfloor.community.textfilter.patterns import pattern_fault
from showfloor.kernel.allowance import Allowances

WHITE = "I really love how this lipstick looks on you, is it also in matte? My sister bought one"


def rules(*patterns: str, language: str = "", loose: bool = True) -> list[Rule]:
    return [Rule(one, one, "block", catches_variants=loose, language=language) for one in patterns]


def find(pattern: str, text: str, language: str = "", *, loose: bool = True) -> list[str]:
    """Return the parts of the text that a rule of this language finds."""
    typed = unicodedata.normalize("NFC", text)
    matches = Matcher(rules(pattern, language=language, loose=loose)).find(typed).matches
    return [typed[match.start : match.end] for match in matches]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("fuck", "Fuck that", ["Fuck"]),
        ("fuck", "(FUCK!)", ["FUCK"]),
        ("fuck", "fúck fück", ["fúck", "fück"]),
        ("fuck", "ｆｕｃｋ", ["ｆｕｃｋ"]),
        ("fuck", "ⓕⓤⓒⓚ 𝖋𝖚𝖈𝖐", ["ⓕⓤⓒⓚ", "𝖋𝖚𝖈𝖐"]),
        ("fuck", "fu\u0441k", ["fu\u0441k"]),  # Cyrillic с
        ("kot", "\u03ba\u03bf\u03c4", ["\u03ba\u03bf\u03c4"]),  # Greek
        ("fuck", "f\u3164uck fu\u2800ck", ["f\u3164uck", "fu\u2800ck"]),  # they draw nothing
        ("fuck", "f\u200bu\u2060c\u00adk", ["f\u200bu\u2060c\u00adk"]),
        ("fuck", "\U0001f1eb\U0001f1fa\U0001f1e8\U0001f1f0", ["🇫🇺🇨🇰"]),
        ("fuck", "f\u0336u\u0336c\u0336k\u0336", ["f\u0336u\u0336c\u0336k"]),
        ("fuck", "fuuuuck fuuck ffffuck", ["fuuuuck", "fuuck", "ffffuck"]),
        ("shit", "sh!t $hit! 5h1t sh1t123", ["sh!t", "$hit", "5h1t", "sh1t"]),
        ("ass", "a$$! @ss a55", ["a$$", "@ss", "a55"]),
        ("fuck", "f.u.c.k f-u_c*k", ["f.u.c.k", "f-u_c*k"]),
        ("fuck", "f u c k you", ["f u c k"]),
        ("fuck", "f . u . c . k", ["f . u . c . k"]),
        ("fuck", "fu-ck", ["fu-ck"]),
        (
            "fuck",
            "fu ck, f uck fuc k! FU CK (f uc k)",
            ["fu ck", "f uck", "fuc k", "FU CK", "f uc k"],
        ),
        ("arschloch", "du Arsch loch", ["Arsch loch"]),
        ("fuck", "f'uck f’u’c’k fuc'k", ["f'uck", "f’u’c’k", "fuc'k"]),
        ("fuck", "f**k f#ck f@ck f_ck f!ck", ["f**k", "f#ck", "f@ck", "f_ck", "f!ck"]),
        (
            "fuck",
            "ꜰᴜᴄᴋ ʄʊƈӄ ꓝꓴꓚꓗ fᑌck fuςk fuсĸ ƒυςκ",
            ["ꜰᴜᴄᴋ", "ʄʊƈӄ", "ꓝꓴꓚꓗ", "fᑌck", "fuςk", "fuсĸ", "ƒυςκ"],
        ),
        ("shit", "shiŧ sΗit ѕніт", ["shiŧ", "sΗit", "ѕніт"]),  # the second with a Greek eta
        ("fuck", "ŦUCK ғᴜᴄᴋ", ["ŦUCK", "ғᴜᴄᴋ"]),
        ("ηλίθιος", "ΗΛΊΘΙΟΣ", ["ΗΛΊΘΙΟΣ"]),
        ("fuck*", "fucking motherfucker", ["fucking"]),
        ("*fuck*", "motherf.u.c.k.er mother-fuckers", ["fuckers"]),
        ("*fucker", "motherfucker", ["motherfucker"]),
        ("f*ck", "fock facccck", ["fock", "facccck"]),
        ("kill yourself", "go KILL   y0urself!", ["KILL   y0urself"]),
        ("kill you*", "kill yourself", ["kill yourself"]),
        ("сука", "Сука!", ["Сука"]),
        ("傻逼", "你是傻逼吗", ["你是傻逼吗"]),
        ("🖕", "nah 🖕🏽 you", ["🖕"]),
        ("1488", "1488 and 14 88", ["1488"]),
        ("e-mail", "my email or e-mail", ["email", "e-mail"]),
    ],
)
def test_disguised_word_is_found(pattern: str, text: str, found: list[str]) -> None:
    assert find(pattern, text) == found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("cunt", "Scunthorpe"),
        ("ass", "assess the class, pass the glass"),
        ("penis", "the pen is mightier"),
        ("shit", "push it, thisit"),
        ("*shit*", "push-it this.hit me"),  # what stands apart is not run together
        ("fuck", "if u c kids"),
        ("penis", "the pen is, pen in, is"),
        ("anal", "Ana L is here"),
        ("1488", "14 88"),
        ("ham", "H&M"),
        ("ass", "as s, a ss"),
        ("fuck", "fu. ck, fu, ck"),  # a sentence ends between them
        ("god", "good goods"),
        ("fail", "fall f1ll"),  # 1 is an i or an l, but l is no i
        ("ass", "455 or 45"),  # nothing stands for itself
        ("hell", "he'll say hello, shell"),
        ("damn", "d***"),  # hides more than it shows
        ("kill yourself", "kill it yourself"),
        ("kill yourself", "yourself kill"),
    ],
)
def test_other_word_is_not_found(pattern: str, text: str) -> None:
    assert find(pattern, text) == []


def test_letters_of_a_language_are_its_own() -> None:
    """In German an umlaut is another letter; elsewhere it is an accent."""
    assert find("schwul", "es ist schwül", "de") == []
    assert find("schwul", "es ist schwül", "en") == ["schwül"]
    assert find("ärsche", "Aersche ärsche", "de-AT") == ["Aersche", "ärsche"]
    assert find("weiss", "weiß", "de") == ["weiß"]
    assert find("du ärsche", "Du Aersche, du ärsche!", "de") == ["Du Aersche", "du ärsche"]


def test_rule_of_no_language_is_looked_for_in_every_way() -> None:
    assert find("fuck", "fück") == ["fück"]
    assert find("ärsche", "Aersche ärsche arsche") == ["Aersche", "ärsche", "arsche"]
    assert find("røv", "roev röv rov") == ["roev", "röv", "rov"]
    assert find("du ärsche", "du Aersche") == ["du Aersche"]


def test_rule_without_variants_finds_the_word_itself() -> None:
    for text in ["fuuuck", "fu(k", "f.u.c.k", "fu\u0441k", "f**k", "fúck", "fucking"]:
        assert find("fuck", text, loose=False) == []
    assert find("fuck", "Oh, FUCK!", loose=False) == ["FUCK"]
    assert find("fuck*", "fucking", loose=False) == ["fucking"]
    assert find("fuck off", "fuck off", loose=False) == ["fuck off"]


def test_words_are_replaced_where_they_stand() -> None:
    text = "So ein f.u.c.k und Mist, oh Mist"
    list_of = [Rule("a", "fuck", "replace"), Rule("b", "mist", "replace", "Kuchen")]
    matches = Matcher(list_of).find(text).matches
    assert replaced(text, matches) == "So ein *** und Kuchen, oh Kuchen"
    both = Matcher([Rule("a", "fuck*", "replace"), Rule("b", "fucking", "replace", "ducking")])
    assert replaced("fucking", both.find("fucking").matches) == "ducking"  # the whole word first


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("word", None), ("wor*", None), ("*or*", None), ("two words", None), ("two wor*", None),
        ("🖕", None), ("88", None), ("", "empty"), ("  ", "empty"), ("*", "empty"),
        ("* *", "empty"), ("a*", "short"), ("*a*", "short"), ("wo* th*", "stars"),
        ("*ab*cd*ef*", None), ("*ab*cd**ef*gh*", "many-stars"),
    ],
)  # fmt: skip
def test_fault_of_a_pattern_is_named(pattern: str, fault: str | None) -> None:
    assert pattern_fault(pattern) == fault


def test_matches_in_one_text_are_bounded() -> None:
    assert len(Matcher(rules("ab", "a*b")).find("ab " * 200).matches) == MATCHES_MAX


def test_many_matches_of_one_action_hide_none_of_another() -> None:
    list_of = [Rule("a", "hi", "flag"), Rule("b", "fuck", "block")]
    found = Matcher(list_of).find("hi " * (MATCHES_MAX + 10) + "fuck")
    assert [match.rule.action for match in found.matches[-2:]] == ["flag", "block"]
    assert len(found.matches) == MATCHES_MAX + 1


def word(number: int) -> str:
    """Different words, like `baceda`."""
    return "".join("bcdfg"[number // 5**n % 5] + "aeiou"[number // 5**n % 5] for n in range(5))


def test_two_thousand_rules_cost_an_everyday_text_little() -> None:
    stars = ["", "*", "", "", ""]
    many = [word(n) + stars[n % 5] for n in range(RULES_MAX)]
    matcher = Matcher(rules(*many))
    fresh = [f"{WHITE} {n} {word(n)[::-1]} {word(n + 7)[:5]}x" for n in range(200)]
    assert max(matcher.find(text).units for text in fresh) <= 200
    assert matcher.find(("f u c k a b " * 20)[:200]).units <= 200
    assert matcher.find(f"{WHITE} {word(17)}").matches[0].rule.pattern == word(17)


HOSTILE = [
    "ab" * 100, "a" * 200, "1l" * 100, "1" * 200, "a1" * 100, "a b " * 50, "a." * 100, "a$!b" * 50,
    "\u0301" * 200, "a" + "\u0336" * 199, "🇫" * 200, "*a" * 100, "ﷺ" * 200, "@" * 200, "l|1!i" * 40,
]  # fmt: skip
CATASTROPHIC = [
    "*" + "ab" * 38 + "*", "*a*a*a*a*a*a*b", "il" * 40, "*1l1l*1l1l*", "*aaaaaaa*aaaa*b",
    "*a1a1a1*1a1a1*b", "l|1!i" * 16, *("*" + "ab" * n + "c*" for n in range(1, 38)),
    *(f"a*b{n}" for n in range(500)), *(f"{word(n)}*{word(n + 1)}" for n in range(500)),
]  # fmt: skip


# For each pair of letters a rule that any text with that pair in it nearly fits.
NEARLY_FITTING = [
    "*ab" + "*a*b" * 17 + f"*{one}*{two}" for one in ascii_lowercase for two in ascii_lowercase
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:6]))
def test_no_pattern_takes_long(text: str) -> None:
    """Backtracking would need longer than the universe for some of these."""
    assert Matcher(rules(*CATASTROPHIC)).find(text).units <= TEXT_UNITS_MAX


@pytest.mark.parametrize("text", ["ab" * 100, "äb!b" * 70, "a.b.!" * 56])
def test_search_that_costs_too_much_ends_and_says_so(text: str) -> None:
    found = Matcher(rules(*NEARLY_FITTING)).find(text)
    assert not found.is_complete
    assert found.units == TEXT_UNITS_MAX


@pytest.mark.parametrize(
    ("patterns", "text"),
    [
        ([f"{'a' * n}b{'c' * m}" for n in range(1, 40) for m in range(1, 40)], "abc " * 60),
        ([f"you {word(n)}" for n in range(RULES_MAX)], "you " * 70),
        ([f"a{word(n)}b"[:7] for n in range(RULES_MAX)], "a***l*b " * 25),
        (["!" + "?" * (n % 60) + "&" * (n // 60) for n in range(RULES_MAX)], "=) " * 70),
    ],
    ids=["alike", "phrases", "masks", "signs"],
)
def test_no_kind_of_rule_costs_more_than_the_budget(patterns: list[str], text: str) -> None:
    budgets = Allowances(TEXT_UNITS_MAX, 1.0, clock=lambda: 0.0)
    matcher = Matcher(rules(*patterns), BrandBudget("brand", budgets))
    found = matcher.find(text)
    assert found.units <= TEXT_UNITS_MAX
    assert budgets.left("brand") == TEXT_UNITS_MAX - found.units


def test_costly_brand_gets_no_search_for_a_while() -> None:
    now = [0.0]
    budgets = Allowances(TEXT_UNITS_MAX, TEXT_UNITS_MAX, clock=lambda: now[0])
    costly = Matcher(rules(*NEARLY_FITTING, "fuck"), BrandBudget("brand", budgets))
    others = Matcher(rules("fuck"), BrandBudget("other", budgets))
    assert not costly.find("ab" * 100).is_complete
    assert not costly.find("fuck").is_complete  # nothing is left
    assert [match.rule.pattern for match in others.find("fuck").matches] == ["fuck"]
    now[0] = 1.0
    assert [match.rule.pattern for match in costly.find("fuck").matches] == ["fuck"]
