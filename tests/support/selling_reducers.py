"""The reducers of what is sold live: auctions, draws and activation points (see `reducer`)."""

from collections.abc import Callable, Mapping
from typing import Any

type Snapshot = dict[str, Any]
type WireEntry = dict[str, Any]


def _found(state: Snapshot, name: str, key: str, entry: WireEntry) -> dict[str, Any]:
    wanted = entry["body"][key]
    found: dict[str, Any] = next(one for one in state[name] if one[key] == wanted)
    return found


def _put(state: Snapshot, name: str, key: str, made: dict[str, Any]) -> None:
    others = [one for one in state[name] if one[key] != made[key]]
    state[name] = [*others, made]


def _moment(entry: WireEntry) -> str:
    return str(entry.get("picture_at") or entry["at"])


def _auction_announced(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    standing = {
        "auction_id": body["auction_id"], "price": body["start_amount"],
        "minimum": body["start_amount"], "leader": None, "bids": 0, "reserve_met": False,
        "buy_now": False, "ends_at": None,
    }  # fmt: skip
    made = {
        **body, "state": "announced", "result": "", "announced_at": _moment(entry),
        "opened_at": None, "closed_at": None, "standing": standing,
    }  # fmt: skip
    _put(state, "auctions", "auction_id", made)


def _auction_opened(state: Snapshot, entry: WireEntry) -> None:
    known = [one for one in state["auctions"] if one["auction_id"] == entry["body"]["auction_id"]]
    before = known[0] if known else {"announced_at": None}
    made = {
        "result": "", "closed_at": None, **before, **entry["body"], "state": "open",
        "opened_at": _moment(entry),
    }  # fmt: skip
    _put(state, "auctions", "auction_id", made)


def _auction_bid(state: Snapshot, entry: WireEntry) -> None:
    body = {name: value for name, value in entry["body"].items() if name != "cause"}
    _found(state, "auctions", "auction_id", entry)["standing"] = body


def _auction_extended(state: Snapshot, entry: WireEntry) -> None:
    auction = _found(state, "auctions", "auction_id", entry)
    auction["standing"]["ends_at"] = entry["body"]["ends_at"]


def _auction_closed(state: Snapshot, entry: WireEntry) -> None:
    auction, body = _found(state, "auctions", "auction_id", entry), entry["body"]
    auction |= {"state": "closed", "result": body["result"]}
    auction["closed_at"] = auction["closed_at"] or _moment(entry)
    auction["standing"] |= {"buy_now": False, "bids": body["bids"]}
    if body["price"] is not None:
        minimum = body["price"] + _step_from(auction, body["price"])
        auction["standing"] |= {
            "price": body["price"], "leader": body["leader"], "minimum": minimum,
        }  # fmt: skip


def _step_from(auction: dict[str, Any], price: int) -> int:
    steps = [one["step"] for one in auction["increments"] if one["from_amount"] <= price]
    return int(steps[-1])


def _giveaway_opened(state: Snapshot, entry: WireEntry) -> None:
    made = {
        **entry["body"], "state": "open", "opened_at": _moment(entry), "closed_at": None,
        "drawn_at": None, "entries": 0, "winning": [], "reserve": [],
    }  # fmt: skip
    _put(state, "giveaways", "giveaway_id", made)


def _giveaway_entered(state: Snapshot, entry: WireEntry) -> None:
    _found(state, "giveaways", "giveaway_id", entry)["entries"] = entry["body"]["entries"]


def _giveaway_closed(state: Snapshot, entry: WireEntry) -> None:
    giveaway = _found(state, "giveaways", "giveaway_id", entry)
    giveaway |= {"state": "closed", "closed_at": _moment(entry)}


def _giveaway_drawn(state: Snapshot, entry: WireEntry) -> None:
    giveaway, body = _found(state, "giveaways", "giveaway_id", entry), entry["body"]
    giveaway |= {
        "state": "drawn", "drawn_at": _moment(entry), "winning": body["winners"],
        "reserve": body["substitutes"],
    }  # fmt: skip


def _giveaway_withdrawn(state: Snapshot, entry: WireEntry) -> None:
    state["giveaways"].remove(_found(state, "giveaways", "giveaway_id", entry))


def _activation_opened(state: Snapshot, entry: WireEntry) -> None:
    made = {
        **entry["body"], "opened_at": _moment(entry), "closed_at": None, "taken": 0, "full": [],
    }  # fmt: skip
    _put(state, "activations", "activation_id", made)


def _activation_taken(state: Snapshot, entry: WireEntry) -> None:
    _found(state, "activations", "activation_id", entry).update(entry["body"])


def _activation_closed(state: Snapshot, entry: WireEntry) -> None:
    _found(state, "activations", "activation_id", entry)["closed_at"] = _moment(entry)


def _activation_withdrawn(state: Snapshot, entry: WireEntry) -> None:
    state["activations"].remove(_found(state, "activations", "activation_id", entry))


APPLY: Mapping[str, Callable[[Snapshot, WireEntry], None]] = {
    "activation.closed": _activation_closed,
    "activation.opened": _activation_opened,
    "activation.taken": _activation_taken,
    "activation.withdrawn": _activation_withdrawn,
    "auction.announced": _auction_announced,
    "auction.bid": _auction_bid,
    "auction.closed": _auction_closed,
    "auction.extended": _auction_extended,
    "auction.opened": _auction_opened,
    "giveaway.closed": _giveaway_closed,
    "giveaway.drawn": _giveaway_drawn,
    "giveaway.entered": _giveaway_entered,
    "giveaway.opened": _giveaway_opened,
    "giveaway.withdrawn": _giveaway_withdrawn,
}
