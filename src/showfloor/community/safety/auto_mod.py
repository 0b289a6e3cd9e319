"""AutoMod: may this person write now, and is the text shown, held, refused or shown to its author
alone? It judges messages and questions.

`AutoMod.of(show)` knows the show's settings, the brand's words and the restrictions in force; all
of that is at most two seconds old, and new at once in a process that was told of a change. `judge`
asks nothing: the caller hands in what the person wrote lately (`Recent`). Texts that many
people send at once are remembered in this process.

Codes of refusals: `signed-in-only`, `customers-only`, `trait-needed`, `staff-only`, `timed-out`
(with `until`, `reason`), `warned` (with `warning_id`, `reason`), `slow-mode` (with
`retry_after_s`), `message-link`, `message-duplicate`, `message-zalgo`, `message-repeats`,
`message-caps`, `message-emoji`, `message-blocked`, `name-refused` (the person's own). Each leaves
the draft with its author, who can mend it.
"""

import hashlib
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from showfloor.accounts.tokens import Claims
from showfloor.community.safety import restrictions, word_lists
from showfloor.community.safety.models import ChatMode, ChatSettings, WordAction
from showfloor.community.safety.restrictions import Restrictions
from showfloor.community.safety.word_lists import NO_WORDS
from showfloor.community.textfilter import flood
from showfloor.community.textfilter.flood import FloodLimits
from showfloor.community.textfilter.folding import fold_text
from showfloor.community.textfilter.links import has_link
from showfloor.community.textfilter.matcher import Match, Matcher, replaced
from showfloor.kernel.clock import from_epoch_ms, iso_ms
from showfloor.kernel.errors import Forbidden, Invalid, RateLimited, ShowfloorError
from showfloor.kernel.ids import is_id, made_ms
from showfloor.shows.models import Show
from showfloor.shows.queries import by_id
from showfloor.timeline.bus import Payload, bus

FRESH_S = 2.0
SHOWS_MAX = 500  # kept in a process
LOOKBACK = timedelta(seconds=60)
CUSTOMER = "customer"  # the trait that mode `customers` asks for
TEXT_CHARS_MAX = 200
OWN_LETTERS_MIN = 4  # `wow` may be said again
CROWD_LETTERS_MIN = 20  # shorter texts are the same by chance: many people write `so pretty`
CROWD = 3  # other people with the same text make it a crowd's
CROWD_TEXTS_MAX = 2000  # texts remembered for each show
TOPIC = "gate"  # on the bus


class Action(StrEnum):
    """The fate of a text."""

    SHOW = "show"
    HOLD = "hold"
    REFUSE = "refuse"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Recent:
    """Earlier texts of one person in this show, as the batch's query brings them: all within
    `AutoMod.lookback`, the same batch included. `hashes`: the `text_hash` of each."""

    sent_at: Sequence[datetime] = ()
    neighbours_at: Sequence[datetime] = ()  # of other guests of the network, for a guest
    hashes: frozenset[str] = frozenset()
    has_spoken: bool = True  # a text of theirs was shown before; known only if `holds_first`


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one text. `text` is the one to show, which is not always the one that was
    typed. `reason` (word, unchecked, link, first, flag) and `detail` are for the review item of a
    text that is held, or of one that is shown with `flag`. `error` is the error to raise on a
    refusal."""

    action: Action
    text: str
    reason: str = ""
    detail: str = ""
    error: ShowfloorError | None = None
    flag: bool = False


NOBODY = Recent()
OPEN = Restrictions(())


@dataclass(slots=True)
class _Crowd:
    """The latest long texts with their senders: by `text_hash`, the oldest text first."""

    said: OrderedDict[str, dict[str, datetime]] = field(default_factory=OrderedDict)

    def others(self, hashed: str, sub: str, now: datetime) -> int:
        """Return how many other people sent the text within the last minute."""
        seen = self.said.get(hashed, {})
        return sum(one != sub and at > now - LOOKBACK for one, at in list(seen.items()))

    def remember(self, hashed: str, sub: str, now: datetime) -> None:
        seen = self.said.setdefault(hashed, {})
        seen[sub] = now
        self.said.move_to_end(hashed)
        if len(seen) > CROWD * 4:  # enough to tell a crowd
            seen.pop(next(iter(seen)))
        while len(self.said) > CROWD_TEXTS_MAX:
            self.said.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Words:
    """The result of the word rules for a text or a name: the first match of each action, and the
    text with the replacements. `is_complete`: all rules were compared."""

    first: Mapping[str, Match]
    text: str
    is_complete: bool = True


class AutoMod:
    """The rules of one show as they stood at most two seconds ago."""

    def __init__(
        self,
        chat: ChatSettings,
        words: Matcher = NO_WORDS,
        restricted: Restrictions = OPEN,
        crowd: _Crowd | None = None,
    ) -> None:
        self.mode = ChatMode(chat.mode)
        self.trait = chat.trait
        self.slow_s = chat.slow_s
        self.holds_links = chat.holds_links
        self.holds_first = chat.holds_first
        self._limits = FloodLimits().halved if chat.shield else FloodLimits()
        self._words = words
        self._restricted = restricted
        self._crowd = crowd or _Crowd()

    @staticmethod
    def of(show: Show) -> "AutoMod":
        """Return the show's AutoMod; it reads the database at most every two seconds for a show."""
        now = time.monotonic()
        known = _auto_mods.get(show.pk)
        if known is not None and known[0] > now:
            return known[1]
        found = _read(show, known[1]._crowd if known is not None else _Crowd())
        with _lock:
            if len(_auto_mods) >= SHOWS_MAX:
                _auto_mods.clear()
            _auto_mods[show.pk] = (now + FRESH_S, found)
        return found

    def look_through(self, texts: Iterable[str]) -> None:
        """Look for the brand's words in these texts now, so that `judge` finds them known."""
        if not self._words.has_rules:
            return
        for text in texts:
            self._words.find(text)

    @property
    def lookback(self) -> timedelta:
        """The age of the oldest text in `Recent`."""
        return max(LOOKBACK, timedelta(seconds=self.slow_s))

    def judge(self, claims: Claims, text: str, now: datetime, recent: Recent = NOBODY) -> Verdict:
        """Judge `text`, which is clean already (`chat.rules.clean_text`) and may have a link in it.
        The author's name stands beside it and is judged with it."""
        if claims.is_staff:
            return Verdict(Action.SHOW, text)
        name, hashed = self._find(claims.name), text_hash(text)
        letters = sum(map(str.isalnum, text))
        error = (
            self._not_now(claims, now, recent) or self._refused_name(claims.name, name)
            or self._link(text) or self._again(claims, letters, hashed, now, recent)
            or self._flood(text)
        )  # fmt: skip
        if error is not None:
            return Verdict(Action.REFUSE, text, error=error)
        verdict = self._by_words(claims, text, name, has_spoken=recent.has_spoken)
        if verdict.action is not Action.REFUSE:
            self._remember(claims, letters, hashed, now)
            # The same rules hold a shadowed person's texts, so that the shadow does not show.
            if verdict.action is Action.SHOW and self._restricted.is_shadowed(claims, now):
                return Verdict(Action.SHADOW, verdict.text)
        return verdict

    # --- the person

    def _not_now(self, claims: Claims, now: datetime, recent: Recent) -> ShowfloorError | None:
        return (
            self._not_among_writers(claims) or self._restriction(claims, now)
            or self._too_soon(claims, now, recent)
        )  # fmt: skip

    def _not_among_writers(self, claims: Claims) -> Forbidden | None:
        traits: Sequence[str] = getattr(claims, "traits", ())
        match self.mode:
            case ChatMode.SIGNED_IN if claims.is_guest:
                return Forbidden(_("Sign in to write here."), code="signed-in-only")
            case ChatMode.CUSTOMERS if CUSTOMER not in traits:
                return Forbidden(_("Only customers can write here now."), code="customers-only")
            case ChatMode.TRAIT if self.trait not in traits:
                return Forbidden(_("Not everyone can write here now."), code="trait-needed")
            case ChatMode.STAFF:
                return Forbidden(_("Only the brand writes here now."), code="staff-only")
        return None

    def _restriction(self, claims: Claims, now: datetime) -> Forbidden | None:
        time_out = self._restricted.timed_out(claims, now)
        if time_out is not None:
            until, reason = time_out
            return Forbidden(
                _("You can't write here for a while."), code="timed-out",
                more={"until": iso_ms(until), "reason": reason},
            )  # fmt: skip
        warning = self._restricted.warning(claims)
        if warning is not None:
            return Forbidden(
                _("Read the moderators' warning first."), code="warned",
                more={"warning_id": warning.id, "reason": warning.reason},
            )  # fmt: skip
        return None

    def _too_soon(self, claims: Claims, now: datetime, recent: Recent) -> RateLimited | None:
        sent_at = [*recent.sent_at, *_perhaps_theirs(claims, recent)] if self.slow_s else ()
        if not sent_at:
            return None
        wait = max(sent_at) + timedelta(seconds=self.slow_s) - now
        if wait <= timedelta(0):
            return None
        return RateLimited(
            _("Slow mode is on."), retry_after_s=wait.total_seconds(), code="slow-mode"
        )

    # --- the text

    def _refused_name(self, name: str, found: _Words) -> Invalid | None:
        """Refuse a name also for a word that would be replaced in a text: nobody is given another
        name."""
        match = found.first.get(WordAction.BLOCK) or found.first.get(WordAction.REPLACE)
        if match is None and (self.holds_links or not has_link(name)):
            return None
        return Invalid(
            _("Choose another name, without “%(word)s”.")
            % {"word": name if match is None else _said(match, name)},
            field="name", code="name-refused",
        )  # fmt: skip

    def _link(self, text: str) -> Invalid | None:
        if self.holds_links or not has_link(text):
            return None
        return Invalid(_("Links can't be posted here."), field="text", code="message-link")

    def _again(
        self, claims: Claims, letters: int, hashed: str, now: datetime, recent: Recent
    ) -> Invalid | None:
        if letters >= OWN_LETTERS_MIN and hashed in recent.hashes:
            return Invalid(_("You have just said that."), field="text", code="message-duplicate")
        if letters >= CROWD_LETTERS_MIN and self._crowd.others(hashed, claims.sub, now) >= CROWD:
            return Invalid(
                _("Many have just sent the same. Say it in your own words."), field="text",
                code="message-duplicate",
            )  # fmt: skip
        return None

    def _remember(self, claims: Claims, letters: int, hashed: str, now: datetime) -> None:
        if letters >= CROWD_LETTERS_MIN:
            with _lock:
                self._crowd.remember(hashed, claims.sub, now)

    def _flood(self, text: str) -> Invalid | None:
        kind = flood.flood(text, self._limits)
        match kind:
            case "zalgo":
                sentence = _("These characters cover what others write.")
            case "repeats":
                sentence = _("Say it once.")
            case "caps":
                sentence = _("Not all in capitals, please.")
            case "emoji":
                sentence = _("That is a lot of emoji. Use fewer.")
            case _:
                return None
        return Invalid(sentence, field="text", code=f"message-{kind}")

    def _by_words(self, claims: Claims, text: str, name: _Words, *, has_spoken: bool) -> Verdict:
        found = self._find(text)
        blocked = found.first.get(WordAction.BLOCK)
        if blocked is not None:
            error = Invalid(
                _("Please leave “%(word)s” out.") % {"word": _said(blocked, text)},
                field="text", code="message-blocked",
            )  # fmt: skip
            return Verdict(Action.REFUSE, text, "word", blocked.rule.pattern, error)
        held = found.first.get(WordAction.HOLD) or name.first.get(WordAction.HOLD)
        flagged = found.first.get(WordAction.FLAG) or name.first.get(WordAction.FLAG)
        if held is not None:
            return Verdict(Action.HOLD, found.text, "word", held.rule.pattern)
        if not (found.is_complete and name.is_complete):
            return Verdict(Action.HOLD, found.text, "unchecked")
        if self.holds_links and (has_link(text) or has_link(claims.name)):
            return Verdict(Action.HOLD, found.text, "link")
        if self.holds_first and not has_spoken:
            return Verdict(Action.HOLD, found.text, "first")
        if flagged is not None:
            return Verdict(Action.SHOW, found.text, "flag", flagged.rule.pattern, flag=True)
        return Verdict(Action.SHOW, found.text)

    def _find(self, text: str) -> _Words:
        found = self._words.find(text)
        if not found.matches:
            return _Words({}, text, found.is_complete)
        first: dict[str, Match] = {}
        for match in found.matches:
            first.setdefault(match.rule.action, match)
        replacing = [match for match in found.matches if match.rule.action == WordAction.REPLACE]
        longest = max(TEXT_CHARS_MAX, len(text))  # a question may be longer than a message
        return _Words(first, replaced(text, replacing)[:longest], found.is_complete)


def look_through(show_id: str, writings: Iterable[tuple[Claims, str]]) -> None:
    """Look for words in what people are about to write in a show, their names included. A call
    before the transaction keeps the search from holding any lock, whatever the brand's list is
    like."""
    known = _auto_mods.get(show_id)
    found = known[1] if known is not None and known[0] > time.monotonic() else None
    if found is None and (show := by_id(show_id)) is not None:
        found = AutoMod.of(show)
    if found is not None:
        found.look_through(
            one for claims, text in writings if not claims.is_staff for one in (claims.name, text)
        )


def forget(show_id: str | None = None) -> None:
    """Read settings, words and restrictions anew: of one show, or of all (None). The memory of
    crowds stays. Call it after the commit."""
    with _lock:
        for one in list(_auto_mods) if show_id is None else [show_id]:
            if one in _auto_mods:
                _auto_mods[one] = (0.0, _auto_mods[one][1])


def announce_change(show_id: str | None = None) -> None:
    """Do the same in every process."""
    bus.publish(TOPIC, {"show": show_id or ""})


@lru_cache(maxsize=1024)  # asked when a text is judged, and again when it is written down
def text_hash(text: str) -> str:
    """Return a keyed hash that finds a text again, also in other letters, and does not tell it. 16
    hex digits."""
    folded = text.lower() if text.isascii() else fold_text(unicodedata.normalize("NFC", text))
    letters = "".join(filter(str.isalnum, folded)) or folded
    return hashlib.blake2b(letters.encode(), digest_size=8, key=_key()).hexdigest()


_lock = threading.Lock()
_auto_mods: dict[str, tuple[float, AutoMod]] = {}


@cache
def _key() -> bytes:
    return hashlib.sha256(f"text-hash:{settings.SECRET_KEY}".encode()).digest()


def _read(show: Show, crowd: _Crowd) -> AutoMod:
    chat = ChatSettings.objects.for_brand(show.brand_id).filter(show=show).first()
    return AutoMod(
        chat or ChatSettings(show=show),
        word_lists.of_brand(show.brand_id),
        restrictions.in_force(show.brand_id),
        crowd,
    )


def _said(match: Match, text: str) -> str:
    return text[match.start : match.end]


def _perhaps_theirs(claims: Claims, recent: Recent) -> list[datetime]:
    """Return when the neighbours of a guest wrote before this guest came: that may have been the
    same person with an earlier cookie."""
    key = claims.subject.id
    if not recent.neighbours_at or not is_id(key):
        return []
    came_at = from_epoch_ms(made_ms(key))
    return [moment for moment in recent.neighbours_at if moment <= came_at]


def _heard(payload: Payload) -> None:
    show_id = payload.get("show")
    forget(show_id if isinstance(show_id, str) and show_id else None)


bus.hear(TOPIC, _heard)
