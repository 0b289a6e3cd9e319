"""The roles of the two encoders that may send one show, and how a stream key names them.

The backup sends the show's key with `-backup` behind it, and an encoder that was told to make the
ladder itself (`media.obs`) with `-ladder` behind that. So there is one secret for each show, one
rotation cuts both encoders, and the suffix goes through every protocol's idea of a key.
"""

from enum import StrEnum
from typing import Final

BACKUP_SUFFIX: Final = "-backup"


LADDER_SUFFIX: Final = "-ladder"


class SourceRole(StrEnum):
    PRIMARY = "primary"
    BACKUP = "backup"


def of_key(sent: str) -> tuple[str, SourceRole]:
    """Return the stream key in what an encoder sent, and the role that it takes."""
    whole = sent.removesuffix(LADDER_SUFFIX)
    key = whole.removesuffix(BACKUP_SUFFIX)
    return key, SourceRole.PRIMARY if key == whole else SourceRole.BACKUP


def brings_ladder(sent: str) -> bool:
    """Return whether the encoder says that it makes all pictures of the ladder itself."""
    return sent.endswith(LADDER_SUFFIX)


def ladder_key(key: str) -> str:
    """Return what an encoder sends that makes all pictures itself."""
    return key.removesuffix(LADDER_SUFFIX) + LADDER_SUFFIX


def backup_key(key: str) -> str:
    """Return what the backup encoder sends."""
    return key + BACKUP_SUFFIX
