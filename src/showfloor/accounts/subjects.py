"""`Subject`: the id under which a guest, a member or a staff member acts at a brand.

A viewer token carries it as `sub`, tables and entries store it as text. No Django here: the hot
path asks the same questions.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, Self, override

from showfloor.kernel.ids import is_id

PARSED_MAX: Final = 32_768  # subjects that a process keeps, some 10 MB


class SubjectKind(StrEnum):
    """The letter that a subject's text begins with."""

    GUEST = "g"
    MEMBER = "m"
    STAFF = "u"

    @property
    def prefix(self) -> str:
        """Return what the text of every such subject begins with, for queries over columns."""
        return f"{self.value}:"


@dataclass(frozen=True, slots=True)
class Subject:
    """`g:<guest's id>`, `m:<member's id>` or `u:<user's id>`.

    A reader without a token is a guest with an empty id (`NAMELESS`).
    """

    kind: SubjectKind
    id: str

    @classmethod
    @lru_cache(maxsize=PARSED_MAX)  # each command of a person asks some five times
    def parse(cls, text: str) -> Self:
        """Return the subject that `text` names; ValueError for text of another form."""
        kind, colon, key = text.partition(":")
        if not colon:
            raise ValueError(f"not a subject: {text!r}")
        return cls(SubjectKind(kind), key)

    @classmethod
    def parse_person(cls, text: str) -> Self | None:
        """Return the subject of one person; None when `text`, which somebody typed or sent, cannot
        name one."""
        try:
            found = cls.parse(text)
        except ValueError:
            return None
        return found if is_id(found.id) else None

    @classmethod
    def guest(cls, guest_id: str) -> Self:
        return cls(SubjectKind.GUEST, guest_id)

    @classmethod
    def member(cls, member_id: str) -> Self:
        return cls(SubjectKind.MEMBER, member_id)

    @classmethod
    def staff(cls, user_id: str) -> Self:
        return cls(SubjectKind.STAFF, user_id)

    @property
    def is_guest(self) -> bool:
        return self.kind is SubjectKind.GUEST

    @property
    def is_member(self) -> bool:
        return self.kind is SubjectKind.MEMBER

    @property
    def is_staff(self) -> bool:
        return self.kind is SubjectKind.STAFF

    @property
    def is_nameless(self) -> bool:
        """Return whether this is no particular person: a reader who sent no token."""
        return not self.id

    @override
    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


NAMELESS: Final = str(Subject.guest(""))
