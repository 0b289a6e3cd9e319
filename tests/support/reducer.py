"""What a follower makes of a snapshot and the entries after it: the client's reducer, in Python.

The rule that it serves: a stale snapshot with the entries after it is the fresh snapshot.
"""

import copy
from collections.abc import Callable, Iterable
from typing import Any

from showfloor.kernel.clock import parse_iso

type Snapshot = dict[str, Any]  # of `site.show_data.snapshot`, with `products` beside it
type WireEntry = dict[str, Any]

MESSAGES_KEPT = 50


def follow(snapshot: Snapshot, entries: Iterable[WireEntry]) -> Snapshot:
    """The snapshot after these entries; the one given is left as it is."""
    state = copy.deepcopy(snapshot)
    for entry in entries:
        if entry["seq"] <= state["timeline"]["seq"]:
            continue  # seen before
        APPLY[entry["kind"]](state, entry)
        state["timeline"]["seq"] = entry["seq"]
    return state


def _show_started(state: Snapshot, entry: WireEntry) -> None:
    state["state"], state["curtain"] = "live", None
    state["started_at"] = entry["body"]["started_at"]


def _show_ended(state: Snapshot, entry: WireEntry) -> None:
    state["state"], state["curtain"] = "ended", "ended"
    state["ended_at"] = entry["body"]["ended_at"]


def _broadcast_lost(state: Snapshot, entry: WireEntry) -> None:
    state["curtain"] = "paused"


def _broadcast_back(state: Snapshot, entry: WireEntry) -> None:
    state["curtain"] = None


def _highlight_started(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    state["highlights"].append(
        {
            "highlight_id": body["highlight_id"],
            "product_ids": body["product_ids"],
            "started_at": entry["picture_at"],
            "ended_at": None,
        }
    )
    since_start = parse_iso(entry["picture_at"]) - parse_iso(state["started_at"])
    for product in state["products"]:
        if product["id"] in body["product_ids"]:
            product["shown_at_s"].append(round(since_start.total_seconds(), 3))


def _highlight_ended(state: Snapshot, entry: WireEntry) -> None:
    for highlight in state["highlights"]:
        if highlight["highlight_id"] == entry["body"]["highlight_id"]:
            highlight["ended_at"] = entry["picture_at"]


def _stock_level(state: Snapshot, entry: WireEntry) -> None:
    for product in state["products"]:
        for variant in product["variants"]:
            if variant["id"] == entry["body"]["variant_id"]:
                variant["available"] = entry["body"]["available"]


def _message_posted(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    if "text" not in body:
        return  # deleted since
    message = {key: body[key] for key in ("message_id", "author", "text")}
    state["messages"].append({**message, "seq": entry["seq"], "at": entry["at"]})
    del state["messages"][:-MESSAGES_KEPT]


def _message_deleted(state: Snapshot, entry: WireEntry) -> None:
    gone = entry["body"]["message_id"]
    state["messages"] = [one for one in state["messages"] if one["message_id"] != gone]


APPLY: dict[str, Callable[[Snapshot, WireEntry], None]] = {
    "show.started": _show_started,
    "show.ended": _show_ended,
    "broadcast.lost": _broadcast_lost,
    "broadcast.back": _broadcast_back,
    "highlight.started": _highlight_started,
    "highlight.ended": _highlight_ended,
    "stock.level": _stock_level,
    "message.posted": _message_posted,
    "message.deleted": _message_deleted,
}
