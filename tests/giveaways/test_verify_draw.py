"""The procedure of a draw: fair, and checked by anybody from its exported record."""

import copy
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.giveaways import beacon, drawing, services, verify_draw
from showfloor.giveaways.models import Giveaway
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from tests.giveaways.drawing import (
    FakeBeacon,
    drawn,
    enter,
    fresh,
    opened,
    prepared,
    record,
    signature_of,
)
from tests.repo.sources import ROOT
from tests.support.shows import guest

# The browser's verifier checks the same record (`frontend/src/draw/verify.test.ts`).
SHARED = ROOT / "frontend/src/draw/record.json"


def verdict(path: Path) -> tuple[int, str]:
    """Exit code and words of the file as anybody runs it: without our packages."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", verify_draw.__file__, str(path)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def changed(told: Any, kind: str, **values: Any) -> Any:
    """The record with other values in its last entry of a kind."""
    forged = copy.deepcopy(told)
    body = [one["body"] for one in forged["entries"] if one["kind"] == f"giveaway.{kind}"][-1]
    body.update(values)
    return forged


@pytest.mark.django_db
def test_exported_draw_is_recomputed_by_the_standalone_file(
    show: Show, producer: User, brand: Brand, drand: FakeBeacon, tmp_path: Path
) -> None:
    giveaway = opened(show, producer, winners=2, substitutes=3)
    drand.known[giveaway.round] = signature_of(giveaway.round)
    for _person in range(9):
        assert enter(show, guest(brand), giveaway).problem is None
    drawn(giveaway)
    told = record(giveaway)
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(told))
    code, words = verdict(path)
    assert (code, words.splitlines()[0]) == (0, "Right: 9 entries.")
    randomness = hashlib.sha256(signature_of(giveaway.round)).hexdigest()
    assert randomness in words
    assert [one["kind"].removeprefix("giveaway.") for one in told["entries"]] == [
        "opened", *["entered"] * 9, "closed", "drawn",
    ]  # fmt: skip
    result = told["entries"][-1]["body"]
    places = [*result["winners"], *result["substitutes"]]
    assert (len(result["winners"]), len(set(places)), min(places) >= 1) == (2, 5, True)

    other = result["winners"][::-1]
    path.write_text(json.dumps(changed(told, "drawn", winners=other)))
    code, words = verdict(path)
    assert (code, words.startswith("WRONG: these numbers were to win")) == (1, True)


def forged_list(told: Any) -> Any:
    forged = copy.deepcopy(told)
    forged["seals"][0] = hashlib.sha256(b"a friend of the house").hexdigest()
    return forged


def late_entry(told: Any) -> Any:
    forged = copy.deepcopy(told)
    forged["entries"][1]["seq"] = forged["entries"][-1]["seq"] + 1
    return forged


@pytest.mark.parametrize(
    ("forge", "fault"),
    [
        (forged_list, "whose root was published"),
        (late_entry, "before the opening or after the close"),
        (lambda told: changed(told, "entered", head="00" * 32), "does not have the head"),
        (lambda told: changed(told, "opened", commitment="00" * 32), "the seed is not the one"),
        (lambda told: changed(told, "drawn", round=7), "the drand round is not the one"),
        (lambda told: changed(told, "drawn", signature=""), "these numbers were to win"),
        (lambda told: {**told, "entries": told["entries"][:-1]}, "the draw is not over"),
        (lambda told: {**told, "entries": [told["entries"][0], *told["entries"]]}, "than once"),
        (
            lambda told: changed(told, "drawn", winners=[19, 28, 39], substitutes=[40, 13]),
            "these numbers were to win",
        ),
        (
            lambda told: changed(told, "opened", closes_at="2024-10-25T09:00:00.000Z"),
            "the drand round was known",
        ),
        (lambda told: changed(told, "entered", entries=0), "does not have the head"),
        (lambda told: {**told, "version": 2}, "this file checks version 1"),
    ],
)
def test_forged_record_is_found_out(forge: Callable[[Any], Any], fault: str) -> None:
    told = json.loads(SHARED.read_text())
    assert verify_draw.check(told) == []
    assert any(fault in one for one in verify_draw.check(forge(told)))


def test_every_entry_wins_as_often_as_any_other() -> None:
    """20,000 draws of 2 out of 7: each entry has 2/7, within five standard deviations (± 320)."""
    won = Counter(
        number
        for draw in range(20_000)
        for number in verify_draw.places(draw.to_bytes(32), b"", b"", 7, 2)
    )
    assert sorted(won) == [1, 2, 3, 4, 5, 6, 7]
    assert all(abs(count - 40_000 / 7) < 320 for count in won.values()), won


def test_more_places_than_entries_are_all_entries_once() -> None:
    assert sorted(verify_draw.places(b"seed", b"root", b"", 3, 10)) == [1, 2, 3]
    assert verify_draw.places(b"seed", b"root", b"", 0, 10) == []


@pytest.mark.django_db
def test_draw_waits_for_its_round_and_goes_on_without_it(
    show: Show, producer: User, brand: Brand, drand: FakeBeacon
) -> None:
    giveaway = opened(show, producer)
    assert giveaway.closes_at is not None
    due = beacon.time_of(giveaway.round)
    assert timedelta(0) < due - giveaway.closes_at - timedelta(seconds=15) <= timedelta(seconds=3)
    enter(show, guest(brand), giveaway)
    assert drawing.close_due(giveaway.closes_at + timedelta(seconds=15)) == 1
    assert drawing.draw_due(due - timedelta(seconds=1)) == 0
    assert drand.asked == []
    assert drawing.draw_due(due) == 0
    assert drand.asked == [giveaway.round]
    assert drawing.draw_due(due + drawing.PATIENCE) == 1
    assert fresh(giveaway).beacon_missing == "no-answer"
    told = record(giveaway)
    assert verify_draw.check(told) == []
    assert told["entries"][-1]["body"]["signature"] == ""


@pytest.mark.django_db
def test_draws_that_wait_hold_up_no_other(
    show: Show, producer: User, brand: Brand, drand: FakeBeacon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "DUE_MAX", 1)
    waiting = services.open_giveaway(show, prepared(show).pk, 86_400, None, producer)
    services.close(show, waiting.pk, None, producer)
    unreadable = opened(show, producer)
    Giveaway.objects.all_brands().filter(pk=unreadable.pk).update(sealed_seed="other key")
    services.close(show, unreadable.pk, None, producer)
    due = beacon.time_of(unreadable.round) + drawing.PATIENCE
    assert drawing.draw_due(due) == 0
    assert fresh(unreadable).state == "closed"
    Giveaway.objects.all_brands().filter(pk=unreadable.pk).delete()
    ready = opened(show, producer)
    services.close(show, ready.pk, None, producer)
    assert drawing.draw_due(beacon.time_of(ready.round) + drawing.PATIENCE) == 1
    assert (fresh(waiting).state, fresh(ready).state) == ("closed", "drawn")


@pytest.mark.django_db
def test_draw_without_a_beacon_says_so(show: Show, producer: User, brand: Brand) -> None:
    giveaway = opened(show, producer)
    enter(show, guest(brand), giveaway)
    assert giveaway.round == 0
    assert drawn(giveaway).beacon_missing == "not-configured"
    assert verify_draw.check(record(giveaway)) == []


def test_rounds_of_quicknet_are_counted_as_drand_counts_them() -> None:
    """Round 1 is at the genesis; a round comes after a moment, never with it."""
    genesis = beacon.time_of(1)
    assert genesis.timestamp() == 1_692_803_367
    assert beacon.round_after(genesis) == 2
    assert beacon.round_after(genesis + timedelta(seconds=2)) == 2
    assert beacon.round_after(genesis + timedelta(seconds=3)) == 3
    assert beacon.round_after(utc_now()) > 1_000_000
