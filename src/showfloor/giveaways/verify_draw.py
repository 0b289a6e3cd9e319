#!/usr/bin/env python3
"""Recompute a draw from its exported record: `python3 verify_draw.py RECORD.json`.

One file of the standard library. The server draws with these same functions; the draw's page checks
them with code of its own. Each number and hash of the record is written in hexadecimal.

The procedure, version 1 (all hashes are SHA-256, `|` joins bytes, numbers are big-endian):

1. When the draw opens, the organiser has 32 random bytes, the *seed*. `commitment = H(seed)` is
   published, and the number of a drand round that does not exist yet.
2. Entry *n* is sealed: `seal = H(salt | id)`, with 16 random bytes of salt for each entry, which
   the entrant is told. `head(0) = H("showfloor-draw-1|" | draw's id)`,
   `head(n) = H(head(n-1) | seal(n))`. Each head is published while people enter; the last one is
   published as the *root* when entries close.
3. Then the seed is published, with the drand round's signature. `beacon = H(signature)`, and empty
   where the round could not be had.
   `key = HMAC(seed, "showfloor-draw-1|winners|" | root | beacon)`.
4. Numbers below *m* without bias: `HMAC(key, rank(8 bytes) | try(8 bytes))`, of which the first six
   bytes are a number *x*; one that is at or above the largest multiple of *m* below 2^48 is thrown
   away, and the next try counts. The result is `x mod m`.
5. Winners, then substitutes: a Fisher-Yates shuffle of the entries' numbers 1…n, as many steps as
   there are places. Step *r* (from 0) takes one of the n - r that are left.
"""

import hashlib
import hmac
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

VERSION = 1
_TAG = b"showfloor-draw-1|"
_SPACE = 1 << 48
_STEPS = ("opened", "closed", "drawn")
_ROUND_1, _ROUND_S = 1_692_803_367, 3  # drand's quicknet: the first round, and one every 3 s
_ROUND = "https://api.drand.sh/{chain}/public/{round}"


def commitment_of(seed: bytes) -> bytes:
    """Return the hash of the 32 bytes of a seed that is published before the first entry."""
    return hashlib.sha256(seed).digest()


def seal_of(salt: bytes, entrant: str) -> bytes:
    """Return the sealed form (32 bytes) of an entrant's id."""
    return hashlib.sha256(salt + entrant.encode()).digest()


def first_head(draw_id: str) -> bytes:
    """Return the head of the list of a draw that nobody has entered."""
    return hashlib.sha256(_TAG + draw_id.encode()).digest()


def heads(head: bytes, seals: Iterable[bytes]) -> list[bytes]:
    """Return the head after each of these seals, which follow on `head`."""
    found, sha256 = [], hashlib.sha256
    for seal in seals:
        head = sha256(head + seal).digest()
        found.append(head)
    return found


def beacon_of(signature: bytes) -> bytes:
    """Return the randomness of a drand round: the hash of its signature, nothing for no round."""
    return hashlib.sha256(signature).digest() if signature else b""


def places(seed: bytes, root: bytes, beacon: bytes, entries: int, wanted: int) -> list[int]:
    """Return the numbers (1…entries) of winners and substitutes in their order, at most `wanted`,
    no number twice."""
    key = hmac.digest(seed, _TAG + b"winners|" + root + beacon, "sha256")
    moved: dict[int, int] = {}  # positions of the shuffle that no longer hold their own number
    drawn = []
    for rank in range(min(wanted, entries)):
        at = rank + _below(key, rank, entries - rank)
        drawn.append(moved.get(at, at) + 1)
        moved[at] = moved.get(rank, rank)
    return drawn


def _below(key: bytes, rank: int, limit: int) -> int:
    """Return a number from 0 to `limit` - 1, each as likely as any other."""
    fair = _SPACE - _SPACE % limit
    attempt = 0
    while True:
        told = hmac.digest(key, rank.to_bytes(8) + attempt.to_bytes(8), "sha256")
        number = int.from_bytes(told[:6])
        if number < fair:
            return number % limit
        attempt += 1


def check(record: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with a record; nothing for one that holds.

    `record`: `{version, draw_id, seals: [hex], entries: [timeline entries of this draw]}`.
    """
    if record.get("version") != VERSION:
        return [f"this file checks version {VERSION} of the procedure"]
    told = [one for one in record["entries"] if one["body"].get("giveaway_id") == record["draw_id"]]
    steps = [[one for one in told if one["kind"] == f"giveaway.{verb}"] for verb in _STEPS]
    if not all(steps):
        return ["the draw is not over: opening, close and result are not all on the timeline"]
    if any(len(found) > 1 for found in steps):
        return ["the draw was opened, closed or drawn more than once"]
    opened, closed, drawn = (found[0] for found in steps)
    seals = [bytes.fromhex(seal) for seal in record["seals"]]
    return [
        *_order_faults(told, opened, closed, drawn),
        *_list_faults(record["draw_id"], seals, told, closed["body"]),
        *_seed_faults(opened["body"], drawn["body"]),
        *_round_faults(opened["body"], told),
        *_winner_faults(opened["body"], closed["body"], drawn["body"]),
    ]


def _order_faults(
    told: Sequence[Mapping[str, Any]], opened: Mapping[str, Any], closed: Mapping[str, Any],
    drawn: Mapping[str, Any],
) -> list[str]:  # fmt: skip
    entered = [one["seq"] for one in told if one["kind"] == "giveaway.entered"]
    faults = []
    if entered and not opened["seq"] < min(entered) <= max(entered) < closed["seq"]:
        faults.append("an entry stands before the opening or after the close")
    if not opened["seq"] < closed["seq"] < drawn["seq"]:
        faults.append("opening, close and draw are out of order")
    return faults


def _list_faults(
    draw_id: str, seals: Sequence[bytes], told: Sequence[Mapping[str, Any]],
    closed: Mapping[str, Any],
) -> list[str]:  # fmt: skip
    """Compare the sealed list with each of its heads that was published."""
    first = first_head(draw_id)
    chain = [first, *heads(first, seals)]
    faults = []
    if closed["entries"] != len(seals) or bytes.fromhex(closed["root"]) != chain[-1]:
        faults.append("the sealed list is not the one whose root was published at the close")
    for one in told:
        body = one["body"]
        if one["kind"] == "giveaway.entered" and not (
            0 < body["entries"] < len(chain)
            and bytes.fromhex(body["head"]) == chain[body["entries"]]
        ):
            faults.append(f"the list does not have the head that entry {one['seq']} published")
    return faults


def _seed_faults(opened: Mapping[str, Any], drawn: Mapping[str, Any]) -> list[str]:
    faults = []
    if commitment_of(bytes.fromhex(drawn["seed"])).hex() != opened["commitment"]:
        faults.append("the seed is not the one that the organiser was committed to")
    if drawn["signature"] and drawn["round"] != opened["round"]:
        faults.append("the drand round is not the one that was named at the opening")
    return faults


def _round_faults(opened: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> list[str]:
    """The round must not have been known while somebody could still enter."""
    if not opened["round"]:
        return []
    known_at = _ROUND_1 + (opened["round"] - 1) * _ROUND_S
    moments = [one["at"] for one in told if one["kind"] == "giveaway.entered"]
    if any(_seconds(one) >= known_at for one in (opened["closes_at"], *moments)):
        return ["the drand round was known before the last entry"]
    return []


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _winner_faults(
    opened: Mapping[str, Any], closed: Mapping[str, Any], drawn: Mapping[str, Any]
) -> list[str]:
    beacon = beacon_of(bytes.fromhex(drawn["signature"]))
    found = places(
        bytes.fromhex(drawn["seed"]), bytes.fromhex(closed["root"]), beacon, closed["entries"],
        opened["winners"] + opened["substitutes"],
    )  # fmt: skip
    split = opened["winners"]
    if [drawn["winners"], drawn["substitutes"]] != [found[:split], found[split:]]:
        return [f"these numbers were to win, in this order: {found}"]
    return []


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    record = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    faults = check(record)
    for fault in faults:
        print(f"WRONG: {fault}")
    if faults:
        return 1
    drawn = next(one["body"] for one in record["entries"] if one["kind"] == "giveaway.drawn")
    print(f"Right: {len(record['seals'])} entries.")
    print(f"Winners {drawn['winners']}, substitutes {drawn['substitutes']}.")
    if drawn["signature"]:
        randomness = beacon_of(bytes.fromhex(drawn["signature"])).hex()
        print(f"The drand round's randomness is {randomness}. Compare it with")
        print(_ROUND.format(chain=record["drand_chain"], round=drawn["round"]))
        print("This file does not check the signature against drand's public key.")
    else:
        print(f"No drand round took part ({drawn['beacon_missing']}): the organiser's seed alone")
        print("decided, which was fixed before the first entry. An organiser who looks at it could")
        print("have added entries until the result suited: without a round, trust is needed.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
