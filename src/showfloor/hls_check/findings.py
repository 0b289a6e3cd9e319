"""Findings of the check: which rule is broken, where, and how much it matters."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    ERROR = "error"  # MUST: some player fails
    WARNING = "warning"  # SHOULD, or a requirement of the low-latency profile's surroundings
    HINT = "hint"  # a recommendation


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of draft-pantos-hls-rfc8216bis-22; `clause` is its section, `says` what it asks."""

    name: str
    clause: str
    severity: Severity
    says: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule. `line`: in the playlist at `url`, from 1; 0 for the response as a whole."""

    rule: Rule
    url: str
    line: int = 0
    detail: str = ""


def error(name: str, clause: str, says: str) -> Rule:
    return Rule(name, clause, Severity.ERROR, says)


def warning(name: str, clause: str, says: str) -> Rule:
    return Rule(name, clause, Severity.WARNING, says)


def hint(name: str, clause: str, says: str) -> Rule:
    return Rule(name, clause, Severity.HINT, says)


_EXIT_CODES: Final = {Severity.HINT: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def exit_code(findings: list[Finding]) -> int:
    """Return 2 with an error among the findings, else 1 with a warning, else 0."""
    return max((_EXIT_CODES[finding.rule.severity] for finding in findings), default=0)
