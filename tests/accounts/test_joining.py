"""A membership begins with consent: a page that says what the brand will see, and a yes."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts import bans
from showfloor.accounts.models import Brand, Member, Role, User
from tests.accounts.test_log_in import verified
from tests.accounts.test_viewer_token import ask, rename
from tests.conftest import make_staff
from tests.support.shows import make_show

PAGE = "/brands/maison-test/join/"
BACK = "/shows/evening"


def members(brand: Brand) -> list[tuple[str, str]]:
    rows = Member.objects.for_brand(brand).select_related("user")
    return [(row.user.email, row.display_name) for row in rows]


@pytest.fixture
def zoe(brand: Brand, client: Client) -> User:
    """Signed in, and a member of nothing."""
    user = verified("zoe@example.test")
    client.force_login(user)
    return user


def test_watching_a_show_makes_nobody_a_member(brand: Brand, zoe: User, client: Client) -> None:
    show = make_show(brand)
    assert client.get(f"/shows/{show.slug}").status_code == 200
    assert ask(client, {"show": show.slug})["viewer"]["role"] == "guest"
    owner = Client()
    owner.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    page = owner.get(reverse("admin:accounts_member_changelist"))
    assert zoe.email not in page.content.decode()
    assert members(brand) == []


def test_page_says_what_the_brand_will_see(zoe: User, client: Client) -> None:
    rename(client, ask(client)["token"], "Zoë")
    page = client.get(PAGE, {"next": BACK})
    words = page.content.decode()
    assert "Maison Test sees your e-mail address, zoe@example.test" in words
    assert 'value="Zoë"' in words
    assert f'href="{BACK}"' in words
    assert Member.objects.all_brands().count() == 0  # looking is not joining


def test_yes_makes_a_member_of_this_brand_alone(
    brand: Brand, other_brand: Brand, zoe: User, client: Client
) -> None:
    done = client.post(PAGE, {"name": "  Zoë   W ", "next": BACK})
    assert done["Location"] == BACK
    assert members(brand) == [(zoe.email, "Zoë W")]
    assert members(other_brand) == []
    assert ask(client)["viewer"]["role"] == "member"
    assert client.get(PAGE, {"next": BACK})["Location"] == BACK
    client.post(PAGE, {"name": "Another"})
    assert members(brand) == [(zoe.email, "Zoë W")]


def test_name_that_nobody_may_take_is_refused_at_its_field(
    brand: Brand, zoe: User, client: Client
) -> None:
    answer = client.post(PAGE, {"name": "Maison Test Support"})
    assert answer.context["form"].errors.keys() == {"name"}
    assert members(brand) == []


@pytest.mark.parametrize("wanted", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"])
def test_way_back_leads_nowhere_else(zoe: User, client: Client, wanted: str) -> None:
    assert f'href="{wanted}"' not in client.get(PAGE, {"next": wanted}).content.decode()
    assert client.post(PAGE, {"name": "", "next": wanted})["Location"] == "/"


def test_guest_who_was_sent_out_does_not_come_back_as_a_member(
    brand: Brand, zoe: User, client: Client
) -> None:
    bans.ban(brand.pk, ask(client)["viewer"]["id"], name="Zoë", by=None)
    assert client.post(PAGE, {"name": ""}).status_code == 403
    assert members(brand) == []


def test_staff_are_asked_nothing(brand: Brand, producer: User, client: Client) -> None:
    client.force_login(producer)
    assert client.get(PAGE, {"next": BACK})["Location"] == BACK
    assert members(brand) == []


def test_signing_in_from_a_show_leads_to_the_question_and_back(
    brand: Brand, zoe: User, client: Client
) -> None:
    show = make_show(brand)
    data: Any = client.get(f"/shows/{show.slug}").content.decode()
    login = f"/accounts/login/?next=/brands/maison-test/join/%3Fnext%3D/shows/{show.slug}"
    assert login in data
    asked = client.get(login)  # for somebody who is signed in
    assert asked["Location"] == f"/brands/maison-test/join/?next=/shows/{show.slug}"
    done = client.post(PAGE, {"name": "", "next": f"/shows/{show.slug}"})
    assert done["Location"] == f"/shows/{show.slug}"


def test_nobody_joins_without_an_account(brand: Brand, client: Client) -> None:
    answer = client.post(PAGE, {"name": "Zoë"})
    assert answer["Location"].startswith("/accounts/login/")
    assert members(brand) == []
