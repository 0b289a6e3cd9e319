"""The demo's own page: where it exists, its log-ins, and the handover of a show."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import resolve

from showfloor.accounts import setup
from showfloor.accounts.models import Brand, Installation, Role, User
from showfloor.kernel.clock import utc_now
from showfloor_demo import seed
from showfloor_demo.direction import Handover
from showfloor_demo.houses import HOUSES
from showfloor_demo.producer import HANDOVERS

pytestmark = pytest.mark.django_db

HOUSE = HOUSES[0]
PRODUCER = {"role": "producer", "brand": HOUSE.brand.slug, "next": "/console/"}


@pytest.fixture
def demo(settings: Any) -> Client:
    """A browser at a demo with its first brand and its staff."""
    settings.ROOT_URLCONF = "showfloor_demo.urls"
    settings.SHOWFLOOR = replace(django_settings.SHOWFLOOR, demo=True)
    Installation.objects.create(pk=1, is_demo=True)
    brand = Brand.objects.create(slug=HOUSE.brand.slug, name=HOUSE.brand.name)
    for person in seed.logins(HOUSE):
        setup.add_staff(brand, person.email, person.password, Role(person.role), "Somebody")
    return Client()


def test_page_offers_the_log_ins_and_both_brands(demo: Client) -> None:
    text = demo.get("/demo").content.decode()
    assert "Open the console as producer" in text
    assert "Watch as a viewer on a phone-sized window" in text
    assert HOUSES[1].brand.host_name in text
    for person in seed.logins(HOUSE):
        assert person.email in text


def test_installation_that_is_no_demo_has_no_such_page(demo: Client) -> None:
    Installation.objects.update(is_demo=False)
    assert demo.get("/demo").status_code == 404
    assert demo.post("/demo/sign-in", PRODUCER).status_code == 404
    assert "_auth_user_id" not in demo.session


def test_button_signs_in_and_leads_to_the_console(demo: Client) -> None:
    answer = demo.post("/demo/sign-in", PRODUCER)
    assert (answer.status_code, answer["Location"]) == (302, "/console/")
    assert demo.get("/console/").status_code == 200


def test_every_address_of_the_page_is_one(demo: Client) -> None:
    text = demo.get("/demo").content.decode()
    addresses = re.findall(r'(?:name="next" value|action|href)="(/(?!static)[^"]*)"', text)
    assert "/console/shows/new" in addresses
    for address in addresses:
        resolve(address)  # Resolver404 for a page that is not there


def test_second_button_works_on_the_page_that_the_first_left_behind(demo: Client) -> None:
    browser = Client(enforce_csrf_checks=True)
    found = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get("/demo").content.decode())
    assert found is not None
    for role in ("producer", "owner"):
        form = {**PRODUCER, "role": role, "csrfmiddlewaretoken": found[1]}
        assert browser.post("/demo/sign-in", form).status_code == 302
    person = User.objects.get(pk=browser.session["_auth_user_id"])
    assert person.email == f"owner@{HOUSE.brand.domain}"
    assert browser.post("/demo/sign-in", PRODUCER).status_code == 403  # without a token


def test_button_leads_to_no_other_site(demo: Client) -> None:
    answer = demo.post("/demo/sign-in", {**PRODUCER, "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/console/"


@pytest.mark.parametrize("wrong", [{"role": "admin"}, {"brand": "nobody"}, {"role": ""}])
def test_unknown_person_cannot_sign_in(demo: Client, wrong: dict[str, str]) -> None:
    assert demo.post("/demo/sign-in", {**PRODUCER, **wrong}).status_code == 404
    assert "_auth_user_id" not in demo.session


def test_show_is_taken_and_given_back(demo: Client) -> None:
    HANDOVERS["evening"] = handover = Handover()
    try:
        demo.post("/demo/handover", {"show": "evening", "take": "1"})
        assert handover.is_taken(utc_now())
        demo.post("/demo/handover", {"show": "evening", "give": "1"})
        assert not handover.is_taken(utc_now())
    finally:
        del HANDOVERS["evening"]
    assert demo.post("/demo/handover", {"show": "evening", "take": "1"}).status_code == 404


def test_page_s_style_and_script_are_served_and_nothing_else_is(demo: Client) -> None:
    assert demo.get("/demo/files/demo.css")["Content-Type"] == "text/css; charset=utf-8"
    assert demo.get("/demo/files/demo.js").status_code == 200
    assert demo.get("/demo/files/demo.html").status_code == 404
