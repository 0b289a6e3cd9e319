"""Errors on the wire: RFC 9457 problem details, the same from every endpoint."""

from typing import Any, Final

from showfloor.kernel.errors import RateLimited, ShowfloorError, SoldOut

CONTENT_TYPE = "application/problem+json"
# In the ASGI scope of a request whose body was not read: the error that it is to be answered with.
REFUSAL: Final = "showfloor.refusal"


def problem(error: ShowfloorError) -> dict[str, Any]:
    """`{type, title, status, code, detail, field?, available?, retry_after_s?}` and what else
    the error has to say."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.code.replace("-", " ").capitalize(),
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        **error.more,
    }
    if error.field is not None:
        body["field"] = error.field
    if isinstance(error, SoldOut):
        body["available"] = error.available
    if isinstance(error, RateLimited):
        body["retry_after_s"] = error.retry_after_s
    return body
