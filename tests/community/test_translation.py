"""Messages in the reader's language: off by default, translated once for many readers, never after
a deletion."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.adapters.libretranslate.translator import LibreTranslate
from showfloor.community.chat import services, translation
from showfloor.community.chat.models import Message
from showfloor.community.chat.ports import CannotTranslate
from showfloor.kernel.errors import Unavailable
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from tests.support.chat import post_message
from tests.support.shows import Caller, guest


class Dictionary:
    """A translator that knows one word, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.is_there = True

    def translate(self, text: str, language: str) -> str:
        self.asked.append((text, language))
        if not self.is_there:
            raise CannotTranslate("no answer")
        return text.replace("hello", "hallo") if language == "de" else text


@pytest.fixture
def dictionary() -> Iterator[Dictionary]:
    dictionary = Dictionary()
    translation.use(dictionary)
    yield dictionary
    translation.use(None)


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


@pytest.fixture
def message(show: Show, ana: Claims) -> Message:
    return post_message(show, ana, "c1", "hello you")


def ask(show: Show, message_id: str, viewer: Claims, language: str = "de") -> tuple[int, Any]:
    path = f"/shows/{show.slug}/messages/{message_id}/translation"
    return Caller(viewer=viewer).call("POST", path, {"language": language})


def test_translation_is_off_by_default(show: Show, message: Message, ana: Claims) -> None:
    status, problem = ask(show, message.pk, ana)
    assert (status, problem["code"]) == (404, "no-translation")


def test_one_call_serves_every_reader(
    show: Show, brand: Brand, message: Message, dictionary: Dictionary
) -> None:
    for name in ("Ben", "Cleo"):
        answer = ask(show, message.pk, guest(brand, name))
        assert answer == (200, {"language": "de", "text": "hallo you"})
    assert ask(show, message.pk, guest(brand), "en")[1]["text"] == "hello you"
    assert dictionary.asked == [("hello you", "de"), ("hello you", "en")]


def test_deleted_message_is_not_translated(
    show: Show, message: Message, ana: Claims, dictionary: Dictionary, producer: User
) -> None:
    assert ask(show, message.pk, ana)[0] == 200
    services.delete_message(show, message.pk, producer)
    status, problem = ask(show, message.pk, ana)
    assert (status, problem["code"]) == (409, "message-gone")


def test_invalid_question_is_refused(
    show: Show, message: Message, ana: Claims, dictionary: Dictionary
) -> None:
    assert ask(show, new_id(), ana)[0] == 404
    status, problem = ask(show, message.pk, ana, "xx")
    assert (status, problem["field"]) == (422, "language")
    path = f"/shows/{show.slug}/messages/{message.pk}/translation"
    assert Caller().call("POST", path, {"language": "de"})[0] == 401
    assert dictionary.asked == []


def test_silent_translator_is_asked_again(
    show: Show, message: Message, ana: Claims, dictionary: Dictionary
) -> None:
    dictionary.is_there = False
    assert ask(show, message.pk, ana)[0] == 503
    dictionary.is_there = True
    assert ask(show, message.pk, ana)[0] == 200


def test_translations_of_a_person_are_bounded(
    show: Show, brand: Brand, message: Message, ana: Claims, dictionary: Dictionary
) -> None:
    answers = [ask(show, message.pk, ana) for _ in range(translation.EACH_MAX + 1)]
    assert [status for status, _answer in answers[:-1]] == [200] * translation.EACH_MAX
    status, problem = answers[-1]
    assert status == 429
    assert 0 < problem["retry_after_s"] <= translation.WINDOW_S
    assert ask(show, message.pk, guest(brand, "Ben"))[0] == 200


def test_changed_message_is_translated_again(dictionary: Dictionary) -> None:
    """The name of someone who was erased is in no translation that was kept, either."""
    translations = translation.Translations(dictionary)
    assert translations.translate("m1", "hello @Ana", "de", "someone") == "hallo @Ana"
    assert translations.translate("m1", "hello @…", "de", "someone") == "hallo @…"


def test_slow_translator_does_not_take_all_threads(message: Message) -> None:
    class Slow:
        def __init__(self) -> None:
            self.entered = threading.Semaphore(0)
            self.go = threading.Event()

        def translate(self, text: str, language: str) -> str:
            self.entered.release()
            assert self.go.wait(10)
            return text

    slow = Slow()
    translations = translation.Translations(slow)
    threads = [
        threading.Thread(target=translations.translate, args=(str(n), "hello", "de", f"p{n}"))
        for n in range(translation.AT_ONCE)
    ]
    for thread in threads:
        thread.start()
        assert slow.entered.acquire(timeout=10)
    with pytest.raises(Unavailable):
        translations.translate("other", "hello", "de", "someone")
    slow.go.set()
    for thread in threads:
        thread.join(10)
    assert translations.translate("other", "hello", "de", "someone") == "hello"


# --- the adapter, against a server of its own


class Service(BaseHTTPRequestHandler):
    """Speaks as LibreTranslate does; what it answers is set by the test."""

    answer: tuple[int, bytes] = (200, b"{}")
    asked: list[tuple[str, Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Service.asked.append((self.path, json.loads(body)))
        status, answer = Service.answer
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    Service.asked = []
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_libretranslate_translates(service: str) -> None:
    Service.answer = 200, '{"translatedText": "schöne Farbe"}'.encode()
    assert LibreTranslate(f"{service}/", "a-key").translate("nice colour", "de") == "schöne Farbe"
    asked = {"q": "nice colour", "source": "auto", "target": "de", "format": "text"}
    assert Service.asked == [("/translate", asked | {"api_key": "a-key"})]
    LibreTranslate(service).translate("nice colour", "de")
    assert Service.asked[1] == ("/translate", asked)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, b"broken"),
        (429, b"{}"),
        (302, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"error": "no"}'),
        (200, b'{"translatedText": 3}'),
        (200, b'{"translatedText": ""}'),
        (200, b'{"translatedText": "' + b"x" * 2000 + b'"}'),
    ],
)
def test_answer_without_translation_is_refused(service: str, status: int, answer: bytes) -> None:
    Service.answer = status, answer
    with pytest.raises(CannotTranslate):
        LibreTranslate(service).translate("nice colour", "de")


def test_absent_service_is_reported() -> None:
    with pytest.raises(CannotTranslate):
        LibreTranslate("http://127.0.0.1:9").translate("nice colour", "de")
