"""What an entry says without someone who is erased. Pure decisions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from showfloor.timeline.log import Entry

_GONE_NAME = "@…"
_OWN_KEYS = ("message_id", "question_id", "item_id", "of", "target_id", "reason", "reports")
# Where staff who did it stand by name: who is erased has no name there any more. What they answered
# in writing is the brand's word, and keeps the name that it was given under.
_NAME_OF_ACTOR: Mapping[str, tuple[str, str | None]] = {
    "audit.logged": ("actor", ""),
    "review.taken": ("by", ""),
    "review.decided": ("by", ""),
    "question.changed": ("answering", None),
    "offer.made": ("name", ""),
}


def scrubbed(entry: Entry, subject: str) -> dict[str, Any]:
    """The body without what `subject` (a token's `sub`) wrote, did, and is named in."""
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
    """`@Ana` in whatever case, where it is written: `withoutNames` of the client does the same."""
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
