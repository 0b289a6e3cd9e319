"""The European Commission's VIES by its REST interface: `pricing.vat_ports.Register`.

A member state that does not answer is asked once more; every other refusal is final. Nothing that
VIES tells about the holder (name, address) is taken over.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any, Final

from showfloor.kernel.direct_http import direct_opener
from showfloor.legal.vat_format import RegisterNumber
from showfloor.pricing.vat_ports import NoAnswer, RegisterAnswer

ADDRESS: Final = "https://ec.europa.eu/taxation_customs/vies/rest-api"
TIMEOUT_S: Final = 4.0
ATTEMPTS_MAX: Final = 2
PAUSE_S: Final = 0.5
ANSWER_BYTES_MAX: Final = 65_536
CONSULTATION_CHARS_MAX: Final = 40
# VIES answers these while a member state or VIES itself is busy.
_PASSING: Final = frozenset(
    {
        "MS_UNAVAILABLE", "SERVICE_UNAVAILABLE", "TIMEOUT", "SERVER_BUSY",
        "MS_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ_TIME",
        "GLOBAL_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    }
)  # fmt: skip


class _Busy(NoAnswer):
    """No answer now, and perhaps one in a moment."""


class Vies:
    """Asks the service at `url`."""

    def __init__(
        self, url: str = ADDRESS, timeout_s: float = TIMEOUT_S, pause_s: float = PAUSE_S
    ) -> None:
        self._address = f"{url.rstrip('/')}/check-vat-number"
        self._timeout_s = timeout_s
        self._pause_s = pause_s
        self._opener = direct_opener()

    def look_up(self, number: RegisterNumber, requester: RegisterNumber | None) -> RegisterAnswer:
        """Ask about a number, as `requester`, whose question gets a consultation number.
        NoAnswer."""
        asked = {"countryCode": number.prefix, "vatNumber": number.rest}
        if requester is not None:
            asked["requesterMemberStateCode"] = requester.prefix
            asked["requesterNumber"] = requester.rest
        for _attempt in range(1, ATTEMPTS_MAX):
            try:
                return _read(self._ask(asked))
            except _Busy:
                time.sleep(self._pause_s)
        return _read(self._ask(asked))

    def _ask(self, asked: dict[str, str]) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the operator's address, checked at start
            self._address, json.dumps(asked).encode(),
            {"Content-Type": "application/json", "Accept": "application/json"},
        )  # fmt: skip
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                return json.loads(answer.read(ANSWER_BYTES_MAX))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return _told(refusal)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise _Busy(repr(error)) from None


def _told(refusal: urllib.error.HTTPError) -> Any:
    """Return what an answer with an error's status says."""
    try:
        return json.loads(refusal.read(ANSWER_BYTES_MAX))
    except (OSError, ValueError, http.client.HTTPException):
        raise _Busy(f"status {refusal.code}") from None


def _read(told: Any) -> RegisterAnswer:
    if not isinstance(told, dict):
        raise NoAnswer("not an answer")
    errors = _errors(told)
    if errors & _PASSING:
        raise _Busy(", ".join(sorted(errors)))
    if errors == {"INVALID_INPUT"}:  # the register's own word that there is no such number
        return RegisterAnswer(is_valid=False)
    is_valid, consultation = told.get("valid"), told.get("requestIdentifier") or ""
    if errors or not isinstance(is_valid, bool) or not isinstance(consultation, str):
        raise NoAnswer(", ".join(sorted(errors)) or "not an answer")
    return RegisterAnswer(is_valid, consultation[:CONSULTATION_CHARS_MAX])


def _errors(told: dict[str, Any]) -> set[str]:
    found = told.get("errorWrappers")
    named = [one.get("error") for one in found if isinstance(one, dict)] if isinstance(
        found, list
    ) else []  # fmt: skip
    if not named and told.get("userError") not in (None, "VALID", "INVALID"):
        named = [told["userError"]]
    return {str(one) for one in named}
