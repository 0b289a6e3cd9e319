"""A measured figure, and the arithmetic of many."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


class CannotMeasure(Exception):
    """The figure cannot be measured here; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its name, value and unit. `target`: the wanted value as text; a baseline has
    none."""

    name: str
    value: float
    unit: str
    target: str = ""

    def line(self) -> str:
        return f"{self.name} {self.value:.3f} {self.unit}" + (
            f"  # target {self.target}" if self.target else ""
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0–1) of the values lie, by the nearest rank."""
    assert values, "a percentile of nothing"
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
