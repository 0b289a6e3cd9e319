"""A copy of a person's data: it holds what they gave, and nothing of anyone else."""

import io
import json
import zipfile
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from showfloor.accounts.models import Brand, Member, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.checkout.models import Cart
from showfloor.kernel.errors import Invalid
from showfloor.privacy import take_out
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry
from tests.community.interacting import asked
from tests.conftest import make_staff
from tests.support.chat import post_message
from tests.support.people import confirm
from tests.support.shows import Caller, guest, make_show
from tests.support.traces import tables_with

NAME, EMAIL = "Zaphodine", "someone@quell.test"


@pytest.fixture
def member(brand: Brand) -> Member:
    user = User.objects.create_user(EMAIL, first_name="Zaph")
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return Member.objects.create(brand=brand, user=user, display_name=NAME, traits=["vip"])


@pytest.fixture
def browser(member: Member) -> Client:
    browser = Client()
    browser.force_login(member.user)
    confirm(browser, member.user)
    return browser


def opened(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def talk(brand: Brand, member: Member) -> None:
    show, claims = make_show(brand, "Evening"), Claims(str(member.subject), brand.pk, NAME)
    post_message(show, claims, "c1", "lovely")
    post_message(show, guest(brand, "Ben"), "c2", "somebody else's words")
    asked(show, claims, "Is it red?")
    Cart(brand=brand, owner=claims.sub, currency="EUR").save()
    with timeline.write():
        body = {"product_id": None, "text": "For you", "name": "Mo"}
        personal_stream.tell(brand.pk, claims.sub, [NewEntry("offer.made", body)])


def test_copy_has_what_each_room_keeps(brand: Brand, member: Member) -> None:
    talk(brand, member)
    rows = take_out.of_person(brand, str(member.subject))
    assert sorted(rows) == [
        "membership", "messages", "news", "question_votes", "questions",
    ]  # fmt: skip
    (message,), (question,), (membership,), (news,) = (
        rows[name] for name in ("messages", "questions", "membership", "news")
    )
    assert (message["show"], message["text"]) == ("evening", "lovely")
    assert (question["text"], question["state"]) == ("Is it red?", "open")
    assert (membership["display_name"], membership["email"]) == (NAME, EMAIL)
    assert (news["kind"], news["text"]) == ("offer.made", "For you")


def test_text_that_names_nobody_is_refused(brand: Brand) -> None:
    with pytest.raises(Invalid):
        take_out.of_person(brand, "m:*")


@pytest.mark.parametrize("role", list(Role))
def test_only_an_owner_who_has_confirmed_gets_a_copy(
    brand: Brand, member: Member, role: Role
) -> None:
    caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"))
    status, answer = caller.call("GET", f"/brands/{brand.slug}/people/{member.subject}/data.zip")
    code = "confirm-identity" if role is Role.OWNER else "forbidden"
    assert (status, answer["type"].rpartition("/")[2]) == (403, code)


def test_person_downloads_account_and_all_brands(
    brand: Brand, other_brand: Brand, member: Member, browser: Client
) -> None:
    talk(brand, member)
    Member.objects.create(brand=other_brand, user=member.user, display_name="Zed")
    answer = browser.get("/accounts/data/download/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert "no-store" in answer["Cache-Control"]
    files = opened(answer.content)
    folder = f"{brand.slug}/member"
    assert sorted(files) == sorted([
        "account.json", f"{folder}/membership.json", f"{folder}/messages.json",
        f"{folder}/news.json", f"{folder}/question_votes.json", f"{folder}/questions.json",
        f"{other_brand.slug}/member/membership.json",
    ])  # fmt: skip
    assert files["account.json"]["account"][0]["email"] == EMAIL
    assert "somebody else" not in answer.content.decode("latin-1")


def test_download_requires_reauthentication(member: Member) -> None:
    browser = Client()
    assert browser.get("/accounts/data/download/").status_code == 302
    browser.force_login(member.user)
    answer = browser.get("/accounts/data/download/")
    assert (answer.status_code, "reauthenticate" in answer["Location"]) == (302, True)


def test_leaving_asks_again_who_it_is(member: Member) -> None:
    browser = Client()
    browser.force_login(member.user)
    answer = browser.post("/accounts/data/leave/", {"member": member.pk, "then": "erase"})
    assert (answer.status_code, answer["Location"]) == (
        302, "/accounts/reauthenticate/?next=/accounts/data/",
    )  # fmt: skip
    assert Member.objects.all_brands().exists()


def test_member_leaves_and_what_was_written_stays(
    brand: Brand, member: Member, browser: Client
) -> None:
    talk(brand, member)
    assert brand.name in browser.get("/accounts/data/").content.decode()
    answer = browser.post("/accounts/data/leave/", {"member": member.pk, "then": "keep"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/data/")
    assert not Member.objects.all_brands().exists()
    assert tables_with(NAME) == ["community.Message", "community.Question", "timeline.Entry"]
    assert User.objects.filter(email=EMAIL).exists()


def test_member_leaves_and_everything_goes(brand: Brand, member: Member, browser: Client) -> None:
    talk(brand, member)
    answer = browser.post("/accounts/data/leave/", {"member": member.pk, "then": "erase"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert tables_with(NAME, EMAIL, "lovely") == []


def test_member_cannot_end_the_membership_of_another(
    brand: Brand, member: Member, browser: Client
) -> None:
    other = User.objects.create_user("other@example.test")
    theirs = Member.objects.create(brand=brand, user=other)
    answer = browser.post("/accounts/data/leave/", {"member": theirs.pk, "then": "erase"})
    assert (answer.status_code, Member.objects.all_brands().count()) == (404, 2)
