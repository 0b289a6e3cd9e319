"""Mails come from the brand, in its look, with links to its own host."""

from typing import Any

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from showfloor.accounts import brand_mail, brand_urls
from showfloor.accounts.models import Brand
from showfloor.kernel.clock import utc_now
from showfloor.outbox import jobs as outbox_jobs
from tests.accounts.test_log_in import PASSWORD, code_in_mail, verified

HOST = "maison.example"


@pytest.fixture
def maison(brand: Brand, settings: Any) -> Brand:
    settings.ALLOWED_HOSTS = [HOST, "testserver"]
    brand.name, brand.host_name, brand.accent = "Maison, Müller & Söhne", HOST, "#FFE000"
    brand.host_verified_at = utc_now()
    brand.logo.save("logo.png", ContentFile(b"not looked at here"), save=False)
    brand.save()
    return brand


def sent() -> EmailMultiAlternatives:
    outbox_jobs.send_messages()  # as the job does
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return message


def html_of(message: EmailMultiAlternatives) -> str:
    [(content, kind)] = message.alternatives
    assert kind == "text/html"
    return str(content)


@pytest.mark.parametrize(
    ("path", "subject"),
    [("login/code", "Your code to sign in"), ("password/reset", "Your code for a new password")],
)
def test_mail_with_a_code_comes_from_the_brand(maison: Brand, path: str, subject: str) -> None:
    verified("zoe@example.test")
    Client(headers={"host": HOST}).post(f"/accounts/{path}/", {"email": "zoe@example.test"})
    message, code = sent(), code_in_mail()
    assert message.subject == f"Maison, Müller & Söhne: {subject}"
    assert message.message()["From"].addresses[0].display_name == "Maison, Müller & Söhne"
    assert message.message()["From"].addresses[0].addr_spec == "shows@localhost"
    assert str(message.body).endswith(f"-- \nMaison, Müller & Söhne\nhttp://{HOST}:8000/")
    html = html_of(message)
    assert f">{code}</p>" in html
    assert "border-top:4px solid #" in html
    assert f'src="http://{HOST}:8000/uploads/{maison.logo.name}"' in html
    assert f'href="http://{HOST}:8000/"' in html
    for text in (str(message.body), html):
        assert "localhost" not in text
        assert "testserver" not in text


def test_links_of_account_mails_lead_to_the_brands_host(maison: Brand) -> None:
    verified("zoe@example.test")
    client = Client(headers={"host": HOST})
    client.post("/accounts/signup/", {"email": "zoe@example.test", "password1": PASSWORD})
    link = f"http://{HOST}/accounts/password/reset/"
    assert link in sent().body
    assert f'<a href="{link}"' in html_of(sent())
    Client(headers={"host": HOST}).post(
        "/accounts/password/reset/", {"email": "nobody@example.test"}
    )
    assert f"http://{HOST}/accounts/signup/" in sent().body


def test_signing_up_asks_for_a_code_in_the_readers_language(maison: Brand) -> None:
    client = Client(headers={"host": HOST, "accept-language": "de"})
    client.post("/accounts/signup/", {"email": "new@example.test", "password1": PASSWORD})
    assert sent().subject == "Maison, Müller & Söhne: Bestätige deine E-Mail-Adresse"
    assert 'lang="de"' in html_of(sent())


def test_an_installation_without_a_brand_signs_with_its_own_name(db: None) -> None:
    verified("zoe@example.test")
    Client().post("/accounts/login/code/", {"email": "zoe@example.test"})
    assert sent().from_email == "Showfloor <shows@localhost>"
    assert sent().subject == "Your code to sign in"


def test_a_brands_name_makes_no_header(brand: Brand) -> None:
    brand.name = "Maison\nBcc: all@example.test"
    assert brand_mail.sender(brand) == '"Maison Bcc: all@example.test" <shows@localhost>'
    assert brand_mail.subject(brand, "Hello") == "Maison Bcc: all@example.test: Hello"


def test_text_of_people_is_escaped(brand: Brand) -> None:
    brand.name = "<b>Maison</b>"
    html = brand_mail.html_of(
        brand, "Hello <i>you</i>\n\nABCD-EFGH\n\nhttp://a.example/?b=1&c=2", "Hi"
    )
    assert "<b>" not in html
    assert "<i>" not in html
    assert 'href="http://a.example/?b=1&amp;c=2"' in html
    assert ">ABCD-EFGH</p>" in html


def test_addresses_of_a_brand(brand: Brand) -> None:
    assert brand_urls.home(brand) == "http://localhost:8000/brands/maison-test/"
    brand.host_name = HOST  # not proven yet
    assert brand_urls.home(brand) == "http://localhost:8000/brands/maison-test/"
    brand.host_verified_at = utc_now()
    assert brand_urls.home(brand) == f"http://{HOST}:8000/"
    assert brand_urls.absolute(brand, "/x") == f"http://{HOST}:8000/x"
    assert brand_urls.absolute(brand, "https://cdn.example/x") == "https://cdn.example/x"
