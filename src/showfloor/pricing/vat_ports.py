"""The port of registers of VAT numbers, without Django."""

from dataclasses import dataclass
from typing import Protocol

from showfloor.legal.vat_format import RegisterNumber


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """`consultation`: the register's number of this question, empty without a requester."""

    is_valid: bool
    consultation: str = ""


class NoAnswer(Exception):
    """The register does not answer now."""


class Register(Protocol):
    """A register of VAT numbers."""

    def look_up(
        self, number: RegisterNumber, requester: RegisterNumber | None
    ) -> RegisterAnswer: ...
