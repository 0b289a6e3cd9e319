"""Bodies of entries without an erased person. Pure decisions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from showfloor.timeline.log import Entry

_GONE_NAME = "@…"
_OWN_KEYS = ("message_id", "question_id", "item_id", "of", "target_id", "reason", "reports")
# Keys with the name of the member of staff who did it: it goes with an erasure. A written answer
# is the brand's word, and keeps the name under which it was given.
_NAME_OF_ACTOR: Mapping[str, tuple[str, str | None]] = {
    "audit.logged": ("actor", ""),
    "review.taken": ("by", ""),
    "review.decided": ("by", ""),
    "question.changed": ("answering", None),
    "offer.made": ("name", ""),
}


def scrubbed(entry: Entry, subject: str) -> dict[str, Any]:
    """Return the body without the words, actions and mentions of `subject` (a token's `sub`)."""
    body = dict(entry.body)
    if isinstance(body.get("author"), Mapping) and body["author"].get("id") == subject:
        return {key: body[key] for key in _OWN_KEYS if key in body}
    if "mentions" in body:
        body = _without_mention(body, subject)
    key, nobody = _NAME_OF_ACTOR.get(entry.kind, ("", None))
    if entry.actor == subject and body.get(key):
        body[key] = nobody
    return body


def without_names(text: str, names: Iterable[str]) -> str:
    """Return the text without `@Ana`, in whatever case: the client's `withoutNames` does the
    same."""
    for name in names:
        text = re.sub(re.escape(f"@{name}"), _GONE_NAME, text, flags=re.IGNORECASE)
    return text


def _without_mention(body: dict[str, Any], subject: str) -> dict[str, Any]:
    gone = [one["name"] for one in body["mentions"] if one["id"] == subject]
    left = [one for one in body["mentions"] if one["id"] != subject]
    if not gone:
        return body
    body = {**body, "text": without_names(body.get("text", ""), gone), "mentions": left}
    if not left:
        del body["mentions"]
    return body
