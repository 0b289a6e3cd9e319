"""Somebody sees where they are signed in and ends it, and what was open there ends, too."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client

from showfloor.accounts import access_changes, sessions
from showfloor.accounts.models import Brand, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from tests.accounts.test_log_in import PASSWORD, sign_in, verified
from tests.support.people import confirm

PAGE = "/accounts/sessions/"


@pytest.fixture
def producer(brand: Brand, producer: User) -> User:
    EmailAddress.objects.create(user=producer, email=producer.email, verified=True, primary=True)
    return producer


def browser(user: User, agent: str, **extra: Any) -> Client:
    """A browser in which this person has signed in."""
    client = Client(headers={"user-agent": agent}, **extra)
    assert sign_in(client, user.email).status_code == 302
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/console/").status_code == 200


def claims_of(client: Client) -> Claims:
    answer = client.post("/api/v1/viewer-token", {}, content_type="application/json")
    return token_signer().verify(answer.json()["token"], utc_now())


def test_sessions_are_listed_without_an_address(producer: User) -> None:
    here = browser(producer, "Firefox at home", REMOTE_ADDR="203.0.113.77")
    browser(producer, "A phone", REMOTE_ADDR="2001:db8:1:2::77")
    page = here.get(PAGE).content.decode()
    assert "Firefox at home" in page
    assert "A phone" in page
    assert page.count("this browser") == 1
    kept = set(UserSession.objects.values_list("ip", flat=True))
    assert kept == {"203.0.113.0", "2001:db8:1::"}


def test_ended_session_can_do_nothing_more(brand: Brand, producer: User) -> None:
    """Neither pages nor the API; and its viewer token, which sockets follow, is outdated."""
    here, stolen = browser(producer, "Firefox"), browser(producer, "Thief")
    token = claims_of(stolen)
    assert token.roles == ("producer",)
    theirs = UserSession.objects.get(user_agent="Thief")
    here.post(PAGE, {"session": str(theirs.pk)})
    assert is_signed_in(here)
    assert not is_signed_in(stolen)
    assert stolen.get(f"/api/v1/brands/{brand.slug}/shows").status_code == 401
    assert access_changes.is_outdated(token)
    assert claims_of(stolen).roles == ()
    assert [row.user_agent for row in sessions.of_user(producer)] == ["Firefox"]


def test_session_of_somebody_else_is_not_ended(producer: User) -> None:
    other = browser(verified("zoe@example.test"), "Zoe's")
    here = browser(producer, "Firefox")
    here.post(PAGE, {"session": str(UserSession.objects.get(user_agent="Zoe's").pk)})
    assert "_auth_user_id" in other.session
    assert UserSession.objects.filter(user_agent="Zoe's").exists()


def test_all_other_sessions_end_also_unlisted_ones(producer: User) -> None:
    here, there, unlisted = browser(producer, "Here"), browser(producer, "There"), Client()
    unlisted.force_login(producer)
    token = claims_of(there)
    here.post(PAGE, {"session": "others"})
    assert [is_signed_in(one) for one in (here, there, unlisted)] == [True, False, False]
    assert access_changes.is_outdated(token)
    assert [row.user_agent for row in sessions.of_user(producer)] == ["Here"]


@pytest.mark.parametrize("change", ["password", "address"])
def test_other_sessions_end_with_the_password_or_the_address(producer: User, change: str) -> None:
    here, stolen = browser(producer, "Here"), browser(producer, "Thief")
    confirm(here, producer)
    if change == "password":
        new = "another-long-password"
        form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        here.post("/accounts/password/change/", form)
    else:
        EmailAddress.objects.create(user=producer, email="new@example.test", verified=True)
        here.post("/accounts/email/", {"action_primary": "", "email": "new@example.test"})
    assert is_signed_in(here)
    assert not is_signed_in(stolen)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150) Gecko Firefox/150.0", "Firefox · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150.0", "Edge · Windows"),
        ("curl/8.5", "curl/8.5"),
        ("", "–"),
    ],
)
def test_device_has_a_name_that_people_know(user_agent: str, name: str) -> None:
    assert sessions.device_name(user_agent) == name


def test_page_needs_a_log_in(brand: Brand, client: Client) -> None:
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")
