"""Suggestions of questions that ask the same."""

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.community.questions import queries, services, similarity
from showfloor.shows.models import Show
from tests.community.interacting import asked
from tests.support.shows import guest

SAME = [
    ("Is the lipstick vegan?", "Are these lipsticks vegan?"),
    ("Does it smudge when I eat?", "Will it smudge while eating?"),
    ("How long does it last?", "how long will this last on the lips"),
    ("Do you ship to Austria?", "Is shipping to Austria possible?"),
    ("What shade are you wearing?", "Which shade are you wearing right now?"),
    ("Is it waterproof?", "is this waterprof??"),
    ("Can I use it on sensitive skin?", "Is it ok for sensitive skin?"),
    ("Is there a discount code?", "any discount codes today?"),
    ("does it contain parfume", "Does it contain perfume?"),
    ("What’s the price?", "what is the price"),
    ("Ist der Lippenstift vegan?", "Sind die Lippenstifte vegan?"),
    ("Liefert ihr nach Österreich?", "Gibt es Lieferung nach Österreich?"),
    ("Wie lange hält das?", "Wie lange hält die Farbe?"),
    ("Ist das für empfindliche Haut geeignet?", "Geeignet bei empfindlicher Haut?"),
    ("Wann kommt die neue Farbe?", "wann kommen die neuen Farben"),
    ("Wo kann ich das bestellen?", "Wo kann man bestellen?"),
    ("Ist es groß?", "IST ES GROSS?"),
]
OTHER = [
    ("Is the lipstick vegan?", "Is the lipstick waterproof?"),
    ("Do you ship to Austria?", "Do you ship to Switzerland?"),
    ("Do you ship to Austria?", "Do you ship to Australia?"),
    ("How long does it last?", "How much does it cost?"),
    ("Is it for sensitive skin?", "Is it for dry lips?"),
    ("What shade are you wearing?", "Is the nude shade back in stock?"),
    ("When is the next show?", "Who made this show?"),
    ("Can I mix two shades?", "Can I return two items?"),
    ("Do you have size M?", "Do you have size L?"),
    ("Do you have size 38?", "Do you have size 40?"),
    ("Hello!", "Hi there, is it vegan?"),
    ("Ist der Lippenstift vegan?", "Ist der Lippenstift wasserfest?"),
    ("Liefert ihr nach Österreich?", "Liefert ihr in die Schweiz?"),
    ("Wie lange hält das?", "Wie teuer ist das?"),
    ("Wo kommt das her?", "Wann kommt die neue Farbe?"),
]


def similar(text: str, others: dict[str, str], language: str | None = None) -> list[str]:
    """The keys of the others that ask the same as this text, the most alike first."""
    return similarity.alike({"asked": text, **others}, language)["asked"]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_question_in_other_words_is_found(one: str, other: str) -> None:
    assert similar(one, {"it": other}) == ["it"]
    assert similar(other, {"it": one}) == ["it"]


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_question_in_like_words_is_not_found(one: str, other: str) -> None:
    assert similar(one, {"it": other}) == []
    assert similar(other, {"it": one}) == []


def test_twin_is_found_first_among_all() -> None:
    """Each question finds its twin first; the first one, nothing of another meaning."""
    twins = {f"{n}a": one for n, (one, _other) in enumerate(SAME)}
    twins |= {f"{n}b": other for n, (_one, other) in enumerate(SAME)}
    found = similarity.alike(twins)
    assert all(found[f"{n}a"][:1] == [f"{n}b"] for n in range(len(SAME)))
    assert found["0a"] == ["0b"]


def test_nearest_come_first_and_five_at_most() -> None:
    others = {str(n): "is this lipstick really vegan" for n in range(7)}
    found = similar("Is the lipstick vegan?", {"far": "lipstick vegan matte?", **others})
    assert (len(found), "far" in found) == (5, False)


def test_stop_words_are_those_of_the_language() -> None:
    """`die` is German for "the", and English for something else."""
    assert similar("die", {"it": "the"}, "en") == []
    assert similar("Die Farbe", {"it": "der Farbe"}, "de") == ["it"]


@pytest.mark.parametrize("text", ["", "   ", "???", "🔥🔥", "is it", "\u200d", "ß" * 280, "a"])
def test_text_with_little_in_it_matches_only_itself(text: str) -> None:
    others = {"empty": "", "marks": "?!", "same": text, "other": "Is it vegan?"}
    assert set(similar(text, others)) <= {"same"}


def test_number_of_compared_texts_is_bounded() -> None:
    others = {str(n): f"Is number {n} vegan?" for n in range(5000)}
    found = similarity.alike(others)
    assert len(found) == similarity.TEXTS_MAX
    assert similar("Is it matte?", {**others, "late": "Is it matte?"}) == []


def test_staff_are_shown_what_asks_the_same(show: Show, brand: Brand, producer: User) -> None:
    first, twin, other, settled = (
        asked(show, guest(brand, "G"), text)
        for text in ("Is it vegan?", "Are these vegan?", "Is it matte?", "So is it vegan?")
    )
    services.dismiss(show, settled.pk, producer)
    similar = {row["question_id"]: row["similar"] for row in queries.staff_questions(show)}
    assert similar == {first.pk: [twin.pk], twin.pk: [first.pk], other.pk: [], settled.pk: []}
    services.merge(show, twin.pk, first.pk, producer)
    similar = {row["question_id"]: row["similar"] for row in queries.staff_questions(show)}
    assert similar[first.pk] == []
