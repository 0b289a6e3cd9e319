"""Records of a product file, before they are compared with the catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from showfloor.catalogue.amounts import DecimalSign


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings by which a file is read. `currency`: the brand's own; `decimal_sign` None: not
    known, amounts with two readings are refused; `now` decides whether a sale price is in force."""

    currency: str
    now: datetime
    decimal_sign: DecimalSign | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not imported. `line` is the file's line on which the row begins, `ref` its
    name in the file: a file of one line has no other way to find it."""

    line: int
    reason: str
    ref: str = ""


class LastRejection(Rejection):
    """The row at which reading ended: what follows is not known."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something of a row that was not taken over, or not as it stands; the row itself was."""

    line: int
    text: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class VariantRecord:
    """One thing to sell. `price`, `compare_at`: minor units of `currency`; `quantity` None: the
    file does not say how many there are."""

    line: int
    sku: str
    options: dict[str, str]
    price: int
    currency: str
    compare_at: int | None = None
    quantity: int | None = None
    barcode: str = ""
    image_url: str = ""
    swatch: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A product and those of its variants that stand together in the file.

    A later record of the same `reference` adds variants. None: the file does not say.
    """

    line: int
    reference: str
    name: str | None = None
    vendor: str | None = None
    description: str | None = None  # HTML as the file has it
    category: str | None = None  # a path, `values.category_path`
    public_url: str | None = None
    image_url: str | None = None
    published: bool | None = None
    more_images: tuple[str, ...] | None = None
    variants: tuple[VariantRecord, ...] = field(default=())
    notes: tuple[str, ...] = ()


type Record = ProductRecord | Rejection
type Records = Iterator[Record]


class BadRow(ValueError):
    """Why a row can't be imported, in words for the person who made the file."""
