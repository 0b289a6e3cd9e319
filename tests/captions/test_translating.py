"""Captions in more languages."""

from collections.abc import Iterator

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.captions import queries, rules, services, translating
from showfloor.captions.models import Caption
from showfloor.captions.services import CaptionDraft
from showfloor.captions.translating import CaptionTranslator
from showfloor.community.chat import translation
from showfloor.community.chat.ports import CannotTranslate, NoTranslation
from showfloor.kernel.errors import Conflict, Invalid, NotFound, ShowfloorError
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.support.shows import make_show, started_before


class Dictionary:
    """A translator that says the language before the words, and counts how often it is asked."""

    def __init__(self) -> None:
        self.count = 0
        self.is_there = True

    def translate(self, text: str, language: str) -> str:
        self.count += 1
        if not self.is_there or text == "poison" or language == "xx":
            raise CannotTranslate("no answer")
        if text == "la la":
            raise NoTranslation("only this text")
        return f"{language}: {text}" if text != "hm" else ""


@pytest.fixture
def dictionary() -> Iterator[Dictionary]:
    dictionary = Dictionary()
    translation.use(dictionary)
    yield dictionary
    translation.use(None)


@pytest.fixture
def show(brand: Brand, producer: User) -> Show:
    return started_before(shows.start(make_show(brand), producer), 60)


def say(show: Show, cue_id: str, text: str) -> Caption:
    return services.say(show, "en", [CaptionDraft(cue_id, text)], "")[0]


def texts(show: Show, language: str) -> list[str]:
    return [one["text"] for one in queries.captions(show, language)]


def test_translation_is_a_caption_at_the_same_pictures(show: Show, dictionary: Dictionary) -> None:
    before = say(show, "c1", "hello")
    translating.order(show, "en", "de")
    job = CaptionTranslator()
    assert job.run() == 1
    say(show, "c2", "lips")
    assert (job.run(), job.run(), dictionary.count) == (1, 0, 2)
    original, translated = queries.captions(show, "en"), queries.captions(show, "de")
    assert [one["text"] for one in translated] == ["de: hello", "de: lips"]
    for here, there in zip(original, translated, strict=True):
        assert (here["starts_at"], here["ends_at"]) == (there["starts_at"], there["ends_at"])
    entries = [e for e in timeline.read(show.timeline_id, 0) if e.kind == "caption.shown"]
    assert [e.body["language"] for e in entries] == ["en", "de", "en", "de"]
    assert entries[0].picture_at == entries[1].picture_at
    assert before.pk != translated[0]["caption_id"]


def test_correction_is_translated_again_and_a_removal_takes_all(
    show: Show, dictionary: Dictionary
) -> None:
    row = say(show, "c1", "rouge fife")
    translating.order(show, "en", "de")
    job = CaptionTranslator()
    job.run()
    (first,) = queries.captions(show, "de")
    services.correct(show, row.pk, "rouge five", "")
    assert job.run() == 1
    (again,) = queries.captions(show, "de")
    assert (again["caption_id"], again["text"]) == (first["caption_id"], "de: rouge five")
    services.remove(show, row.pk, "")
    assert (texts(show, "en"), texts(show, "de"), job.run()) == ([], [], 0)
    shown = [e for e in timeline.read(show.timeline_id, 0) if e.kind == "caption.shown"]
    assert [set(e.body) for e in shown] == [{"caption_id"}] * 2


def test_corrected_words_stay_in_no_translation_that_nobody_makes_anew(
    show: Show, dictionary: Dictionary
) -> None:
    row, other = say(show, "c1", "an insult"), say(show, "c2", "lips")
    translating.order(show, "en", "de")
    CaptionTranslator().run()
    translating.take_back(show, "de")
    services.correct(show, row.pk, "a word", "")
    assert (texts(show, "en"), texts(show, "de")) == (["a word", "lips"], ["de: lips"])
    bodies = [str(entry.body) for entry in timeline.read(show.timeline_id, 0)]
    assert not any("insult" in body for body in bodies)
    services.correct(show, other.pk, "lips", "")
    assert texts(show, "de") == ["de: lips"]


def test_translation_that_was_taken_away_does_not_come_back(
    show: Show, dictionary: Dictionary
) -> None:
    say(show, "c1", "hello")
    translating.order(show, "en", "de")
    job = CaptionTranslator()
    job.run()
    services.remove(show, queries.captions(show, "de")[0]["caption_id"], "")
    say(show, "c2", "lips")
    assert (job.run(), texts(show, "en"), texts(show, "de")) == (
        1, ["hello", "lips"], ["de: lips"],
    )  # fmt: skip


def test_translator_that_is_away_is_asked_again_later(show: Show, dictionary: Dictionary) -> None:
    say(show, "c1", "hello")
    translating.order(show, "en", "de")
    now = [0.0]
    job = CaptionTranslator(lambda: now[0])
    dictionary.is_there = False
    assert (job.run(), job.run(), dictionary.count) == (0, 0, 1)
    dictionary.is_there = True
    now[0] = 11.0
    assert (job.run(), texts(show, "de")) == (1, ["de: hello"])


def test_caption_that_comes_to_nothing_keeps_its_words_and_holds_up_no_other(
    show: Show, dictionary: Dictionary
) -> None:
    for number, text in enumerate(["one", *["hm", "la la"] * 6]):
        say(show, f"c{number}", text)
    translating.order(show, "en", "de")
    job = CaptionTranslator()
    assert [job.run(), job.run(), job.run(), dictionary.count] == [10, 3, 0, 13]
    assert sorted(texts(show, "de")) == ["de: one", *["hm"] * 6, *["la la"] * 6]


def test_caption_that_cannot_be_translated_holds_up_no_other_and_is_asked_ever_less(
    show: Show, dictionary: Dictionary
) -> None:
    for number, text in enumerate(["one", "two", "poison"]):
        say(show, f"c{number}", text)
    translating.order(show, "en", "de")
    now = [0.0]
    job = CaptionTranslator(lambda: now[0])
    job.run()
    now[0] = 11.0
    job.run()
    assert sorted(texts(show, "de")) == ["de: one", "de: two"]
    before = dictionary.count
    for at in range(12, 3612, 10):
        now[0] = at
        job.run()
    assert 55 <= dictionary.count - before <= 65
    say(show, "c9", "three")
    now[0] += 61
    assert (job.run(), texts(show, "de")[-1]) == (1, "de: three")
    say(show, "c10", "four")
    now[0] += 11  # the translator is there: the pause is short again
    assert job.run() == 1


def test_language_that_the_translator_lacks_holds_up_no_other_order(
    show: Show, dictionary: Dictionary
) -> None:
    translating.order(show, "en", "xx")
    translating.order(show, "en", "de")
    job = CaptionTranslator(lambda: 0.0)
    for number in range(3):
        say(show, f"c{number}", "hello")
        job.run()
    assert (texts(show, "de"), texts(show, "xx")) == (["de: hello"] * 3, [])


def test_order_without_room_for_its_captions_ends(
    show: Show, dictionary: Dictionary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        say(show, f"c{number}", "hello")
    translating.order(show, "en", "de")
    monkeypatch.setattr(services, "CAPTIONS_MAX", 2)
    job = CaptionTranslator()
    assert (job.run(), job.run(), dictionary.count) == (2, 0, 3)
    assert (texts(show, "de"), translating.orders_of(show)) == (["de: hello"] * 2, [])
    monkeypatch.setattr(rules, "LANGUAGES_MAX", 2)
    with pytest.raises(Conflict):
        translating.order(show, "en", "fr")


def test_language_that_is_translated_is_not_captioned_by_hand_too(
    show: Show, dictionary: Dictionary
) -> None:
    say(show, "c1", "hello")
    translating.order(show, "en", "de")
    with pytest.raises(Conflict) as raised:
        services.say(show, "de", [CaptionDraft("c1", "hallo")], "")
    assert raised.value.code == "is-translated"
    translating.take_back(show, "de")
    services.say(show, "de", [CaptionDraft("c1", "hallo")], "")
    assert texts(show, "de") == ["hallo"]


def test_translator_is_asked_for_two_letters(show: Show, dictionary: Dictionary) -> None:
    say(show, "c1", "hello")
    translating.order(show, "en", "pt-BR")
    CaptionTranslator().run()
    assert texts(show, "pt-BR") == ["pt: hello"]


def test_languages_of_like_letters_are_two(show: Show, dictionary: Dictionary) -> None:
    assert translating.order(show, "fi", "fil").language == "fil"


def test_order_that_was_taken_back_translates_no_more(show: Show, dictionary: Dictionary) -> None:
    translating.order(show, "en", "de")
    say(show, "c1", "hello")
    CaptionTranslator().run()
    translating.take_back(show, "de")
    say(show, "c2", "lips")
    assert CaptionTranslator().run() == 0
    assert (texts(show, "de"), translating.orders_of(show)) == (["de: hello"], [])


@pytest.mark.parametrize(
    ("source", "language", "error"),
    [
        ("en", "klingon", Invalid), ("en", "en-GB", Invalid), ("de", "fr", Invalid),
        ("fr", "en", Invalid),
        ("en", "es", Conflict),
    ],
)  # fmt: skip
def test_bad_order_is_refused_and_changes_nothing(
    show: Show, dictionary: Dictionary, source: str, language: str, error: type[ShowfloorError]
) -> None:
    services.say(show, "es", [CaptionDraft("c1", "hola")], "")
    translating.order(show, "en", "de")
    with pytest.raises(error):
        translating.order(show, source, language)
    assert [one.language for one in translating.orders_of(show)] == ["de"]


def test_nothing_is_ordered_where_nothing_is_translated(show: Show) -> None:
    with pytest.raises(NotFound):
        translating.order(show, "en", "de")
    assert CaptionTranslator().run() == 0
