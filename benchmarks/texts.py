"""Texts of ticks as they look in a show, with any number of entries and bytes."""

import json
from typing import Any

AT = "2026-01-31T20:15:30.123Z"
FRAME_300_B = 300
WORDS = "That colour is lovely, is it the same as the one from last week? "


def message(seq: int, text: str) -> dict[str, Any]:
    """Return a chat entry as viewers get it."""
    author = {"id": "g:01K0000000000000000000000A", "name": "Ana", "role": "guest"}
    body = {"message_id": "01K0000000000000000000000B", "author": author, "text": text}
    return {"seq": seq, "at": AT, "kind": "message.posted", "body": body}


def tick(entries: list[dict[str, Any]], number: int = 1) -> str:
    body = {
        "type": "entries", "tick": number, "from": entries[0]["seq"], "to": entries[-1]["seq"],
        "entries": entries,
    }  # fmt: skip
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def tick_of(size: int) -> str:
    """Return a tick with one entry, whose WebSocket frame (four bytes more) has `size` bytes."""
    bare = len(tick([message(1, "")])) + 4
    return tick([message(1, padding(size - bare))])


def padding(length: int) -> str:
    assert length >= 0, f"{length} bytes of text"
    return (WORDS * (length // len(WORDS) + 1))[:length]
