"""A translator by HTTP: `community.chat.ports.Translator` in LibreTranslate's protocol."""

import http.client
import json
import urllib.request
from typing import Final

from showfloor.community.chat.ports import CannotTranslate, NoTranslation
from showfloor.kernel.direct_http import direct_opener

TIMEOUT_S: Final = 4.0
ANSWER_BYTES_MAX: Final = 65_536
TEXT_CHARS_MAX: Final = 1000


class LibreTranslate:
    """Asks the service at `url`, with the `api_key` `key` if it wants one."""

    def __init__(self, url: str, key: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self._address = f"{url.rstrip('/')}/translate"
        self._key = key
        self._timeout_s = timeout_s
        self._opener = direct_opener()

    def translate(self, text: str, language: str) -> str:
        """Translate a text; NoTranslation, or CannotTranslate after `timeout_s` of silence at the
        latest."""
        asked = {"q": text, "source": "auto", "target": language, "format": "text"}
        if self._key:
            asked["api_key"] = self._key
        request = urllib.request.Request(  # noqa: S310 - the operator's address, checked at start
            self._address, json.dumps(asked).encode(), {"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                told = json.loads(answer.read(ANSWER_BYTES_MAX))
            translated = told["translatedText"]
        except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
            raise CannotTranslate(repr(error)) from None
        if not isinstance(translated, str) or not 0 < len(translated) <= TEXT_CHARS_MAX:
            raise NoTranslation("not a translation")
        return translated
