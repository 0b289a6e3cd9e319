"""A change of rights revokes the person's tokens, so that their open connections end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from showfloor.accounts import access_changes, staff_access
from showfloor.accounts.models import AccessChangeKind, Brand, Member, Role, StaffRole, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from tests.accounts.test_log_in import code_in_mail
from tests.conftest import make_staff
from tests.support.people import sign_in_confirmed
from tests.support.waiting import wait_until

type Told = tuple[str, str | None]
type Capture = Any  # pytest-django's fixture has no type of its own


@pytest.fixture
def told() -> Iterator[set[Told]]:
    """Collect the people whose tokens are revoked, and the brand."""
    whose: set[Told] = set()
    unsubscribe = access_changes.on(
        AccessChangeKind.RIGHTS, lambda change: whose.add((change.subject, change.brand_id))
    )
    yield whose
    unsubscribe()


@pytest.fixture
def post(brand: Brand, client: Client, django_capture_on_commit_callbacks: Capture) -> Any:
    """A form of the back office, as the brand's owner."""
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))

    def send(page: str, form: dict[str, Any], *args: str) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse(f"admin:accounts_{page}", args=args), form)
        assert answer.status_code == 302, answer.content.decode()

    return send


def role_of(user: User, brand: Brand) -> StaffRole:
    return StaffRole.objects.for_brand(brand).get(user=user)


def test_a_changed_role_is_told(
    brand: Brand, producer: User, post: Callable[..., None], told: set[Told]
) -> None:
    post("staffrole_change", {"role": "host"}, role_of(producer, brand).pk)
    assert told == {(f"u:{producer.pk}", brand.pk)}


@pytest.mark.parametrize("in_list", [False, True])
def test_a_role_that_is_taken_away_is_told(
    brand: Brand, producer: User, post: Callable[..., None], told: set[Told],
    in_list: bool,
) -> None:  # fmt: skip
    assert staff_access.role_of(f"u:{producer.pk}", brand.pk) is Role.PRODUCER
    row = role_of(producer, brand)
    if in_list:
        form = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        post("staffrole_changelist", form)
    else:
        post("staffrole_delete", {"post": "yes"}, row.pk)
    assert told == {(f"u:{producer.pk}", brand.pk)}
    assert staff_access.role_of(f"u:{producer.pk}", brand.pk) is None


@pytest.mark.parametrize("change", ["switched off", "deleted", "deleted in a list"])
def test_an_account_that_is_gone_is_told(
    client: Client, producer: User, told: set[Told], change: str,
    django_capture_on_commit_callbacks: Capture,
) -> None:  # fmt: skip
    sign_in_confirmed(client, User.objects.create_superuser("root@example.test"))
    form: dict[str, Any] = {"email": producer.email, "is_staff": "on"}
    page = reverse("admin:accounts_user_change", args=[producer.pk])
    if change == "deleted":
        form, page = {"post": "yes"}, reverse("admin:accounts_user_delete", args=[producer.pk])
    elif change == "deleted in a list":
        form = {"action": "delete_selected", "_selected_action": [producer.pk], "post": "yes"}
        page = reverse("admin:accounts_user_changelist")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page, form).status_code == 302
    assert told == {(f"u:{producer.pk}", None)}


@pytest.mark.parametrize("page", ["/accounts/logout/", "/admin/logout/"])
def test_sign_out_revokes_tokens_at_every_brand(
    brand: Brand, other_brand: Brand, producer: User, client: Client, told: set[Told],
    django_capture_on_commit_callbacks: Capture, page: str,
) -> None:  # fmt: skip
    member = Member.objects.create(user=producer, brand=other_brand)
    client.force_login(producer)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page)
    assert told == {(f"u:{producer.pk}", None), (f"m:{member.pk}", None)}


@pytest.mark.parametrize("subject", ["g:{}", "m:{}", "u:nobody", "u", ""])
def test_only_staff_work_somewhere(brand: Brand, producer: User, subject: str) -> None:
    assert staff_access.role_of(subject.format(producer.pk), brand.pk) is None


def test_a_member_with_other_traits_is_told(
    brand: Brand, post: Callable[..., None], told: set[Told]
) -> None:
    user = User.objects.create_user("mia@example.test")
    member = Member.objects.create(user=user, brand=brand, display_name="Mia")
    form = {"display_name": "Mia", "traits": '["vip"]'}
    post("member_change", form, member.pk)
    assert told == {(f"m:{member.pk}", brand.pk)}
    told.clear()
    form |= {"display_name": "Mia W", "initial-traits": '["vip"]'}
    post("member_change", form, member.pk)
    assert told == set()


OLD, NEW = "long-enough-password", "another-long-password"


def change_password(client: Client, user: User) -> None:
    form = {"oldpassword": OLD, "password1": NEW, "password2": NEW}
    assert client.post("/accounts/password/change/", form).status_code == 302


def set_password(client: Client, user: User) -> None:
    user.set_unusable_password()
    user.save()
    sign_in_confirmed(client, user)
    form = {"password1": NEW, "password2": NEW}
    assert client.post("/accounts/password/set/", form).status_code == 302


def reset_password(_client: Client, user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = Client()
    sent = client.post("/accounts/password/reset/", {"email": user.email})
    confirmed = client.post(sent["Location"], {"code": code_in_mail()})
    done = client.post(confirmed["Location"], {"password1": NEW, "password2": NEW})
    assert done.status_code == 302


@pytest.mark.parametrize("choose", [change_password, set_password, reset_password])
def test_changed_password_is_announced_at_every_brand(
    brand: Brand, other_brand: Brand, producer: User, client: Client, told: set[Told],
    django_capture_on_commit_callbacks: Capture, choose: Callable[[Client, User], None],
) -> None:  # fmt: skip
    member = Member.objects.create(user=producer, brand=other_brand)
    client.force_login(producer)
    before = token_of(client)
    with django_capture_on_commit_callbacks(execute=True):
        choose(client, producer)
    assert told == {(f"u:{producer.pk}", None), (f"m:{member.pk}", None)}
    assert access_changes.is_outdated(before)
    producer.refresh_from_db()
    assert producer.check_password(NEW)


@pytest.mark.parametrize("choose", [change_password, set_password])
def test_one_s_own_session_goes_on_with_a_fresh_token(
    brand: Brand, producer: User, client: Client, choose: Callable[[Client, User], None]
) -> None:
    client.force_login(producer)
    choose(client, producer)
    fresh = token_of(client)
    assert fresh.sub == f"u:{producer.pk}"
    wait_until(lambda: not access_changes.is_outdated(token_of(client)), 5, "a good token")


def test_the_back_office_has_no_second_way_to_a_password(producer: User, client: Client) -> None:
    client.force_login(producer)
    answer = client.get("/admin/password_change/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/change/")


def test_password_that_a_stranger_chose_is_gone_when_the_address_is_proven(
    brand: Brand, client: Client, told: set[Told], django_capture_on_commit_callbacks: Capture
) -> None:
    """Somebody signs up with an address that is not theirs; its holder comes in by code."""
    user = User.objects.create_user("mara@example.test", OLD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    sent = client.post("/accounts/login/code/", {"email": user.email})
    with django_capture_on_commit_callbacks(execute=True):
        client.post(sent["Location"], {"code": code_in_mail()})
    assert client.get("/accounts/sessions/").status_code == 200
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert (f"u:{user.pk}", None) in told


def token_of(client: Client) -> Claims:
    answer = client.post("/api/v1/viewer-token", {}, content_type="application/json")
    return token_signer().verify(answer.json()["token"], utc_now())
