"""Who is publishing into which channel of this process right now."""

from typing import Protocol

from showfloor.media.health import IngestHealth


class Session(Protocol):
    def health(self) -> IngestHealth: ...
    def kick(self) -> None: ...


sessions: dict[str, Session] = {}  # by channel id; written by the ingest role only


def health(channel_id: str) -> IngestHealth | None:
    """How the incoming stream is doing; None when nobody is publishing."""
    session = sessions.get(channel_id)
    return session.health() if session is not None else None
