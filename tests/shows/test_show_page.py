"""The page of a show is drawn once for everyone; what is the viewer's own is put into it."""

import json
import re
from datetime import timedelta
from typing import Any

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from showfloor.accounts.models import Brand, User
from showfloor.adapters.libretranslate.translator import LibreTranslate
from showfloor.community.chat import translation
from showfloor.shows import services
from showfloor.shows.models import Broadcast
from showfloor.shows.services import ShowChanges
from showfloor.site import show_page
from tests.support.shows import TOMORROW, make_show, started_before


def read(client: Client, slug: str) -> dict[str, Any]:
    response = client.get(f"/shows/{slug}")
    assert response.status_code == 200
    (raw,) = re.findall(r'<script type="application/json">(.*?)</script>', response.text, re.DOTALL)
    data: dict[str, Any] = json.loads(raw)
    return data


def test_a_new_viewer_costs_no_query(
    brand: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    show = make_show(brand)
    first = read(Client(), show.slug)
    with django_assert_num_queries(0):
        second = read(Client(), show.slug)
    assert first["viewer"]["id"] != second["viewer"]["id"]
    assert first["token"]["token"] != second["token"]["token"]
    assert first["products"] == second["products"]


def test_missing_show_is_looked_up_once(
    brand: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # The show once, twice the brand of the host and once a market with it, and of the footer the
    # legal texts and what they have to be.
    with django_assert_num_queries(6):
        assert Client().get("/shows/no-such-show").status_code == 404


def test_it_says_where_to_sign_in_and_whether_messages_are_translated(brand: Brand) -> None:
    show = make_show(brand)
    data = read(Client(), show.slug)
    join = f"/brands/{brand.slug}/join/%3Fnext%3D/shows/{show.slug}"
    assert data["urls"]["login"] == f"/accounts/login/?next={join}"
    assert data["features"] == {"translation": False}
    translation.use(LibreTranslate("https://translate.test", ""))
    show_page.forget(show.slug)
    try:
        assert read(Client(), show.slug)["features"] == {"translation": True}
    finally:
        translation.use(None)


def test_it_carries_the_next_public_shows(brand: Brand, other_brand: Brand) -> None:
    show = make_show(brand, "This one", products=0)
    later, hidden, rehearsal = (make_show(brand, name, products=0) for name in ("B", "C", "D"))
    services.update_show(hidden, ShowChanges({"published": False}))
    services.update_show(rehearsal, ShowChanges({"is_test": True}))
    services.update_show(later, ShowChanges({"title": "Later", "starts_at": TOMORROW}))
    make_show(other_brand, "Of a rival", products=0)
    assert read(Client(), show.slug)["coming"] == [
        {"title": "Later", "url": f"/shows/{later.slug}", "starts_at": "2030-03-01T18:30:00.000Z"}
    ]


def test_a_replay_is_announced_with_the_length_of_its_recording(
    brand: Brand, producer: User
) -> None:
    show = started_before(services.start(make_show(brand), producer), 100)
    assert show.started_at is not None
    services.end(show, producer)
    for number, (since_s, until_s) in enumerate([(-30, 40), (60, 70)], 1):
        Broadcast.objects.create(
            show=show, number=number, started_at=show.started_at + timedelta(seconds=since_s),
            ended_at=show.started_at + timedelta(seconds=until_s),
        )  # fmt: skip
    assert '"duration": "PT50S"' in Client().get(f"/shows/{show.slug}").text


def test_each_language_has_its_own(brand: Brand) -> None:
    show = make_show(brand)
    english = Client().get(f"/shows/{show.slug}", headers={"accept-language": "en"})
    german = Client().get(f"/shows/{show.slug}", headers={"accept-language": "de"})
    assert '<html lang="en"' in english.text
    assert '<html lang="de"' in german.text


def test_a_hidden_show_is_gone_at_once(
    brand: Brand, django_capture_on_commit_callbacks: Any
) -> None:
    show = make_show(brand)
    read(Client(), show.slug)
    with django_capture_on_commit_callbacks(execute=True):
        services.update_show(show, ShowChanges({"published": False}))
    assert Client().get(f"/shows/{show.slug}").status_code == 404


def test_change_is_on_the_page_when_it_is_drawn_again(brand: Brand, producer: User) -> None:
    show = make_show(brand)
    assert read(Client(), show.slug)["state"] == "scheduled"
    services.start(show, producer)
    show_page.forget(show.slug)
    assert read(Client(), show.slug)["state"] == "live"


def test_a_name_cannot_leave_the_script(brand: Brand) -> None:
    show = make_show(brand)
    data = read(Client(), show.slug)
    client = Client()
    client.get(f"/shows/{show.slug}")
    name = '"@@personal": 0'
    answer = client.put(
        "/api/v1/viewer/name", {"name": name}, content_type="application/json",
        headers={"authorization": f"Bearer {read(client, show.slug)['token']['token']}"},
    )  # fmt: skip
    assert answer.status_code in {200, 422}
    again = read(client, show.slug)
    assert again["title"] == data["title"]
