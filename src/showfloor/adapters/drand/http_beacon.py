"""drand's rounds over HTTP: `giveaways.beacon.Beacon`.

`GET {url}/{chain}/public/{round}` answers `{"round", "randomness", "signature"}`. A relay that
answers with another round, or whose randomness is not the hash of its signature, has not answered.
"""

import hashlib
import http.client
import json
from typing import Any, Final

from showfloor.giveaways.beacon import CHAIN, SIGNATURE_BYTES, NoAnswer
from showfloor.kernel.direct_http import direct_opener

TIMEOUT_S: Final = 3.0
ANSWER_BYTES_MAX: Final = 4096


class HttpBeacon:
    """Asks the relay at `url`."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._address = f"{url.rstrip('/')}/{CHAIN}/public"
        self._timeout_s = timeout_s
        self._opener = direct_opener()

    def signature(self, round_number: int) -> bytes:
        """Return the signature of a round; NoAnswer."""
        try:
            with self._opener.open(
                f"{self._address}/{round_number}", timeout=self._timeout_s
            ) as answer:
                told = json.loads(answer.read(ANSWER_BYTES_MAX))
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NoAnswer(repr(error)) from None
        return _read(told, round_number)


def _read(told: Any, round_number: int) -> bytes:
    try:
        signature = bytes.fromhex(told["signature"])
        is_right = (
            told["round"] == round_number
            and len(signature) == SIGNATURE_BYTES
            and hashlib.sha256(signature).hexdigest() == told["randomness"]
        )
    except (KeyError, TypeError, ValueError):
        is_right, signature = False, b""
    if not is_right:
        raise NoAnswer("not this round's answer")
    return signature
