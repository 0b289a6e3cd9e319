"""Somebody is invited to a brand's staff and accepts; the brand learns nothing of them before."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from showfloor.accounts import invitations, staff_access
from showfloor.accounts.models import Brand, Role, StaffInvitation, StaffRole, User
from showfloor.kernel.clock import utc_now
from showfloor.outbox import jobs as outbox_jobs
from showfloor.outbox.models import OutgoingMessage
from tests.accounts.test_log_in import PASSWORD, code_in_mail, verified
from tests.conftest import make_staff
from tests.support.people import sign_in_confirmed

ADD = "admin:accounts_staffinvitation_add"
EMAIL = "mara@example.test"


@pytest.fixture
def office(brand: Brand, client: Client) -> Client:
    """The back office, as the brand's owner who has just confirmed who they are."""
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))
    return client


def invite(office: Client, email: str = EMAIL, role: str = "moderator") -> str:
    """The path of the link in the mail that went out."""
    answer = office.post(reverse(ADD), {"email": email, "role": role})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    outbox_jobs.send_messages()
    assert mail.outbox[-1].to == [email.lower()]
    found = re.search(r"http://\S+(/invitations/\S+)", str(mail.outbox[-1].body))
    assert found is not None, mail.outbox[-1].body
    return found[1]


def roles(brand: Brand) -> dict[str, str]:
    rows = StaffRole.objects.for_brand(brand).select_related("user")
    return {row.user.email: row.role for row in rows if row.role != Role.OWNER}


def test_role_that_nobody_chose_is_the_least(brand: Brand, office: Client) -> None:
    page = office.get(reverse(ADD))
    assert page.context["adminform"].form["role"].value() == Role.HOST
    assert StaffRole(brand=brand).role == Role.HOST


def test_invited_person_without_an_account_accepts_and_is_in(brand: Brand, office: Client) -> None:
    link = invite(office, "Mara@Example.test")
    assert roles(brand) == {}
    assert not User.objects.filter(email=EMAIL).exists()
    invited = Client()
    page = invited.get(link)
    assert "Maison Test" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert not User.objects.filter(email=EMAIL).exists()  # looking is not accepting
    done = invited.post(link, {"full_name": "Mara Lind"})
    assert done["Location"] == "/console/"
    assert invited.get("/console/").status_code == 200
    user = User.objects.get(email=EMAIL)
    assert (user.get_full_name(), user.is_staff, user.has_usable_password()) == (
        "Mara Lind", True, False,
    )  # fmt: skip
    assert roles(brand) == {EMAIL: "moderator"}


def test_link_is_good_once(brand: Brand, office: Client) -> None:
    link = invite(office)
    Client().post(link, {"full_name": "Mara Lind"})
    assert Client().get(link).status_code == 404
    thief = Client()
    assert thief.post(link, {"full_name": "Eve"}).status_code == 404
    assert "_auth_user_id" not in thief.session


@pytest.mark.parametrize("how", ["withdrawn", "too old", "made up"])
def test_link_that_is_no_longer_good_opens_nothing(brand: Brand, office: Client, how: str) -> None:
    link = invite(office)
    rows = StaffInvitation.objects.for_brand(brand)
    if how == "withdrawn":
        form = {"action": "delete_selected", "_selected_action": [rows.get().pk], "post": "yes"}
        office.post(reverse("admin:accounts_staffinvitation_changelist"), form)
    elif how == "too old":
        rows.update(expires_at=utc_now() - timedelta(seconds=1))
    else:
        link = link[:-4] + "xxx/"
    assert Client().post(link, {"full_name": "Mara"}).status_code == 404
    assert roles(brand) == {}


def test_holder_of_the_address_accepts_after_signing_in(brand: Brand, office: Client) -> None:
    user = verified(EMAIL)
    link = invite(office)
    invited = Client()
    page = invited.get(link).content.decode()
    assert "There is an account with this address." in page
    assert invited.post(link, {"full_name": "Eve"})["Location"].startswith("/accounts/login/")
    assert roles(brand) == {}
    signed_in = invited.post(
        f"/accounts/login/?next={link}", {"login": EMAIL, "password": PASSWORD, "next": link}
    )
    assert signed_in["Location"] == link
    assert invited.post(link)["Location"] == "/console/"
    assert roles(brand) == {EMAIL: "moderator"}
    user.refresh_from_db()
    assert user.is_staff


def test_nobody_else_accepts_it(brand: Brand, office: Client) -> None:
    link = invite(office)
    other, unproven = Client(), Client()
    other.force_login(verified("eve@example.test"))
    squatter = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=squatter, email=EMAIL, primary=True)
    unproven.force_login(squatter)
    for client in (other, unproven):
        assert "Sign out" in client.get(link).content.decode()
        assert client.post(link).status_code == 403
    assert roles(brand) == {}


def test_stranger_who_signed_up_with_the_address_does_not_come_in(
    brand: Brand, office: Client
) -> None:
    """The invited person proves the address by code; the password that was there is gone."""
    squatter = User.objects.create_user(EMAIL, "chosen-by-someone-else")
    EmailAddress.objects.create(user=squatter, email=EMAIL, primary=True)
    link = invite(office)
    invited = Client()
    sent = invited.post("/accounts/login/code/", {"email": EMAIL, "next": link})
    invited.post(sent["Location"], {"code": code_in_mail()})
    assert invited.post(link)["Location"] == "/console/"
    squatter.refresh_from_db()
    assert not squatter.has_usable_password()


@pytest.mark.parametrize("superuser", [False, True])
def test_inviting_tells_no_name_and_touches_no_account(
    brand: Brand, office: Client, superuser: bool
) -> None:
    make = User.objects.create_superuser if superuser else User.objects.create_user
    user = make(EMAIL, PASSWORD, first_name="Secretia", last_name="Holder")
    before = (user.password, user.is_staff, user.is_superuser)
    invite(office)
    for page in ("staffinvitation_changelist", "staffrole_changelist"):
        assert "Secretia" not in office.get(reverse(f"admin:accounts_{page}")).content.decode()
    user.refresh_from_db()
    assert (user.password, user.is_staff, user.is_superuser) == before
    assert staff_access.staff_role(user, brand.pk) is (Role.OWNER if superuser else None)
    assert not EmailAddress.objects.filter(user=user, verified=True).exists()


def errors(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["adminform"].form.errors
    return found


def test_same_address_is_invited_once_and_the_mail_sent_again(brand: Brand, office: Client) -> None:
    invite(office)
    again = office.post(reverse(ADD), {"email": EMAIL.upper(), "role": "host"})
    assert errors(again) == {"email": ["This address is invited already; send that one again."]}
    row = StaffInvitation.objects.for_brand(brand).get()
    form = {"action": "send_again", "_selected_action": [row.pk]}
    office.post(reverse("admin:accounts_staffinvitation_changelist"), form)
    assert [*OutgoingMessage.objects.all_brands().values_list("recipient", flat=True)] == [EMAIL]


def test_colleague_is_not_invited_again(brand: Brand, producer: User, office: Client) -> None:
    answer = office.post(reverse(ADD), {"email": producer.email, "role": "owner"})
    assert errors(answer) == {"email": ["This person has a role at the brand already."]}
    assert not OutgoingMessage.objects.all_brands().exists()


def test_brand_invites_a_bounded_number(brand: Brand, office: Client) -> None:
    until = utc_now() + timedelta(days=1)
    StaffInvitation.objects.all_brands().bulk_create(
        StaffInvitation(brand=brand, email=f"{number}@example.test", expires_at=until)
        for number in range(invitations.INVITATIONS_MAX - 1)
    )
    invite(office)
    answer = office.post(reverse(ADD), {"email": "one-more@example.test", "role": "host"})
    assert errors(answer) == {"__all__": ["So many invitations wait already. Withdraw some."]}
    waiting = StaffInvitation.objects.for_brand(brand).count()
    assert waiting == invitations.INVITATIONS_MAX


@pytest.mark.parametrize("role", [Role.PRODUCER, Role.MODERATOR, Role.HOST])
def test_only_owners_invite(brand: Brand, client: Client, role: Role) -> None:
    sign_in_confirmed(client, make_staff(brand, role, "someone@example.test"))
    assert client.post(reverse(ADD), {"email": EMAIL, "role": "owner"}).status_code == 403
    assert StaffInvitation.objects.for_brand(brand).count() == 0


def test_mail_is_in_the_brands_language(brand: Brand, office: Client) -> None:
    brand.language = "de"
    brand.save()
    invite(office)
    assert "lädt dich ein" in str(mail.outbox[-1].body)
