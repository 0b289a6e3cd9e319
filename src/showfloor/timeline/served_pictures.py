"""The pictures that this process has served to each player, for delivery clocks. No Django here.

A player names its session by itself, with its requests for media (`CMCD-Session`, CTA-5004) and in
the hello of its sockets. So only the player's own claims lean on it. Everything is forgotten with
the process, and soon after the player has left.
"""

from array import array
from itertools import count
from typing import Final

SESSIONS_MAX: Final = 20_000
FORGET_AFTER_MS: Final = 60_000
STEP_MS: Final = 500  # between two notes of a session
_NOTES_MAX: Final = 48  # 24 s, which is more than any window
SID_CHARS_MAX: Final = 64


class ServedPictures:
    """The newest pictures that one player was served. The event loop writes, any thread reads."""

    __slots__ = ("_notes", "heard_ms", "live_connection", "live_since_ms", "show")

    def __init__(self, show: str) -> None:
        self.show = show  # its address
        self.heard_ms = 0
        self.live_since_ms: int | None = None  # every picture is sent from then on
        self.live_connection = 0  # its number
        self._notes = array("q")  # pairs: the end of the newest picture, and when it was served

    def note(self, until_ms: int, now_ms: int) -> None:
        """Note that the player was served pictures until `until_ms`."""
        self.heard_ms = now_ms
        notes = self._notes
        if notes and until_ms < notes[-2] + STEP_MS:
            return
        kept = notes[-2 * (_NOTES_MAX - 1) :]
        kept.extend((until_ms, now_ms))
        self._notes = kept  # replaced, never changed: another thread may be reading it

    def first_served_ms(self, picture_ms: int) -> int | None:
        """Return when the player first had this picture; None while it has not, or nobody knows."""
        if self.live_since_ms is not None and self.live_since_ms <= picture_ms:
            return picture_ms
        notes = self._notes
        for at in range(0, len(notes), 2):
            if notes[at] > picture_ms:
                return notes[at + 1]
        return None


class ServedSessions:
    """The players of this process, by the name of their session. Belongs to the event loop."""

    def __init__(self, sessions_max: int = SESSIONS_MAX) -> None:
        self._sessions: dict[str, ServedPictures] = {}
        self._max = sessions_max
        self._connections = count(1)

    def __len__(self) -> int:
        return len(self._sessions)

    def find(self, sid: str) -> ServedPictures | None:
        return self._sessions.get(sid) if sid else None

    def note(self, sid: str, show: str, until_ms: int, now_ms: int) -> None:
        """Note what a player of a show was served; a full memory takes nobody new."""
        session = self._enter(sid, show, now_ms)
        if session is not None:
            session.note(until_ms, now_ms)

    def went_live(self, sid: str, show: str, now_ms: int) -> int:
        """Note that a player is sent every picture of a show from now on; return the number of its
        connection, for `left_live`."""
        number = next(self._connections)
        session = self._enter(sid, show, now_ms)
        if session is not None:
            session.heard_ms, session.live_since_ms = now_ms, now_ms
            session.live_connection = number
        return number

    def left_live(self, sid: str, connection: int) -> None:
        """Note that a connection has ended. A player that had come back before the old one was
        found dead stays live by the new one."""
        session = self.find(sid)
        if session is not None and session.live_connection == connection:
            session.live_since_ms = None

    def _enter(self, sid: str, show: str, now_ms: int) -> ServedPictures | None:
        session = self._sessions.get(sid)
        if session is not None and session.show == show:
            return session
        if not is_sid(sid):
            return None
        if session is None and len(self._sessions) >= self._max:
            self._forget(now_ms)
            if len(self._sessions) >= self._max:
                return None
        self._sessions[sid] = entered = ServedPictures(show)
        return entered

    def _forget(self, now_ms: int) -> None:
        oldest = now_ms - FORGET_AFTER_MS
        self._sessions = {
            sid: one for sid, one in self._sessions.items()
            if one.heard_ms >= oldest or one.live_since_ms is not None
        }  # fmt: skip


def is_sid(sid: object) -> bool:
    """Return whether this may name a session: short, printable, without quotes."""
    return (
        isinstance(sid, str)
        and 8 <= len(sid) <= SID_CHARS_MAX
        and sid.isascii()
        and sid.replace("-", "").isalnum()
    )


def sid_of_header(value: str) -> str:
    """Return the session of a `CMCD-Session` header, a list of `key=value` in which `sid` is a
    string (CTA-5004, 3.2); empty for none."""
    for pair in value[:400].split(","):
        key, _, text = pair.strip().partition("=")
        if key == "sid":
            sid = text.strip('"')
            return sid if is_sid(sid) else ""
    return ""


served: Final = ServedSessions()
