"""Signing in, up and out through the pages: by password, by code; who lands where."""

import re
from typing import Any

from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from showfloor.accounts.models import Brand, Member, User
from showfloor.outbox import jobs as outbox_jobs

PASSWORD = "long-enough-password"


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password})


def code_in_mail() -> str:
    """The code of the last mail; the job that sends mails has run."""
    outbox_jobs.send_messages()
    found = re.search(
        r"^\s*([A-Z0-9]{4,}(-[A-Z0-9]{3,})?)\s*$", str(mail.outbox[-1].body), re.MULTILINE
    )
    assert found is not None, mail.outbox[-1].body
    return found[1]


def verified(email: str) -> User:
    user = User.objects.create_user(email, PASSWORD)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def test_every_entrance_page_opens_in_our_dress(brand: Brand, client: Client) -> None:
    for page in ("login", "login/code", "signup", "password/reset", "logout"):
        response = client.get(f"/accounts/{page}/", follow=True)
        assert response.status_code == 200, page
        if page != "logout":  # nobody is signed in: the way leads home
            assert 'class="sf-panel sf-narrow sf-stack"' in response.content.decode(), page
            assert 'class="sf-input"' in response.content.decode(), page


def test_staff_land_in_the_console_and_members_at_the_programme(
    brand: Brand, producer: User, client: Client
) -> None:
    producer.emailaddress_set.create(  # type: ignore[attr-defined]
        email=producer.email, verified=True, primary=True
    )
    assert sign_in(client, "Producer@example.test")["Location"] == "/console/"
    verified("zoe@example.test")
    assert sign_in(Client(), "zoe@example.test")["Location"] == "/"


def test_a_wrong_password_says_no_more_than_that(brand: Brand, client: Client) -> None:
    verified("zoe@example.test")
    wrong = sign_in(client, "zoe@example.test", "not-this-one")
    nobody = sign_in(client, "nobody@example.test", "not-this-one")
    assert wrong.context["form"].errors == nobody.context["form"].errors
    assert 'role="alert"' in wrong.content.decode()


def test_guessing_is_limited(brand: Brand, client: Client) -> None:
    verified("zoe@example.test")
    for _guess in range(10):
        sign_in(client, "zoe@example.test", "not-this-one")
    right = sign_in(client, "zoe@example.test")
    assert right.status_code == 200
    assert "_auth_user_id" not in client.session


def test_account_without_a_password_signs_in_by_code(brand: Brand, client: Client) -> None:
    user = verified("mara@example.test")
    user.set_unusable_password()
    user.save()
    sent = client.post("/accounts/login/code/", {"email": "mara@example.test"})
    assert sent.status_code == 302
    page = client.get(sent["Location"])
    assert "mara@example.test" in page.content.decode()
    done = client.post(sent["Location"], {"code": code_in_mail()})
    assert done.status_code == 302, done.context["form"].errors
    assert client.session["_auth_user_id"] == user.pk


def test_a_wrong_code_lets_nobody_in(brand: Brand, client: Client) -> None:
    verified("zoe@example.test")
    sent = client.post("/accounts/login/code/", {"email": "zoe@example.test"})
    client.post(sent["Location"], {"code": "WRONG1"})
    assert "_auth_user_id" not in client.session


def test_new_account_is_neither_member_nor_staff(brand: Brand, client: Client) -> None:
    form = {"email": "Zoe@example.test", "password1": PASSWORD}
    sent = client.post("/accounts/signup/", form)
    assert sent.status_code == 302, sent.context["form"].errors
    assert "_auth_user_id" not in client.session
    done = client.post(sent["Location"], {"code": code_in_mail()})
    assert done["Location"] == "/"
    user = User.objects.get(email="zoe@example.test")
    assert (user.is_staff, user.is_superuser) == (False, False)
    answer = client.post("/api/v1/viewer-token", {}, content_type="application/json").json()
    assert answer["viewer"]["role"] == "guest"
    assert Member.objects.for_brand(brand).count() == 0


def test_form_does_not_tell_whether_an_address_has_an_account(brand: Brand, client: Client) -> None:
    verified("zoe@example.test")
    taken = client.post("/accounts/signup/", {"email": "zoe@example.test", "password1": PASSWORD})
    fresh = Client().post("/accounts/signup/", {"email": "new@example.test", "password1": PASSWORD})
    assert (taken.status_code, taken["Location"]) == (fresh.status_code, fresh["Location"])


def test_a_new_password_is_chosen_with_a_code(brand: Brand, client: Client) -> None:
    verified("zoe@example.test")
    sent = client.post("/accounts/password/reset/", {"email": "zoe@example.test"})
    confirmed = client.post(sent["Location"], {"code": code_in_mail()})
    new = "another-long-password"
    client.post(confirmed["Location"], {"password1": new, "password2": new})
    assert sign_in(Client(), "zoe@example.test", new).status_code == 302
    assert sign_in(Client(), "zoe@example.test").status_code == 200


def test_signing_out_takes_a_click(brand: Brand, client: Client) -> None:
    client.force_login(verified("zoe@example.test"))
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_sign_in_labels_are_those_of_the_other_pages(brand: Brand, client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert ">E-mail</label>" in page
    assert "Remember me" in page
    german = client.get("/accounts/login/", headers={"accept-language": "de"}).content.decode()
    assert ">E-Mail</label>" in german
    assert "Angemeldet bleiben" in german
