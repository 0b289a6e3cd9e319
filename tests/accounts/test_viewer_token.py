"""POST /viewer-token and PUT /viewer/name through the API's door."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts import bans, token_revocation
from showfloor.accounts.models import Brand, Member, Role, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import TOKEN_TTL, Claims
from showfloor.kernel.clock import parse_iso, to_epoch_ms, utc_now
from tests.conftest import make_staff
from tests.support.waiting import wait_until

TOKEN = "/api/v1/viewer-token"
NAME = "/api/v1/viewer/name"


def ask(client: Client, body: dict[str, Any] | None = None) -> dict[str, Any]:
    response = client.post(TOKEN, body or {}, content_type="application/json")
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def rename(client: Client, token: str, name: str) -> Any:
    return client.put(
        NAME, {"name": name}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def join(client: Client, brand: Brand, name: str = "") -> None:
    """Become a member of the brand."""
    assert client.post(f"/brands/{brand.slug}/join/", {"name": name}).status_code == 302


def claims_of(token: str) -> Claims:
    return token_signer().verify(token, utc_now())


def test_a_guest_is_known_again_by_the_cookie(brand: Brand, client: Client) -> None:
    first = ask(client)
    assert first["viewer"]["role"] == "guest"
    assert first["viewer"]["name"] == ""
    assert first["viewer"]["id"].startswith("g:")
    assert client.cookies["sf_guest"]["httponly"]
    assert client.cookies["sf_guest"]["samesite"] == "Lax"
    assert abs(parse_iso(first["expires_at"]) - utc_now() - TOKEN_TTL).total_seconds() < 5

    again = ask(client)
    assert again["viewer"] == first["viewer"]
    assert claims_of(again["token"]).brand == brand.pk
    assert len(claims_of(again["token"]).network) == 32

    assert ask(Client())["viewer"]["id"] != first["viewer"]["id"]


def test_a_cookie_that_was_made_up_makes_a_new_guest(brand: Brand, client: Client) -> None:
    known = ask(client)["viewer"]["id"]
    forged = Client()
    forged.cookies["sf_guest"] = client.cookies["sf_guest"].value[:-2] + "xx"
    assert ask(forged)["viewer"]["id"] != known


def test_a_name_goes_into_the_token_and_stays(brand: Brand, client: Client) -> None:
    renamed = rename(client, ask(client)["token"], "  Zoë   W ")
    assert renamed.status_code == 200
    assert renamed.json()["viewer"]["name"] == "Zoë W"
    assert claims_of(renamed.json()["token"]).name == "Zoë W"
    assert ask(client)["viewer"]["name"] == "Zoë W"


def test_a_name_that_is_refused_names_its_field(brand: Brand, client: Client) -> None:
    refused = rename(client, ask(client)["token"], "Maison Test Support")
    assert refused.status_code == 422
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "name-reserved"
    assert refused.json()["field"] == "name"
    assert ask(client)["viewer"]["name"] == ""


def test_account_that_has_not_joined_watches_as_the_guest_it_was(
    brand: Brand, client: Client
) -> None:
    rename(client, ask(client)["token"], "Zoë")
    before = ask(client)["viewer"]
    client.force_login(User.objects.create_user("zoe@example.test", first_name="Zoe"))
    assert ask(client)["viewer"] == before
    assert Member.objects.for_brand(brand).count() == 0


def test_member_is_made_by_joining_and_keeps_the_name(brand: Brand, client: Client) -> None:
    rename(client, ask(client)["token"], "Zoë")
    user = User.objects.create_user("zoe@example.test", "long-enough-password")
    client.force_login(user)
    join(client, brand, "Zoë")

    viewer = ask(client)["viewer"]

    member = Member.objects.for_brand(brand).get()
    assert viewer == {"id": f"m:{member.pk}", "name": "Zoë", "role": "member"}
    assert ask(client)["viewer"] == viewer
    assert Member.objects.for_brand(brand).count() == 1


def test_staff_come_with_their_role_at_this_brand_only(
    brand: Brand, other_brand: Brand, client: Client
) -> None:
    user = make_staff(brand, Role.MODERATOR, "mod@example.test")
    client.force_login(user)

    here = ask(client, {"brand": "maison-test"})
    there = ask(client, {"brand": "rival"})

    assert here["viewer"] == {"id": f"u:{user.pk}", "name": "Maison Test", "role": "moderator"}
    assert claims_of(here["token"]).roles == ("moderator",)
    assert there["viewer"]["role"] == "guest"
    assert Member.objects.for_brand(other_brand).count() == 0
    assert claims_of(there["token"]).roles == ()


def test_staff_names_are_not_changed_by_the_viewer_page(
    brand: Brand, producer: User, client: Client
) -> None:
    client.force_login(producer)
    assert rename(client, ask(client)["token"], "Someone").status_code == 403


def test_a_token_renames_nobody_else(brand: Brand, client: Client) -> None:
    stolen = ask(Client())["token"]
    refused = rename(client, stolen, "Zoë")
    assert (refused.status_code, refused.json()["code"]) == (409, "other-viewer")


@pytest.mark.parametrize("header", ["", "Bearer", "Basic eA==", "Bearer a.b", "Bearer ä.ö"])
def test_without_a_good_token_the_answer_is_401(brand: Brand, client: Client, header: str) -> None:
    response = client.put(
        NAME, {"name": "Zoë"}, content_type="application/json", headers={"Authorization": header}
    )
    assert response.status_code == 401


def test_a_banned_viewer_is_refused_with_the_same_token(brand: Brand, client: Client) -> None:
    token = ask(client)["token"]
    bans.ban(brand.pk, claims_of(token).sub, name="Zoë", by=None)
    refused = rename(client, token, "Zoë")
    assert (refused.status_code, refused.json()["code"]) == (403, "banned")


def test_unknown_brands_are_not_found(brand: Brand, client: Client) -> None:
    response = client.post(TOKEN, {"brand": "nobody"}, content_type="application/json")
    assert response.status_code == 404
    assert response.json() == {
        "type": "/problems/not-found", "title": "Not found", "status": 404, "code": "not-found",
        "detail": "There is no such thing here.",
    }  # fmt: skip


def test_a_token_ends_with_the_log_in(brand: Brand, other_brand: Brand, client: Client) -> None:
    """A token of somebody who signs out or loses a right is refused from then on."""
    user = User.objects.create_user("mia@example.test")
    client.force_login(user)
    join(client, brand)
    join(client, other_brand)
    before, elsewhere = ask(client)["token"], ask(client, {"brand": other_brand.slug})["token"]
    assert rename(client, before, "Mia").status_code == 200
    token_revocation.revoke_member_tokens(Member.objects.for_brand(brand).get(user=user))
    for token in (before, token_signer().issue(claims_of(before), long_ago())):
        answer = rename(client, token, "Mia W")
        assert (answer.status_code, answer.json()["code"]) == (401, "bad-token")
    assert Member.objects.for_brand(brand).get(user=user).display_name == "Mia"
    assert rename(client, elsewhere, "Mia").status_code == 200
    wait_until(lambda: rename(client, ask(client)["token"], "Mia").status_code == 200, 5, "a new")
    again = ask(client)["token"]
    made_ms = claims_of(again).issued_at  # a token of the same millisecond may be the new one
    wait_until(lambda: to_epoch_ms(utc_now()) > made_ms, 5, "the next millisecond")
    token_revocation.revoke_person_tokens(user)
    for token in (again, elsewhere):
        assert rename(client, token, "Mia W").status_code == 401


def long_ago() -> datetime:
    return utc_now() - timedelta(minutes=10)
