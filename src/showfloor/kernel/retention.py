"""Classes of rows that are kept for a time: each room declares its own, and a job deletes older
rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

BATCH: Final = 500  # rows in one transaction
DAYS_MAX: Final = 36_500


@dataclass(frozen=True, slots=True)
class Keep:
    """One class of rows. `forget` deletes rows from before a time, up to a number, in one
    transaction, and returns how many."""

    name: str
    days: int  # 0: until the rows end by themselves
    forget: Callable[[datetime, int], int]
    every_s: float = 60.0
