"""The rules of the stage, without a database: how many come, for how long, and from where to
where."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from showfloor.stage.models import StageRole, StageState

# The host's browser mixes them and sends a picture back to each: more than four is too much for it.
PLACES: Final[Mapping[str, int]] = {StageRole.GUEST: 3, StageRole.CLOSE_UP: 1}
# A guest is invited days ahead; the phone that is a second camera lies beside the host.
LASTS: Final[Mapping[str, timedelta]] = {
    StageRole.GUEST: timedelta(days=7),
    StageRole.CLOSE_UP: timedelta(hours=12),
}
CONSENT_VERSION: Final = "2026-11"  # with each change of the words in `stage.consent`
KEY_CHARS_MAX: Final = 64

_MOVES: Final[Mapping[str, frozenset[str]]] = {
    StageState.ON_STAGE: frozenset({StageState.GREEN_ROOM}),
    StageState.GREEN_ROOM: frozenset({StageState.ON_STAGE}),
    StageState.LEFT: frozenset({StageState.GREEN_ROOM, StageState.ON_STAGE}),
    StageState.REMOVED: frozenset(
        {StageState.INVITED, StageState.GREEN_ROOM, StageState.ON_STAGE, StageState.LEFT}
    ),
}


def new_key() -> str:
    """Return a key that nobody guesses, of 43 characters that an address takes as they are."""
    return secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """Return what is stored of a key. It is random, so that one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Return whether a text can be a key at all; nothing else is looked up."""
    return 0 < len(text) <= KEY_CHARS_MAX and text.isascii()


def may_move(old: str, new: str) -> bool:
    """Return whether somebody in the state `old` can be brought to `new` by staff."""
    return old in _MOVES[new]


def entered(state: str) -> str:
    """Return the state of somebody who comes in: a reloaded page stays on stage."""
    return StageState.ON_STAGE if state == StageState.ON_STAGE else StageState.GREEN_ROOM


def takes_place(state: str, expires_at: datetime, now: datetime) -> bool:
    """Return whether an invitation counts: a link that is over without anybody does not."""
    return state in {StageState.GREEN_ROOM, StageState.ON_STAGE} or (
        state != StageState.REMOVED and expires_at > now
    )
