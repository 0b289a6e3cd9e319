"""The page of a show's captions in the console."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.captions import keys, queries, services
from showfloor.captions.services import CaptionDraft
from showfloor.shows import recorded_time
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from tests.support.shows import make_show, started_before

VTT = b"\xef\xbb\xbfWEBVTT\n\n00:05.000 --> 00:06.500\nCr\xc3\xa8me\n"


@pytest.fixture
def show(brand: Brand, producer: User) -> Show:
    return started_before(shows.start(make_show(brand), producer), 60)


@pytest.fixture
def ended(show: Show, producer: User) -> Iterator[Show]:
    over = shows.end(show, producer)
    recorded_time.use(lambda _channel: [(over.started_at, over.ended_at)])  # type: ignore[list-item]
    yield over
    recorded_time.use(lambda _channel: [])


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(show: Show) -> str:
    return f"/console/shows/{show.slug}/captions"


def texts(show: Show, language: str = "en") -> list[str]:
    return [one["text"] for one in queries.captions(show, language)]


def test_staff_write_correct_and_take_away_a_caption(show: Show, moderator: User) -> None:
    client, address = browser(moderator), page(show)
    said = client.post(address, {"act": "say", "language": "EN", "text": "Rouge fife"})
    assert (said.status_code, said["Location"]) == (302, f"{address}?language=en")
    (caption,) = queries.captions(show, "en")
    fixed = {"act": "correct", "caption_id": caption["caption_id"], "text": "Rouge five\nor six"}
    client.post(address, fixed)
    assert texts(show) == ["Rouge five\nor six"]
    assert "Rouge five\nor six</textarea>" in client.get(address).content.decode()
    assert "These words were not said." in client.get(f"{address}?q=seven").content.decode()
    client.post(address, {"act": "remove", "caption_id": caption["caption_id"]})
    assert texts(show) == []


def test_bad_words_are_refused_on_the_page_and_stay_typed(show: Show, moderator: User) -> None:
    sent = {"act": "say", "language": "klingon", "text": "nuqneH"}
    answer = browser(moderator).post(page(show), sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Give a language like de or pt-BR." in text
    assert 'value="nuqneH"' in text
    assert queries.languages(show) == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"act": "say", "language": "en", "text": ""}, "Write something first."),
        ({"act": "translate", "source": "en", "language": "de"}, "Nothing is translated here."),
        ({"act": "remove", "caption_id": "x"}, "There is no such caption."),
    ],
)
def test_refusal_is_told_where_its_form_is_gone_by_now(
    ended: Show, producer: User, sent: dict[str, str], words: str
) -> None:
    answer = browser(producer).post(page(ended), sent)
    assert answer.status_code >= 400
    assert words in answer.content.decode()


def test_character_that_no_database_takes_breaks_nothing(show: Show, producer: User) -> None:
    client, address = browser(producer), page(show)
    services.say(show, "en", [CaptionDraft("c1", "Rouge")], "")
    for answer in (
        client.get(f"{address}?q=%00&language=en"),
        client.post(address, {"act": "remove", "caption_id": "\0"}),
        client.get("/api/v1/shows/%00/captions?language=en"),
    ):
        assert answer.status_code in {200, 400, 404, 422}
    assert texts(show) == ["Rouge"]


def test_producer_makes_a_key_that_moderators_do_not_see(
    show: Show, producer: User, moderator: User
) -> None:
    browser(producer).post(page(show), {"act": "key"})
    key = keys.key_of(show)
    assert key is not None
    assert key in browser(producer).get(page(show)).content.decode()
    assert key not in browser(moderator).get(page(show)).content.decode()
    assert browser(moderator).post(page(show), {"act": "key"}).status_code == 403
    assert keys.key_of(show) == key


def test_file_is_taken_over_or_its_fault_is_shown(ended: Show, producer: User) -> None:
    client, address = browser(producer), page(ended)

    def upload(content: bytes) -> tuple[int, str]:
        file = SimpleUploadedFile("show.vtt", content)
        answer = client.post(address, {"act": "file", "language": "fr", "file": file})
        return answer.status_code, answer.content.decode()

    services.say(ended, "fr", [CaptionDraft("c1", "Avant", ended.started_at)], "")
    for content, words in [
        (b"", "Choose a file."), (b"\xff\xfe", "The file is not in UTF-8."),
        (b"1\nx --> y\n", "Line 2 of the file"),
    ]:  # fmt: skip
        status, text = upload(content)
        assert (status, words in text) == (422, True)
    assert texts(ended, "fr") == ["Avant"]
    assert upload(VTT)[0] == 302
    assert texts(ended, "fr") == ["Crème"]
    exported = client.get(f"/api/v1/shows/{ended.slug}/captions.vtt?language=fr")
    body = b"".join(exported.streaming_content)  # type: ignore[attr-defined]
    assert body.decode() == "WEBVTT\n\n00:00:05.000 --> 00:00:06.500\nCrème\n"


def test_page_is_the_brands_own(show: Show, stranger: User) -> None:
    assert browser(stranger).get(page(show)).status_code == 404
    sent = {"act": "say", "language": "en", "text": "a"}
    assert browser(stranger).post(page(show), sent).status_code == 404
    assert queries.languages(show) == []
