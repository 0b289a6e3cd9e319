"""What is kept, and for how long. Each room says it of its own rows; a job forgets the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

BATCH: Final = 500  # rows in one transaction
DAYS_MAX: Final = 36_500


@dataclass(frozen=True, slots=True)
class Keep:
    """One class of rows. `forget` deletes those of before a time, at most so many, in one
    transaction; how many it were."""

    name: str
    days: int  # 0: until it is over by itself
    forget: Callable[[datetime, int], int]
    every_s: float = 60.0
