"""Actions that a stolen session must not do ask again: for the password, a code in a mail, or a
second factor; and the old address is told."""

import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from showfloor.accounts import reauthentication
from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.media import services as media
from showfloor.outbox import jobs as outbox_jobs
from tests.accounts.test_log_in import PASSWORD, code_in_mail, verified
from tests.conftest import make_staff
from tests.support.people import confirm, sign_in_confirmed
from tests.support.shows import Caller, make_show

BY_PASSWORD, BY_CODE = "/accounts/reauthenticate/", "/accounts/reauthenticate/code/"
NEW_PASSWORD = "another-long-password"


def without_password(email: str) -> User:
    user = verified(email)
    user.set_unusable_password()
    user.save()
    return user


def told() -> list[tuple[str, str]]:
    """Return recipient and first line of each mail sent."""
    outbox_jobs.send_messages()
    return [(sent.to[0], str(sent.body).splitlines()[0]) for sent in mail.outbox]


@pytest.fixture
def stolen(brand: Brand, client: Client) -> Client:
    """The session of somebody with a password, in the wrong hands."""
    client.force_login(verified("zoe@example.test"))
    return client


def test_stolen_session_adds_no_address(stolen: Client) -> None:
    answer = stolen.post("/accounts/email/", {"action_add": "", "email": "thief@example.test"})
    assert answer["Location"].startswith(BY_PASSWORD)
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["zoe@example.test"]
    wrong = stolen.post(answer["Location"], {"password": "guessed-at-random"})
    assert wrong.status_code == 200
    assert EmailAddress.objects.count() == 1


def test_request_goes_on_after_the_password(stolen: Client) -> None:
    form = {"action_add": "", "email": "zoe@new.test"}
    asked = stolen.post("/accounts/email/", form)
    done = stolen.post(asked["Location"], {"password": PASSWORD})
    assert done["Location"] == "/accounts/confirm-email/"
    assert "zoe@new.test" in stolen.get(done["Location"]).content.decode()


def test_old_address_is_told_of_a_new_one(stolen: Client) -> None:
    user = User.objects.get(email="zoe@example.test")
    EmailAddress.objects.create(user=user, email="zoe@new.test", verified=True)
    confirm(stolen, user)
    stolen.post("/accounts/email/", {"action_primary": "", "email": "zoe@new.test"})
    changed = "Your account's e-mail address was changed from zoe@example.test to zoe@new.test."
    assert told() == [("zoe@example.test", changed)]
    stolen.post("/accounts/email/", {"action_remove": "", "email": "zoe@example.test"})
    gone = "The e-mail address zoe@example.test was removed from your account."
    assert told()[1:] == [("zoe@new.test", gone), ("zoe@example.test", gone)]


def test_password_change_asks_for_the_old_one_and_is_told(stolen: Client) -> None:
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    stolen.post("/accounts/password/change/", {**form, "oldpassword": "guessed"})
    assert User.objects.get().check_password(PASSWORD)
    assert told() == []
    stolen.post("/accounts/password/change/", {**form, "oldpassword": PASSWORD})
    assert told() == [("zoe@example.test", "Your password was changed.")]


def test_stolen_session_chooses_no_first_password(brand: Brand, client: Client) -> None:
    """Someone who signs in by code has none yet: whoever sets one has the account for good."""
    user = without_password("mara@example.test")
    client.force_login(user)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    answer = client.post("/accounts/password/set/", form)
    assert answer["Location"].startswith(BY_CODE)
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_stolen_session_without_a_password_adds_no_address(brand: Brand, client: Client) -> None:
    client.force_login(without_password("mara@example.test"))
    answer = client.post("/accounts/email/", {"action_add": "", "email": "thief@example.test"})
    assert answer["Location"].startswith(BY_CODE)
    assert EmailAddress.objects.count() == 1


def test_code_by_mail_confirms(brand: Brand, client: Client) -> None:
    user = without_password("mara@example.test")
    client.force_login(user)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    asked = client.post("/accounts/password/set/", form)
    page = client.get(asked["Location"])
    assert 'name="code"' not in page.content.decode()
    sent = client.post(BY_CODE, {"action": "send", "next": "/accounts/password/set/"})
    assert sent["Location"] == f"{BY_CODE}?next=%2Faccounts%2Fpassword%2Fset%2F"
    assert 'name="code"' in client.get(sent["Location"]).content.decode()
    code = code_in_mail()
    assert mail.outbox[-1].to == ["mara@example.test"]
    done = client.post(BY_CODE, {"code": code.lower(), "next": "/accounts/password/set/"})
    assert done.status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)  # the form that was asked about went through


def test_code_is_good_for_three_guesses_and_one_use(brand: Brand, client: Client) -> None:
    client.force_login(without_password("mara@example.test"))
    client.post(BY_CODE, {"action": "send"})
    code = code_in_mail()
    for _guess in range(reauthentication.GUESSES_MAX):
        assert client.post(BY_CODE, {"code": "BBBB-BBBB"}).status_code == 200
    assert client.post(BY_CODE, {"code": code}).status_code == 200
    client.post(BY_CODE, {"action": "send"})
    fresh = code_in_mail()
    assert client.post(BY_CODE, {"code": fresh}).status_code == 302
    assert client.post(BY_CODE, {"code": fresh}).status_code == 200


def test_code_of_another_session_is_worth_nothing(brand: Brand, client: Client) -> None:
    user = without_password("mara@example.test")
    other = Client()
    for browser in (client, other):
        browser.force_login(user)
    client.post(BY_CODE, {"action": "send"})
    assert other.post(BY_CODE, {"code": code_in_mail()}).status_code == 200


def test_code_ends_with_its_time(brand: Brand, client: Client) -> None:
    client.force_login(without_password("mara@example.test"))
    client.post(BY_CODE, {"action": "send"})
    session = client.session
    session["showfloor_confirm_code"]["sent_at"] = time.time() - reauthentication.CODE_LASTS_S - 1
    session.save()
    assert client.post(BY_CODE, {"code": code_in_mail()}).status_code == 200


def test_stream_key_is_rotated_only_by_who_confirmed(brand: Brand, producer: User) -> None:
    show = make_show(brand)
    before = media.stream_key(show.channel)
    address = f"/shows/{show.slug}/stream-key/rotate"
    status, problem = Caller(user=producer).call("POST", address, {})
    assert (status, problem["code"], problem["confirm_url"]) == (
        403, "confirm-identity", BY_PASSWORD,
    )  # fmt: skip
    show.channel.refresh_from_db()
    assert media.stream_key(show.channel) == before
    assert Caller(user=producer, is_confirmed=True).call("POST", address, {})[0] == 200


def test_confirmation_lasts_some_minutes(brand: Brand, producer: User) -> None:
    show = make_show(brand)
    caller = Caller(user=producer, is_confirmed=True)
    with override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=0):
        assert caller.call("POST", f"/shows/{show.slug}/stream-key/rotate", {})[0] == 403


@pytest.mark.parametrize("page", ["add", "change", "delete", "changelist"])
def test_staff_pages_of_the_back_office_ask_again(
    brand: Brand, producer: User, client: Client, page: str
) -> None:
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    row = StaffRole.objects.for_brand(brand).get(user=producer)
    args = [row.pk] if page in {"change", "delete"} else []
    forms: dict[str, dict[str, Any]] = {
        "add": {"email": "thief@example.test", "role": "owner"},
        "change": {"role": "owner"},
        "delete": {"post": "yes"},
        "changelist": {
            "action": "delete_selected", "_selected_action": [row.pk], "post": "yes",
        },
    }  # fmt: skip
    answer = client.post(reverse(f"admin:accounts_staffrole_{page}", args=args), forms[page])
    assert answer["Location"].startswith(BY_PASSWORD)
    assert StaffRole.objects.for_brand(brand).get(pk=row.pk).role == Role.PRODUCER
    assert StaffRole.objects.for_brand(brand).count() == 2
    assert not User.objects.filter(email="thief@example.test").exists()


def test_superuser_who_changes_an_account_tells_its_old_address(
    brand: Brand, client: Client
) -> None:
    user = verified("zoe@example.test")
    sign_in_confirmed(client, User.objects.create_superuser("root@example.test"))
    form = {"email": "zoe@new.test", "is_active": "on"}
    page = reverse("admin:accounts_user_change", args=[user.pk])
    assert client.post(page, form).status_code == 302
    words = "Your account's e-mail address was changed from zoe@example.test to zoe@new.test."
    assert told() == [("zoe@example.test", words)]


def test_superuser_removes_a_lost_second_factor_and_it_is_told(
    brand: Brand, client: Client
) -> None:
    user = verified("zoe@example.test")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "A" * 16})
    sign_in_confirmed(client, User.objects.create_superuser("root@example.test"))
    form = {"action": "remove_second_factors", "_selected_action": [user.pk]}
    client.post(reverse("admin:accounts_user_changelist"), form)
    assert Authenticator.objects.count() == 0
    ((to, words),) = told()
    assert (to, words.startswith("The second factors")) == ("zoe@example.test", True)
