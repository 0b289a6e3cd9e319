"""Second factors: asked for at every log-in, and needed by owners where a setting says so."""

from collections.abc import Iterator
from dataclasses import replace
from time import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client, override_settings

from showfloor.accounts import staff_access
from showfloor.accounts.models import Brand, Role, User
from tests.accounts.test_log_in import PASSWORD, code_in_mail, sign_in, verified
from tests.accounts.test_reauthentication import BY_PASSWORD, told
from tests.conftest import make_staff
from tests.support.people import confirm, sign_in_confirmed
from tests.support.shows import Caller

type Capture = Any  # pytest-django's fixture has no type of its own

SECRET = "JBSWY3DPEHPK3PXP"
ACTIVATE, INDEX = "/accounts/2fa/totp/activate/", "/accounts/2fa/"
STAGE = "/accounts/2fa/authenticate/"


def code_now(secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time()) // 30)))


def with_app(user: User) -> User:
    TOTP.activate(user, SECRET)
    return user


@pytest.fixture
def owner(brand: Brand) -> User:
    return make_staff(brand, Role.OWNER, "owner@example.test")


@pytest.fixture
def owners_need_it() -> Iterator[None]:
    with override_settings(SHOWFLOOR=replace(settings.SHOWFLOOR, owners_need_mfa=True)):
        yield


@pytest.mark.django_db(transaction=True)
def test_setting_one_up_asks_again_ends_other_sessions_and_is_told(
    brand: Brand, client: Client
) -> None:
    user = verified("zoe@example.test")
    before = Client()
    for browser in (client, before):
        browser.force_login(user)
    assert client.get(ACTIVATE)["Location"].startswith(BY_PASSWORD)
    confirm(client, user)
    page = client.get(ACTIVATE)
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert client.post(ACTIVATE, {"code": "000000"}).status_code == 200
    assert Authenticator.objects.count() == 0
    assert client.post(ACTIVATE, {"code": code_now(secret)}).status_code == 302
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    assert kinds == {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}
    assert client.get(INDEX).status_code == 200
    assert told() == [("zoe@example.test", "An authenticator app was set up for your account.")]
    assert before.get(INDEX)["Location"].startswith("/accounts/login/")


def test_change_of_a_second_factor_is_told_by_mail(
    brand: Brand, client: Client, django_capture_on_commit_callbacks: Capture
) -> None:
    user = with_app(verified("zoe@example.test"))
    sign_in_confirmed(client, user)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.count() == 0
    words = "The authenticator app was taken from your account."
    assert told() == [("zoe@example.test", words)]


@pytest.mark.parametrize("by_code", [False, True])
def test_log_in_needs_the_second_factor(brand: Brand, client: Client, by_code: bool) -> None:
    with_app(verified("zoe@example.test"))
    if by_code:
        sent = client.post("/accounts/login/code/", {"email": "zoe@example.test"})
        answer = client.post(sent["Location"], {"code": code_in_mail()})
    else:
        answer = sign_in(client, "zoe@example.test")
    assert answer["Location"] == STAGE
    assert client.get(STAGE).status_code == 200
    client.post(STAGE, {"code": "000000"})
    assert "_auth_user_id" not in client.session
    client.post(STAGE, {"code": code_now()})
    assert "_auth_user_id" in client.session


def test_code_of_the_app_is_good_once(brand: Brand) -> None:
    with_app(verified("zoe@example.test"))
    code = code_now()
    outcomes = []
    for client in (Client(), Client()):
        sign_in(client, "zoe@example.test")
        client.post(STAGE, {"code": code})
        outcomes.append("_auth_user_id" in client.session)
    assert outcomes == [True, False]


def test_recovery_code_is_good_once(brand: Brand) -> None:
    user = with_app(verified("zoe@example.test"))
    RecoveryCodes.activate(user)
    codes = RecoveryCodes(Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES))
    code = codes.get_unused_codes()[0]
    outcomes = []
    for client in (Client(), Client()):
        sign_in(client, "zoe@example.test")
        client.post(STAGE, {"code": code})
        outcomes.append("_auth_user_id" in client.session)
    assert outcomes == [True, False]


def test_code_by_mail_is_no_way_around_it(brand: Brand, client: Client) -> None:
    client.force_login(with_app(verified("zoe@example.test")))
    page = client.get("/accounts/reauthenticate/code/")
    assert page.status_code == 302
    assert page["Location"] == BY_PASSWORD


def test_owner_without_one_owns_nothing(
    brand: Brand, owner: User, client: Client, owners_need_it: None
) -> None:
    client.force_login(owner)
    assert client.get("/console/")["Location"] == INDEX
    assert client.get("/admin/")["Location"] == INDEX
    assert client.get("/admin/accounts/staffrole/")["Location"] == INDEX
    status, problem = Caller(user=owner).call("GET", f"/brands/{brand.slug}/shows")
    assert (status, problem["code"], problem["set_up_url"]) == (
        403, "second-factor-needed", INDEX,
    )  # fmt: skip
    answer = client.post("/api/v1/viewer-token", {}, content_type="application/json").json()
    assert answer["viewer"]["role"] != "owner"
    assert staff_access.role_of(f"u:{owner.pk}", brand.pk) is None
    assert "Owners need one here." in client.get(INDEX).content.decode()


def test_owner_with_one_goes_on(brand: Brand, owner: User, owners_need_it: None) -> None:
    with_app(owner)
    assert staff_access.roles_of(owner) == {brand.pk: Role.OWNER}
    assert Caller(user=owner).call("GET", f"/brands/{brand.slug}/shows")[0] == 200


def test_superuser_needs_one_as_well(brand: Brand, client: Client, owners_need_it: None) -> None:
    root = User.objects.create_superuser("root@example.test", PASSWORD)
    client.force_login(root)
    assert client.get("/admin/accounts/user/")["Location"] == INDEX
    assert staff_access.roles_of(root) == {}
    with_app(root)
    assert client.get("/admin/accounts/user/").status_code == 200


def test_other_roles_go_on_without_one(
    brand: Brand, other_brand: Brand, producer: User, owners_need_it: None
) -> None:
    """Also of a person who owns another brand."""
    assert staff_access.roles_of(producer) == {brand.pk: Role.PRODUCER}
    assert Caller(user=producer).call("GET", f"/brands/{brand.slug}/shows")[0] == 200


def test_owner_needs_none_unless_the_installation_says_so(
    brand: Brand, owner: User, client: Client
) -> None:
    client.force_login(owner)
    assert client.get("/console/").status_code == 200
