"""Talk in a show, as its journeys share it: what moderators do, and a message found by its text."""

import json
from typing import Any

from playwright.sync_api import Page

_CALL = """async ([method, path, body]) => {
    const token = /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? '';
    const answer = await fetch('/api/v1' + path, {
        method,
        headers: {'Content-Type': 'application/json', 'X-CSRFToken': token},
        body: body === null ? undefined : JSON.stringify(body),
    });
    return [answer.status, await answer.text()];
}"""


class ModeratorApi:
    """The moderators' operations on one show, as their console calls them."""

    def __init__(self, console: Page, slug: str) -> None:
        self._console = console
        self._slug = slug

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        arguments = [method, f"/shows/{self._slug}{path}", body]
        status, text = self._console.evaluate(_CALL, arguments)
        assert 200 <= status < 300, f"{method} {path}: {status} {text}"
        return json.loads(text) if text else None

    def post(self, path: str, **body: Any) -> Any:
        return self.call("POST", path, body)

    def rules(self, **changed: Any) -> None:
        whole = {
            "mode": "everyone", "trait": None, "slow_s": 0,
            "holds_links": False, "holds_first": False,
        }  # fmt: skip
        self.call("PUT", "/chat-rules", whole | changed)


def line(page: Page, text: str) -> Any:
    return page.get_by_test_id("message").filter(has_text=text)
