"""Whose rights have changed is said, so that what they hold open ends."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts import access, rights
from showfloor.accounts.models import Brand, Member, Role, StaffRole, User
from showfloor.accounts.rights import RightsChange
from tests.conftest import make_staff

type Capture = Any  # pytest-django's fixture has no type of its own


@pytest.fixture
def told() -> Iterator[list[RightsChange]]:
    changes: list[RightsChange] = []
    unsubscribe = rights.subscribe(changes.append)
    yield changes
    unsubscribe()


@pytest.fixture
def post(brand: Brand, client: Client, django_capture_on_commit_callbacks: Capture) -> Any:
    """A form of the back office, as the brand's owner."""
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))

    def send(page: str, form: dict[str, Any], *args: str) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse(f"admin:accounts_{page}", args=args), form)
        assert answer.status_code == 302, answer.content.decode()

    return send


def role_of(user: User, brand: Brand) -> StaffRole:
    return StaffRole.objects.for_brand(brand).get(user=user)


def test_a_changed_role_is_told(
    brand: Brand, producer: User, post: Callable[..., None], told: list[RightsChange]
) -> None:
    post("staffrole_change", {"role": "host"}, role_of(producer, brand).pk)
    assert told == [RightsChange(frozenset({f"u:{producer.pk}"}), brand.pk)]
    assert told[0].covers(brand.pk, f"u:{producer.pk}", "")
    assert not told[0].covers("another brand", f"u:{producer.pk}", "")
    assert not told[0].covers(brand.pk, "u:another", "")


@pytest.mark.parametrize("in_list", [False, True])
def test_a_role_that_is_taken_away_is_told(
    brand: Brand, producer: User, post: Callable[..., None], told: list[RightsChange],
    in_list: bool,
) -> None:  # fmt: skip
    assert access.works_at(f"u:{producer.pk}", brand.pk)
    row = role_of(producer, brand)
    if in_list:
        form = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        post("staffrole_changelist", form)
    else:
        post("staffrole_delete", {"post": "yes"}, row.pk)
    assert told == [RightsChange(frozenset({f"u:{producer.pk}"}), brand.pk)]
    assert not access.works_at(f"u:{producer.pk}", brand.pk)


@pytest.mark.parametrize("change", ["switched off", "deleted", "deleted in a list"])
def test_an_account_that_is_gone_is_told(
    client: Client, producer: User, told: list[RightsChange], change: str,
    django_capture_on_commit_callbacks: Capture,
) -> None:  # fmt: skip
    client.force_login(User.objects.create_superuser("root@example.test"))
    form: dict[str, Any] = {"email": producer.email, "is_staff": "on"}
    page = reverse("admin:accounts_user_change", args=[producer.pk])
    if change == "deleted":
        form, page = {"post": "yes"}, reverse("admin:accounts_user_delete", args=[producer.pk])
    elif change == "deleted in a list":
        form = {"action": "delete_selected", "_selected_action": [producer.pk], "post": "yes"}
        page = reverse("admin:accounts_user_changelist")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page, form).status_code == 302
    assert told == [RightsChange(frozenset({f"u:{producer.pk}"}))]


@pytest.mark.parametrize("page", ["/accounts/logout/", "/admin/logout/"])
def test_who_signs_out_is_told_at_every_brand(
    brand: Brand, other_brand: Brand, producer: User, client: Client, told: list[RightsChange],
    django_capture_on_commit_callbacks: Capture, page: str,
) -> None:  # fmt: skip
    member = Member.objects.create(user=producer, brand=other_brand)
    client.force_login(producer)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page)
    assert told == [RightsChange(frozenset({f"u:{producer.pk}", f"m:{member.pk}"}))]
    assert told[0].covers(other_brand.pk, f"m:{member.pk}", "")


@pytest.mark.parametrize("subject", ["g:{}", "m:{}", "u:nobody", "u", ""])
def test_only_staff_work_somewhere(brand: Brand, producer: User, subject: str) -> None:
    assert not access.works_at(subject.format(producer.pk), brand.pk)
