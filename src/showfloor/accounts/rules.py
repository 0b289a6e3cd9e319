"""`Bans`: the rule that decides whom the bans of a brand cover. No Django here."""

from collections.abc import Iterable
from datetime import datetime

from showfloor.accounts.subjects import Subject

type BanEnd = datetime | None  # None: the ban has no end
type BanRow = tuple[str, str, BanEnd]  # subject, network (may be empty), end


class Banned(Exception):
    """A ban of the brand covers this person."""


def named_by_bans(subject: Subject, network: str) -> tuple[str, str]:
    """Return the subject and the network by which a ban can name this person; empty for none.

    Staff are never banned. A network names its guests only, so that clearing cookies does not undo
    a ban and a member beside the banned guest stays.
    """
    if subject.is_staff:
        return "", ""
    return str(subject), network if subject.is_guest else ""


class Bans:
    """Bans of one brand."""

    def __init__(self, rows: Iterable[BanRow] = ()) -> None:
        self._subjects: dict[str, BanEnd] = {}
        self._networks: dict[str, BanEnd] = {}
        for row in rows:
            self.add(*row)

    def add(self, subject: str, network: str, until: BanEnd) -> None:
        """Add one ban; of two that name the same, the later end counts."""
        _extend(self._subjects, subject, until)
        if network:
            _extend(self._networks, network, until)

    def covers(self, subject: Subject, network: str, now: datetime) -> bool:
        """Return whether this person is banned at this time."""
        if not self._subjects and not self._networks:
            return False
        by_subject, by_network = named_by_bans(subject, network)
        return _is_in_force(self._subjects, by_subject, now) or _is_in_force(
            self._networks, by_network, now
        )


def _extend(ends: dict[str, BanEnd], key: str, until: BanEnd) -> None:
    before = ends.get(key, until)
    ends[key] = None if before is None or until is None else max(before, until)


def _is_in_force(ends: dict[str, BanEnd], key: str, now: datetime) -> bool:
    if key not in ends:
        return False
    until = ends[key]
    return until is None or until > now
