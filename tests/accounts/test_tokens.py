"""Viewer tokens: their content, their signature and their life."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client, override_settings

from showfloor.accounts import segments, tokens
from showfloor.accounts.models import Brand, Member, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import (
    TOKEN_BYTES_MAX,
    TOKEN_TTL,
    TRAIT_CHARS_MAX,
    TRAITS_MAX,
    BadToken,
    Claims,
    KnownTokens,
    TokenSigner,
)
from showfloor.kernel.clock import to_epoch_ms

NOW = datetime(2030, 3, 1, 18, 30, 0, 250_000, tzinfo=UTC)
MIA = Claims("m:mia", "brand", "Mia", (), "net", ("vip", "ticket:gala"))


def test_all_that_is_claimed_comes_back() -> None:
    signer = TokenSigner("secret")
    claims = signer.verify(signer.issue(MIA, NOW), NOW)
    assert claims == MIA
    assert claims.issued_at == to_epoch_ms(NOW)


def test_token_of_the_previous_version_is_accepted() -> None:
    old = _without(TokenSigner("secret").issue(MIA, NOW), "traits", "iat")
    claims = TokenSigner("secret").verify(old, NOW)
    assert claims == Claims("m:mia", "brand", "Mia", (), "net")
    assert claims.issued_at == to_epoch_ms(NOW) - 250  # its end is known to the second


def test_the_longest_token_fits() -> None:
    filled = tuple("x" * (TRAIT_CHARS_MAX - 2) + f"{n:02}" for n in range(TRAITS_MAX))
    claims = Claims("m:" + "0" * 26, "0" * 26, "😀" * 30, ("moderator",), "f" * 32, filled)
    signer = TokenSigner("secret")
    token = signer.issue(claims, NOW)
    assert len(token) <= TOKEN_BYTES_MAX
    assert signer.verify(token, NOW) == claims


def test_a_key_is_rotated_without_a_break() -> None:
    before, during, after = TokenSigner("a"), TokenSigner("b", "a"), TokenSigner("b")
    of_before, of_during = before.issue(MIA, NOW), during.issue(MIA, NOW)
    assert during.verify(of_before, NOW) == MIA
    assert after.verify(of_during, NOW) == MIA  # made with the new key from the first moment
    for signer, token in ((after, of_before), (before, of_during)):
        with pytest.raises(BadToken, match="not signed by us"):
            signer.verify(token, NOW)


def test_the_installation_takes_the_key_before_and_no_other() -> None:
    token = token_signer().issue(MIA, NOW)
    with override_settings(SECRET_KEY="next", SECRET_KEY_FALLBACKS=["secret-of-the-tests"]):
        assert token_signer().verify(token, NOW) == MIA
    with (
        override_settings(SECRET_KEY="next", SECRET_KEY_FALLBACKS=[]),
        pytest.raises(BadToken),
    ):
        token_signer().verify(token, NOW)


@pytest.mark.parametrize(("age", "good"), [(TOKEN_TTL - timedelta(seconds=1), True),
                                           (TOKEN_TTL, False)])  # fmt: skip
def test_it_ends(age: timedelta, good: bool) -> None:
    signer = TokenSigner("secret")
    token = signer.issue(MIA, NOW)
    if good:
        assert signer.verify(token, NOW + age) == MIA
    else:
        with pytest.raises(BadToken, match="run out"):
            signer.verify(token, NOW + age)


@pytest.mark.parametrize("claim", [{"iss": "another"}, {"aud": "api"}])
def test_one_for_something_else_is_refused(claim: dict[str, Any]) -> None:
    signer = TokenSigner("secret")
    with pytest.raises(BadToken, match="something else"):
        signer.verify(_without(signer.issue(MIA, NOW), **claim), NOW)


def test_nothing_is_read_before_the_signature() -> None:
    text, _dot, signature = TokenSigner("secret").issue(MIA, NOW).partition(".")
    bomb = base64.urlsafe_b64encode(b"[" * 1500).decode()
    for forged in (f"{bomb}.{signature}", f"{text}.", text, f"{text}.{signature}x", ""):
        with pytest.raises(BadToken):
            TokenSigner("secret").verify(forged, NOW)


@pytest.fixture
def _provider() -> Iterator[None]:
    def provide(brand_id: str, subject: str) -> list[str]:
        return ["vip", f"seen-{subject[0]}"]

    segments.register(provide)
    yield
    segments._providers.remove(provide)


@pytest.mark.django_db
@pytest.mark.usefixtures("_provider")
def test_a_member_carries_own_traits_and_those_that_rooms_know(
    brand: Brand, other_brand: Brand, client: Client
) -> None:
    user = User.objects.create_user("mia@example.test")
    Member.objects.create(user=user, brand=brand, traits=["ticket:gala", "vip"])
    new, guest = (
        client.post("/api/v1/viewer-token", {}, content_type="application/json").json()
        for _ in range(2)
    )
    client.force_login(user)
    client.post(f"/brands/{other_brand.slug}/join/", {"name": ""})
    told = []
    for place in (brand, other_brand):
        answer = client.post(
            "/api/v1/viewer-token", {"brand": place.slug}, content_type="application/json"
        ).json()
        told.append(_claims(answer["token"])["traits"])
    assert told == [["ticket:gala", "vip", "seen-m"], ["vip", "seen-m"]]
    assert _claims(new["token"])["traits"] == []
    assert _claims(guest["token"])["traits"] == ["vip", "seen-g"]


@pytest.mark.django_db
def test_more_traits_than_fit_are_left_out() -> None:
    many = [f"t{n}" for n in range(TRAITS_MAX + 5)]
    assert segments.traits_of("brand", "x:1", [*many, "t0"])[:TRAITS_MAX] == tuple(
        many[:TRAITS_MAX]
    )


@pytest.mark.parametrize("bad", ["vip", {"vip": 1}, [1], ["VIP"], [""], ["a b"], ["x" * 33],
                                 [f"t{n}" for n in range(TRAITS_MAX + 1)]])  # fmt: skip
def test_malformed_traits_are_refused(bad: object) -> None:
    with pytest.raises(ValidationError):
        segments.check_traits(bad)


def _claims(token: str) -> dict[str, Any]:
    text = token.partition(".")[0]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return claims


def _without(token: str, *names: str, **changed: Any) -> str:
    """The same token, signed with the same key, with other claims."""
    claims = {name: value for name, value in _claims(token).items() if name not in names}
    text = tokens._encode(json.dumps(claims | changed).encode())
    return f"{text}.{tokens._encode(tokens._sign(TokenSigner('secret')._keys[0], text))}"


def test_cached_token_is_valid_until_it_expires() -> None:
    signer = TokenSigner("secret")
    known = KnownTokens(signer)
    token = signer.issue(MIA, NOW)
    last = NOW.replace(microsecond=0) + TOKEN_TTL - timedelta(milliseconds=1)
    for now in (NOW, NOW, last):
        assert known.verify(token, now) == signer.verify(token, now) == MIA
    for _again in range(2):
        with pytest.raises(BadToken, match="run out"):
            known.verify(token, NOW.replace(microsecond=0) + TOKEN_TTL)
    with pytest.raises(BadToken, match="not signed"):
        known.verify(token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), NOW)


def test_tokens_are_not_known_for_ever() -> None:
    signer = TokenSigner("secret")
    known = KnownTokens(signer, tokens_max=10)
    for number in range(25):
        claims = Claims(f"g:{number}", "brand", "Ana")
        assert known.verify(signer.issue(claims, NOW), NOW) == claims
    assert len(known._known) <= 10
