"""Signed viewer tokens: who is watching, at which brand, with which roles, for 15 minutes.

`<base64url JSON>.<base64url HMAC-SHA256>`: one algorithm, ours alone, so nothing in a token is read
before its signature was checked. Two keys can be valid at once, so that a key can be rotated.
No Django here: the hot path verifies tokens.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from showfloor.accounts.subjects import Subject, SubjectKind
from showfloor.kernel.clock import to_epoch_ms

TOKEN_TTL = timedelta(minutes=15)
TOKEN_BYTES_MAX = 2048
KNOWN_TOKENS_MAX = 32_768  # some 20 MB
_MS = timedelta(milliseconds=1)
_TTL_MS = TOKEN_TTL // _MS
TRAITS_MAX = 12
TRAIT_CHARS_MAX = 32
_ISSUER = "showfloor"
_AUDIENCE = "viewer"


class BadToken(ValueError):
    """Not a token of ours, or no longer one."""


_GUEST = SubjectKind.GUEST.prefix


@dataclass(frozen=True, slots=True)
class Claims:
    """`sub`: text of a `Subject`. `roles`: staff roles at the brand.
    `network`: keyed hash of the address's /24 or /64; `address`: of the address. `traits`:
    what the brand knows of the person (ticket, tier, customer …). `issued_at`: Unix milliseconds,
    for rights that changed since."""

    sub: str
    brand: str
    name: str = ""
    roles: tuple[str, ...] = ()
    network: str = ""
    traits: tuple[str, ...] = ()
    issued_at: int = field(default=0, compare=False)
    address: str = ""

    @property
    def is_staff(self) -> bool:
        return bool(self.roles)

    @property
    def subject(self) -> Subject:
        return Subject.parse(self.sub)

    @property
    def is_guest(self) -> bool:
        # Each chat message asks seven times: parsing was a tenth of its way into the log.
        return self.sub.startswith(_GUEST)

    @property
    def role_name(self) -> str:
        """Return `guest`, `member`, or the bearer's role at the brand."""
        if self.roles:
            return self.roles[0]
        return "guest" if self.is_guest else "member"

    @property
    def shares_network(self) -> bool:
        """Guests of one network share allowances, so that dropping the cookie gains nothing."""
        return self.is_guest and bool(self.network)


class TokenSigner:
    """Issues with the first key, verifies with any of them."""

    def __init__(self, *secrets: str) -> None:
        assert secrets, "a signer needs a key"
        assert all(secrets), "an empty key signs nothing"
        keys = [hashlib.sha256(f"viewer-token:{secret}".encode()).digest() for secret in secrets]
        # A copy of what has the key in it already is cheaper than to begin with the key each time.
        self._keys = [hmac.new(key, digestmod="sha256") for key in keys]

    def issue(self, claims: Claims, now: datetime) -> str:
        assert len(claims.traits) <= TRAITS_MAX, "too many traits for a token"
        payload = {
            "iat": to_epoch_ms(now),
            "iss": _ISSUER, "aud": _AUDIENCE, "exp": to_epoch_ms(now + TOKEN_TTL) // 1000,
            "sub": claims.sub, "brand": claims.brand, "name": claims.name,
            "roles": list(claims.roles), "net": claims.network, "adr": claims.address,
            "traits": list(claims.traits),
        }  # fmt: skip
        text = _encode(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
        return f"{text}.{_encode(_sign(self._keys[0], text))}"

    def verify(self, token: str, now: datetime) -> Claims:
        """The claims of a token that we signed and that has not run out; BadToken."""
        if len(token) > TOKEN_BYTES_MAX or not token.isascii():
            raise BadToken("not a token")
        text, _, signature = token.partition(".")
        given = _decode(signature)
        if not any(hmac.compare_digest(_sign(key, text), given) for key in self._keys):
            raise BadToken("not signed by us")
        payload = orjson.loads(_decode(text))
        if payload["iss"] != _ISSUER or payload["aud"] != _AUDIENCE:
            raise BadToken("a token for something else")
        if payload["exp"] <= to_epoch_ms(now) // 1000:
            raise BadToken("run out")
        # Tokens of earlier versions have no traits, no address and not the moment they were made.
        issued_at = payload.get("iat", payload["exp"] * 1000 - _TTL_MS)
        return Claims(
            sub=payload["sub"], brand=payload["brand"], name=payload["name"],
            roles=tuple(payload["roles"]), network=payload["net"],
            traits=tuple(payload.get("traits", ())), issued_at=issued_at,
            address=payload.get("adr", ""),
        )  # fmt: skip


class KnownTokens:
    """Verifies a token that has been here before by having it: for people who send many requests
    with one token, each of which would cost a signature."""

    def __init__(self, signer: TokenSigner, tokens_max: int = KNOWN_TOKENS_MAX) -> None:
        self._signer = signer
        self._tokens_max = tokens_max
        self._known: dict[str, Claims] = {}

    def verify(self, token: str, now: datetime) -> Claims:
        """As `TokenSigner.verify`."""
        claims = self._known.get(token)
        if claims is None:
            claims = self._signer.verify(token, now)
            if len(self._known) >= self._tokens_max:
                self._known.clear()
            self._known[token] = claims
        elif (claims.issued_at + _TTL_MS) // 1000 <= to_epoch_ms(now) // 1000:
            del self._known[token]
            raise BadToken("run out")
        return claims


def _sign(key: hmac.HMAC, text: str) -> bytes:
    keyed = key.copy()
    keyed.update(text.encode())
    return keyed.digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise BadToken("not base64") from None
