"""A German browser meets one language: pages, refusals, the back office."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core import mail as outbox
from django.test import Client
from django.utils import translation

from showfloor.accounts.admin_base import money_text
from showfloor.accounts.models import Brand, User
from showfloor.kernel.errors import Conflict, SoldOut
from showfloor.outbox import jobs as outbox_jobs
from showfloor.shows import rules
from showfloor.site.problems import problem_response
from tests.support.front_end import pretend_built
from tests.support.shows import make_show

GERMAN = "de-AT,de;q=0.9,en;q=0.5"


@pytest.fixture(autouse=True)
def _front_end(tmp_path: Path, settings: LazySettings) -> None:
    pretend_built(tmp_path, settings)


@pytest.fixture
def german() -> Client:
    return Client(headers={"accept-language": GERMAN})


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_programme_is_german_for_a_german_browser(brand: Brand, german: Client) -> None:
    page = text(german, "/")
    assert '<html lang="de"' in page
    assert "Noch ist nichts geplant" in page
    assert "Sobald Maison Test eine Show plant, findest du sie hier." in page


def test_and_english_for_another(brand: Brand) -> None:
    page = text(Client(headers={"accept-language": "fr"}), "/")
    assert '<html lang="en"' in page
    assert "Nothing is planned yet" in page


@pytest.mark.parametrize("asked", ["fr-CH,fr;q=0.9", "", "*", "pt-BR,es;q=0.5"])
def test_brand_speaks_its_own_language_to_a_browser_of_another(brand: Brand, asked: str) -> None:
    Brand.objects.update(language="de")
    show = make_show(brand, title="Abendlook")
    visitor = Client(headers={"accept-language": asked} if asked else {})
    paths = ("/", f"/brands/{brand.slug}/", "/accounts/login/", f"/shows/{show.slug}")
    for path in paths:
        answer = visitor.get(path)
        assert '<html lang="de"' in answer.content.decode(), path
        assert answer.headers["Content-Language"] == "de", path
    assert '<html lang="en"' in text(Client(headers={"accept-language": "en-GB,fr"}), "/")


def test_elements_of_a_page_speak_the_language_that_it_was_drawn_in(brand: Brand) -> None:
    Brand.objects.update(language="de")
    path = f"/shows/{make_show(brand).slug}"
    spoken = {"fr": "de", "en-GB,fr;q=0.8": "en", "fr,en;q=0.5": "en", "de-AT": "de", "": "de"}
    for asked, language in [*spoken.items(), *spoken.items()]:  # a page is kept for the next
        page = text(Client(headers={"accept-language": asked}), path)
        assert f'<html lang="{language}"' in page, asked
        assert f'"language": "{language}"' in page, asked


def test_page_of_an_unknown_address_is_german(brand: Brand, german: Client) -> None:
    page = text(german, "/nowhere/")
    assert "Diese Seite gibt es hier nicht." in page
    assert "Zum Programm" in page


def test_signing_in_addresses_her_as_the_player_does(db: None, german: Client) -> None:
    page = text(german, "/accounts/login/")
    assert "Oder ohne Passwort: Du bekommst einen Code per E-Mail." in page
    assert "Passwort" in page
    german.post("/accounts/login/code/", {"email": "nobody@example.test"})
    outbox_jobs.send_messages()
    (sent,) = outbox.outbox
    assert "vielleicht du," in sent.body
    assert "Sie " not in sent.body


def test_the_back_office_is_german_with_its_theme(brand: Brand, german: Client) -> None:
    german.force_login(User.objects.create_superuser("root@example.test", "long-enough-password"))
    make_show(brand)
    assert "Bestellungen" in text(german, "/admin/")
    page = text(german, "/admin/shows/show/")
    assert "Meiste Zuschauer" in page
    assert "Zum Suchen tippen" in page  # the theme itself has no German


def test_a_refusal_of_the_api(brand: Brand, german: Client) -> None:
    answer = german.get("/api/v1/shows/nowhere").json()
    assert (answer["code"], answer["detail"]) == ("not-found", "Diese Show gibt es nicht.")


@pytest.mark.parametrize(
    ("available", "english", "said"),
    [(0, "Sold out.", "Ausverkauft."), (1, "Only 1 left.", "Nur noch 1 Stück.")],
)
def test_sold_out_is_said_in_both(available: int, english: str, said: str) -> None:
    error = SoldOut("CREAM", available)
    assert f'"detail": "{english}"' in problem_response(error).content.decode()
    with translation.override("de"):
        assert f'"detail": "{said}"' in problem_response(error).content.decode("unicode_escape")


def test_rejected_transition_is_explained_in_german() -> None:
    with translation.override("de"), pytest.raises(Conflict) as refused:
        rules.check_transition("ended", "live")
    assert str(refused.value) == "Die Show ist zu Ende."


@pytest.mark.parametrize(("language", "shown"), [("de", "39,90 EUR"), ("en", "39.90 EUR")])
def test_amounts_in_lists_have_the_notation_of_the_language(language: str, shown: str) -> None:
    with translation.override(language):
        assert money_text(3990, "EUR") == shown
        assert money_text(3990, "JPY") == "3990 JPY"
        assert money_text(None, "EUR") == ""
