"""Rules of the chat: texts, rate limits, mentions, thinning. Pure decisions."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from showfloor.community.texts import clean
from showfloor.kernel.errors import Invalid

TEXT_CHARS_MAX = 200
CLIENT_ID_CHARS_MAX = 64
LINK_CHARS_MAX = 200
BURST = 5  # messages at once
NETWORK_BURST = 20  # the same for all guests of a network together: a new cookie is no new burst
WINDOW = timedelta(seconds=5)  # in which the burst is all there is: one a second in the long run

MENTIONS_MAX = 10
NAME_CHARS_MAX = 30
NAME_WORDS_MAX = 4
VIEWER_ROLES = frozenset({"guest", "member"})
EXCERPT_CHARS_MAX = 80  # of the message that one answers
IN_TICK_MAX = 12  # chat entries that everyone gets of one tick: nobody reads more


def clean_text(text: str) -> str:
    """Return the text as one line, as it is shown, without characters that draw nothing or reverse
    the line. Invalid when nothing or too much is left."""
    return clean(text, TEXT_CHARS_MAX, "message")


def is_client_id(text: str) -> bool:
    """Return whether the text can identify a message."""
    return 1 <= len(text) <= CLIENT_ID_CHARS_MAX and text.isprintable()


def clean_link(url: str, chars_max: int = LINK_CHARS_MAX) -> str:
    """Return the address that a banner leads to, or an empty one; Invalid for anything that is no
    web address."""
    link = url.strip()
    if link and not (len(link) <= chars_max and _is_link(link)):
        raise Invalid(_("Give an address that begins with https://."), field="url")
    return link


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # half an IPv6 address
        return False
    is_plain = text.isprintable() and " " not in text
    return is_plain and parts.scheme in {"http", "https"} and bool(parts.hostname)


def wait_s(sent: Sequence[datetime], now: datetime, burst: int = BURST) -> float:
    """Return the seconds that someone who wrote at these times has to wait; 0 when none."""
    recent = sorted(moment for moment in sent if moment > now - WINDOW)
    if len(recent) < burst:
        return 0.0
    return (recent[-burst] + WINDOW - now).total_seconds()


# --- mentions

_MENTION = re.compile(r"(?<![\w@.])@(?=\w)")
_SPACE = re.compile(r"\s+")


def names_in(text: str) -> list[tuple[str, ...]]:
    """Return the possible names after each `@`, longest first: `@Ana Maria!` is someone called "Ana
    Maria", or else "Ana"."""
    found = []
    for at in _MENTION.finditer(text):
        words = _SPACE.split(text[at.end() : at.end() + NAME_CHARS_MAX + 1])[:NAME_WORDS_MAX]
        names: list[str] = []
        for count in range(len(words), 0, -1):
            name = " ".join(words[:count])
            names += [name, name.rstrip(".,;:!?…)\"'")]
        usable = [name for name in names if 0 < len(name) <= NAME_CHARS_MAX and "@" not in name]
        if usable:
            found.append(tuple(dict.fromkeys(usable)))
    return found[:MENTIONS_MAX]


def mentioned(
    names: Sequence[tuple[str, ...]], known: Mapping[str, tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return the people who are named, each once: `known` gives `sub` and name by what was
    typed."""
    people = {}
    for spellings in names:
        typed = next((name for name in spellings if name in known), None)
        if typed is not None:
            sub, name = known[typed]
            people[sub] = name
    return list(people.items())


def excerpt(text: str) -> str:
    """Return the beginning of a message, for quoting."""
    if len(text) <= EXCERPT_CHARS_MAX:
        return text
    return text[: EXCERPT_CHARS_MAX - 1].rstrip() + "…"


# --- thinning


class Entry(Protocol):
    """The part of a timeline's entry that thinning reads."""

    @property
    def kind(self) -> str: ...
    @property
    def body(self) -> Mapping[str, object]: ...


def thin[E: Entry](
    entries: Sequence[E], kinds: Collection[str], most: int = IN_TICK_MAX
) -> list[E]:
    """Return what everyone gets of one tick: at most `most` entries of these kinds (those that are
    delivered as chat), the brand's own first, the rest picked evenly. Entries of other kinds stay,
    and so does the order."""
    chat = [at for at, entry in enumerate(entries) if entry.kind in kinds]
    if len(chat) <= most:
        return list(entries)
    of_staff = [at for at in chat if is_of_staff(entries[at])]
    kept = set(_evenly(of_staff, most))
    of_others = sorted(set(chat) - set(of_staff))
    kept.update(_evenly(of_others, most - len(kept)))
    left_out = set(chat) - kept
    return [entry for at, entry in enumerate(entries) if at not in left_out]


def is_of_staff(entry: Entry) -> bool:
    """Return whether someone of the brand wrote it."""
    author = entry.body.get("author")
    return isinstance(author, Mapping) and author.get("role") not in VIEWER_ROLES


def _evenly(places: Sequence[int], most: int) -> Collection[int]:
    if len(places) <= most:
        return places
    return [places[number * len(places) // most] for number in range(most)]
