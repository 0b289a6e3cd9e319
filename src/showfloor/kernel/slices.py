"""Slices: how a room says once what it brings. The composition goes over the list of slices
(`site.slices`) and knows no room by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from showfloor.kernel.jobs import Job
from showfloor.kernel.retention import Keep


@dataclass(frozen=True, slots=True)
class Erasure:
    """An order to erase one person at one brand."""

    brand_id: str
    subject: str  # a token's `sub`
    by: str = ""  # the `sub` of the member of staff who asked; empty: nobody of the brand


@dataclass(frozen=True, slots=True)
class PersonalColumns:
    """Columns of one table that hold data about people, as the table of personal data lists them.

    `kept` is the name of a class of rows in `keeps`, or says in words how long a row stays.
    """

    table: str  # `app.Model`
    columns: Sequence[str]
    purpose: str
    kept: str
    erased: str  # what an erasure does with them


def _nothing(_erasure: Erasure) -> Mapping[str, int]:
    """Erase nothing, for a slice that keeps nothing about people."""
    return {}


def _no_rows(_brand_id: str, _subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return {}


@dataclass(frozen=True, slots=True)
class PersonalData:
    """The personal data of a slice, and how they are erased and taken out.

    `erase` opens its own transactions, bounded ones; what is done in one stays done when a later
    one fails, and erasing again goes on from there. It returns how many rows of which class it
    found. `take_out` returns the person's rows by the name of their class, with JSON values, for
    brand id and `sub`. `keeps` says how long each class of rows is kept, `columns` where the data
    stand.
    """

    erase: Callable[[Erasure], Mapping[str, int]] = _nothing
    take_out: Callable[[str, str], Mapping[str, Sequence[Mapping[str, Any]]]] = _no_rows
    keeps: Sequence[Keep] = ()
    columns: Sequence[PersonalColumns] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice, as it registers itself. A slice that takes part in shows is a
    `shows.slices.ShowSlice`, which adds entries, commands and its part of the snapshot."""

    name: str
    jobs: Sequence[Job] = ()
    privacy: PersonalData = PersonalData()


_installed: tuple[Slice, ...] = ()


def install(slices: Sequence[Slice]) -> None:
    """Set the slices of this installation. The composition calls it once, at start."""
    global _installed
    names = [one.name for one in slices]
    assert len(names) == len(set(names)), "two slices have the same name"
    _installed = tuple(slices)


def installed() -> Sequence[Slice]:
    """Return the slices of this installation, the lower rooms first."""
    return _installed
