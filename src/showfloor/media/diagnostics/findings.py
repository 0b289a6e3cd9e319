"""What is wrong with a stream or its machine: a code, how bad it is, a figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    FAIR = "fair"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """`figure`: in the unit that the code's words name."""

    code: str
    level: Level
    figure: float = 0.0


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.level is not Level.BAD)
