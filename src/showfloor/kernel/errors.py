"""Expected errors: each has a stable code, a sentence and an HTTP status.

    ShowfloorError
    ├── Invalid            422  a field is wrong; names it
    ├── NotSignedIn        401  who are you?
    ├── Forbidden          403  we know who you are; no
    ├── NotFound           404  no such thing, or not yours to see
    ├── Conflict           409  true a moment ago, no longer
    │   └── SoldOut        409  fewer left than wanted; says how many
    ├── TooLarge           413
    ├── RateLimited        429  says when to try again
    └── Unavailable        503  something we need does not answer; safe to try again

Programmer errors are assertions, never one of these.
"""

from collections.abc import Mapping
from typing import Any


class ShowfloorError(Exception):
    """`code` is part of the API; `message` is for people; `field` names the input at fault;
    `more`: further members of the problem (JSON), by their names there."""

    status = 500
    default_code = "error"

    def __init__(
        self, message: str, *, code: str | None = None, field: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.field = field
        self.more = dict(more or {})


class Invalid(ShowfloorError):
    status = 422
    default_code = "invalid"


class NotSignedIn(ShowfloorError):
    status = 401
    default_code = "not-signed-in"


class Forbidden(ShowfloorError):
    status = 403
    default_code = "forbidden"


class NotFound(ShowfloorError):
    status = 404
    default_code = "not-found"


class Conflict(ShowfloorError):
    status = 409
    default_code = "conflict"


class SoldOut(Conflict):
    """Fewer units are free than were asked for."""

    default_code = "sold-out"

    def __init__(self, sku: str, available: int) -> None:
        sentence = f"Only {available} left." if available else "Sold out."
        super().__init__(sentence, field=sku)
        self.sku = sku
        self.available = available


class TooLarge(ShowfloorError):
    status = 413
    default_code = "too-large"


class RateLimited(ShowfloorError):
    status = 429
    default_code = "rate-limited"

    def __init__(self, message: str, *, retry_after_s: float, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(ShowfloorError):
    status = 503
    default_code = "unavailable"
