"""The state of one restream, as the producer sees it."""

from dataclasses import dataclass
from enum import StrEnum


class RestreamState(StrEnum):
    """`waiting` for a picture of the show, `connecting`, `live`, `slate` while the encoder is away,
    or `failed` until the next try."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    LIVE = "live"
    SLATE = "slate"
    FAILED = "failed"


class RestreamFault(StrEnum):
    """The reason why a destination does not take the stream; `detail` is its own word."""

    ADDRESS = "address"  # it has none, or one that is not on the open internet
    UNREACHABLE = "unreachable"
    TLS = "tls"
    SILENT = "silent"  # connected, and it says nothing
    PROTOCOL = "protocol"  # it does not speak RTMP
    REJECTED = "rejected"
    CUT = "cut"  # it took media, and then ended the connection
    STALLED = "stalled"  # it stopped taking media
    SOUND = "sound"  # the sound cannot be converted for it
    KEY = "key"  # sealed with a secret that the server has lost


@dataclass(frozen=True, slots=True)
class RestreamStatus:
    """`kbps`: sent in the last seconds; `skipped`: packets that a slow destination has missed;
    `attempts`: failed ones since it last went well; `since`: of the state, ISO 8601;
    `slate_left_s`: for so long the slate goes on."""

    destination_id: str
    state: str
    fault: str = ""
    detail: str = ""
    since: str = ""
    attempts: int = 0
    kbps: int = 0
    skipped: int = 0
    slate_left_s: int = 0
