"""The roles of the two encoders that may send one show, and how a stream key names them.

The backup sends the show's key with `-backup` behind it. So there is one secret for each show, one
rotation cuts both encoders, and the suffix goes through every protocol's idea of a key.
"""

from enum import StrEnum
from typing import Final

BACKUP_SUFFIX: Final = "-backup"


class SourceRole(StrEnum):
    PRIMARY = "primary"
    BACKUP = "backup"


def of_key(sent: str) -> tuple[str, SourceRole]:
    """Return the stream key in what an encoder sent, and the role that it takes."""
    key = sent.removesuffix(BACKUP_SUFFIX)
    return key, SourceRole.PRIMARY if key == sent else SourceRole.BACKUP


def backup_key(key: str) -> str:
    """Return what the backup encoder sends."""
    return key + BACKUP_SUFFIX
