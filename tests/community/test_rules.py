"""Rules of the chat: texts, rate limits, mentions, thinning, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from showfloor.community.chat import rules
from showfloor.kernel.errors import Invalid
from showfloor.site.kinds import THINNED
from showfloor.timeline.log import NewEntry

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
        ("1️⃣", "1️⃣"),
        ("pre\u00adtty co\u200bl\u2060o\ufeffur", "pretty colour"),  # no blank within a word
        ("3.50 or 4.20?", "3.50 or 4.20?"),
        ("love it...so much", "love it...so much"),
        ("ask me at ana@example", "ask me at ana@example"),
    ],
)
def test_text_is_cleaned_for_display(typed: str, shown: str) -> None:
    assert rules.clean_text(typed) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "", "   ", "\u200b\u2060", "\u200d", "\u3164", "\u2800", "\u115f \u1160", "\u034f",
        "\u17b4", "\ufe0f\ufe0f", "\U000e0100", "\u0301", "\u3164\ufe0f\u200d\u2800",
    ],
)  # fmt: skip
def test_empty_text_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.clean_text(typed)
    assert (refused.value.code, refused.value.field) == ("message-empty", "text")


def test_long_text_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        rules.clean_text("x" * 201)
    assert refused.value.code == "message-too-long"


def test_burst_of_five_then_one_a_second() -> None:
    burst = [NOW - 1 * S, NOW - 0.5 * S, NOW - 0.4 * S, NOW - 0.2 * S, NOW]
    assert rules.wait_s(burst[:4], NOW) == 0
    assert rules.wait_s(burst, NOW) == 4.0
    assert rules.wait_s([NOW - n * S for n in range(1, 6)], NOW) == 0
    assert rules.wait_s(burst, NOW + 4 * S) == 0


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hello", []),
        ("@Ana", [("Ana",)]),
        ("hi @Ana!", [("Ana!", "Ana")]),
        ("@Ana Maria, look", [("Ana Maria, look", "Ana Maria,", "Ana Maria", "Ana")]),
        ("ana@example and a@@b", []),
        ("@ana@ben", []),
        ("(@Ana)", [("Ana)", "Ana")]),
        ("@" + "x" * 40, []),
    ],
)
def test_possible_names_after_an_at_sign(text: str, names: list[tuple[str, ...]]) -> None:
    assert rules.names_in(text) == names


def test_longest_name_is_meant_and_each_person_once() -> None:
    known = {"Ana": ("g:1", "Ana"), "Ana Maria": ("g:2", "Ana Maria"), "ana": ("g:1", "Ana")}
    names = rules.names_in("@Ana Maria and @Ana and @ana")
    assert rules.mentioned(names, known) == [("g:2", "Ana Maria"), ("g:1", "Ana")]


def test_excerpt_is_short() -> None:
    assert rules.excerpt("x" * 80) == "x" * 80
    assert rules.excerpt("x" * 81) == "x" * 79 + "…"


def tick(*roles: str) -> list[NewEntry]:
    """One entry each: chat by someone of that role, or of another kind."""
    return [
        NewEntry("message.posted", {"author": {"role": role}, "text": str(n)})
        if role in {"guest", "member", "host"}
        else NewEntry(role, {"message_id": "m"})
        for n, role in enumerate(roles)
    ]


def test_kinds_that_are_thinned_are_those_delivered_as_chat() -> None:
    assert set(THINNED) == {"message.posted"}
    polls = [NewEntry("poll.tally", {"n": n}) for n in range(20)]
    assert rules.thin(polls, THINNED) == polls
    assert len(rules.thin(polls, {"poll.tally"})) == 12


def test_readable_tick_is_sent_whole() -> None:
    entries = tick(*["guest"] * 12, *["stock.level"] * 50)
    assert rules.thin(entries, THINNED) == entries
    assert rules.thin([], THINNED) == []


def test_fast_tick_is_thinned_evenly() -> None:
    entries = tick(*["guest"] * 120)
    kept = rules.thin(entries, THINNED)
    assert [entry.body["text"] for entry in kept] == [str(n) for n in range(0, 120, 10)]


def test_other_kinds_stay_and_the_brand_speaks_first() -> None:
    entries = tick("message.deleted", *["guest"] * 50, "host", *["member"] * 50, "host", "poll")
    kept = rules.thin(entries, THINNED)
    assert [entry.kind for entry in kept].count("message.posted") == 12
    assert [entry for entry in kept if entry.body.get("author") == {"role": "host"}] == [
        entries[51],
        entries[102],
    ]
    assert (kept[0], kept[-1]) == (entries[0], entries[-1])
    assert kept == [entry for entry in entries if entry in kept], "the order stays"


def test_even_the_brand_cannot_flood() -> None:
    kept = rules.thin(tick(*["host"] * 40, *["guest"] * 40), THINNED)
    assert [entry.body["author"]["role"] for entry in kept] == ["host"] * 12


def test_redacted_message_is_thinned_like_others() -> None:
    entries = [*tick(*["guest"] * 20), NewEntry("message.posted", {"message_id": "m"})]
    assert len(rules.thin(entries, THINNED)) == 12
