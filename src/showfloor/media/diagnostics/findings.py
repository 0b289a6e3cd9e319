"""Findings about a stream or its machine: a code, a level, a figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    FAIR = "fair"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. The code's words name the unit of `figure`."""

    code: str
    level: Level
    figure: float = 0.0


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.level is not Level.BAD)
