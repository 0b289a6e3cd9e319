"""Who may write in a show, and what becomes of what they write: messages and questions.

`Gate.of(show)` holds the show's settings for at most two seconds; `judge` is pure and fast.
"""

import hashlib
import hmac
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _

from showfloor.accounts.bans import GUEST
from showfloor.accounts.tokens import Claims
from showfloor.community.chat.models import ChatMode, ChatSettings
from showfloor.kernel.errors import Forbidden, RateLimited, ShowfloorError
from showfloor.shows.models import Show

FRESH_S = 2.0
SHOWS_MAX = 500  # gates kept in a process
LOOKBACK = timedelta(seconds=60)
CUSTOMER = "customer"  # the trait that mode `customers` asks for


class Action(StrEnum):
    """What becomes of a text."""

    SHOW = "show"
    HOLD = "hold"
    REFUSE = "refuse"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Recent:
    """What one person did before in this show, as the batch's query brings it: everything of the
    last `Gate.lookback`, in the same batch included. `hashes`: `text_hash` of these texts."""

    sent_at: Sequence[datetime] = ()
    neighbours_at: Sequence[datetime] = ()  # of the guests of their network, if they are one
    hashes: frozenset[str] = frozenset()
    has_spoken: bool = True  # something of theirs was shown here; asked only if `holds_first`


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text`: what to show, which is not always what was typed. `reason` and `detail` are for a
    review item (also of a text that is shown, if `flag`); `error` is what to raise on a refusal."""

    action: Action
    text: str
    reason: str = ""
    detail: str = ""
    error: ShowfloorError | None = None
    flag: bool = False


NOBODY = Recent()


class Gate:
    """The rules of one show as they stood at most two seconds ago."""

    def __init__(self, brand_id: str, chat: ChatSettings) -> None:
        self.brand_id = brand_id
        self.mode = ChatMode(chat.mode)
        self.trait = chat.trait
        self.slow_s = chat.slow_s
        self.holds_first = chat.holds_first

    @staticmethod
    def of(show: Show) -> "Gate":
        now = time.monotonic()
        known = _gates.get(show.pk)
        if known is not None and known[0] > now:
            return known[1]
        gate = _read(show)
        with _lock:
            if len(_gates) >= SHOWS_MAX:
                _gates.clear()
            _gates[show.pk] = (now + FRESH_S, gate)
        return gate

    @property
    def lookback(self) -> timedelta:
        """How far back `Recent` reaches."""
        return max(LOOKBACK, timedelta(seconds=self.slow_s))

    def judge(self, claims: Claims, text: str, now: datetime, recent: Recent = NOBODY) -> Verdict:
        """What becomes of `text`, which is clean already (`chat.rules.clean_text`)."""
        error = None if claims.is_staff else self._refusal(claims, now, recent)
        if error is not None:
            return Verdict(Action.REFUSE, text, error=error)
        return Verdict(Action.SHOW, text)

    def _refusal(self, claims: Claims, now: datetime, recent: Recent) -> ShowfloorError | None:
        return self._not_among_writers(claims) or self._too_soon(now, recent)

    def _not_among_writers(self, claims: Claims) -> Forbidden | None:
        traits: Sequence[str] = getattr(claims, "traits", ())
        match self.mode:
            case ChatMode.SIGNED_IN if claims.sub.startswith(GUEST):
                return Forbidden(_("Sign in to write here."), code="signed-in-only")
            case ChatMode.CUSTOMERS if CUSTOMER not in traits:
                return Forbidden(_("Customers can write here."), code="customers-only")
            case ChatMode.TRAIT if self.trait not in traits:
                return Forbidden(_("Not everyone can write here now."), code="trait-needed")
            case ChatMode.STAFF:
                return Forbidden(_("Only the brand writes here now."), code="staff-only")
        return None

    def _too_soon(self, now: datetime, recent: Recent) -> RateLimited | None:
        if not self.slow_s or not recent.sent_at:
            return None
        wait = max(recent.sent_at) + timedelta(seconds=self.slow_s) - now
        if wait <= timedelta(0):
            return None
        error = RateLimited(_("Slow mode is on."), retry_after_s=wait.total_seconds())
        error.code = "slow-mode"
        return error


def forget(show_id: str | None = None) -> None:
    """Settings, words or restrictions have changed: of one show, or of any (None)."""
    with _lock:
        if show_id is None:
            _gates.clear()
        else:
            _gates.pop(show_id, None)


def text_hash(text: str) -> str:
    """Keyed: finds a text again, and says nothing about it. 16 hex digits."""
    folded = " ".join(text.casefold().split())
    return hmac.new(_key(), folded.encode(), "sha256").hexdigest()[:16]


_lock = threading.Lock()
_gates: dict[str, tuple[float, Gate]] = {}


@cache
def _key() -> bytes:
    return hashlib.sha256(f"text-hash:{settings.SECRET_KEY}".encode()).digest()


def _read(show: Show) -> Gate:
    chat = ChatSettings.objects.for_brand(show.brand_id).filter(show=show).first()
    return Gate(show.brand_id, chat or ChatSettings(show=show))
