"""Files that are bought: kept apart from public uploads, and handed out to whoever has the right.

A download is counted where it begins, which gives a link that is good for an hour: within that it
may be fetched again, after a lost connection say. Each fetch asks for the right, so that a refund
ends it at once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core import signing
from django.db.models import F
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, User
from showfloor.accounts.transactions import verb, write
from showfloor.checkout import entitlements, order_links, queries
from showfloor.checkout.entitlement_models import DownloadFile, Entitlement, EntitlementKind
from showfloor.checkout.models import Order
from showfloor.kernel.errors import Conflict, NotFound

GOOD_FOR_S: Final = 3600
PER_UNIT: Final = 10  # downloads of each unit that was bought
SHOWN_MAX: Final = 200
_SIGNER: Final = signing.TimestampSigner(salt="showfloor.download")


@dataclass(frozen=True, slots=True)
class Download:
    """A file that somebody may download. `path` takes a POST that begins it."""

    title: str
    name: str
    bytes: int
    left: int
    until: datetime | None
    path: str


def of_order(order: Order, now: datetime) -> list[Download]:
    """Return the files of an order whose rights are in force."""
    rows = entitlements.in_force(order.brand_id, now).filter(order_line__order=order)
    return _downloads(order.brand_id, list(_of_files(rows)))


def of_person(user: User, brand: Brand, now: datetime) -> list[Download]:
    """Return the files of all orders of a signed-in person at a brand, the latest first."""
    own = queries.orders_of(user, brand).values("pk")
    rows = entitlements.in_force(brand.pk, now).filter(order_line__order__in=own)
    return _downloads(brand.pk, list(_of_files(rows)))


@verb
def begin(order: Order, entitlement_id: str, now: datetime) -> str:
    """Count a download of an order's right and return its link. NotFound for a right that is not in
    force or has no file; Conflict `downloads-used` when all of them were begun."""
    rows = entitlements.in_force(order.brand_id, now).filter(order_line__order=order)
    found = _of_files(rows).filter(pk=entitlement_id).first()
    if found is None or _file(found) is None:
        raise _no_such_file()
    with write():
        counted = Entitlement.objects.for_brand(order.brand_id).filter(
            pk=found.pk, downloads__lt=_most(found)
        )
        if not counted.update(downloads=F("downloads") + 1):
            raise Conflict(
                _("All downloads of this file are used. Write to us if you need it again."),
                code="downloads-used",
            )
    return f"/files/{_SIGNER.sign(found.pk)}"


def open_link(signed: str, now: datetime) -> DownloadFile:
    """Return the file of a link; NotFound for a link that was made up or is over an hour old, and
    for a right that was taken back."""
    try:
        entitlement_id = _SIGNER.unsign(signed, max_age=GOOD_FOR_S)
    except signing.BadSignature:
        raise NotFound(
            _("This link has run out. Begin the download on the page of your order once more."),
            code="link-expired",
        ) from None
    known = Entitlement.objects.all_brands().filter(pk=entitlement_id).first()
    found = None
    if known is not None:
        found = entitlements.in_force(known.brand_id, now).filter(pk=known.pk).first()
    file = _file(found) if found is not None else None
    if file is None:
        raise _no_such_file()
    return file


def is_owed(file: DownloadFile, now: datetime) -> bool:
    """Return whether a right in force names a file: whoever paid for it is to get it."""
    rights = entitlements.in_force(file.brand_id, now)
    return rights.filter(kind=EntitlementKind.DOWNLOAD, target=file.name).exists()


def _of_files(rows: entitlements.Rows) -> entitlements.Rows:
    return rows.filter(kind=EntitlementKind.DOWNLOAD).select_related("order_line__order")


def _file(row: Entitlement) -> DownloadFile | None:
    return DownloadFile.objects.for_brand(row.brand_id).filter(name=row.target).first()


def _most(row: Entitlement) -> int:
    left: int = row.left  # type: ignore[attr-defined]  # by the annotation
    return PER_UNIT * left


def _downloads(brand_id: str, rows: list[Entitlement]) -> list[Download]:
    rows = sorted(rows, key=lambda row: (row.granted_at, row.pk), reverse=True)[:SHOWN_MAX]
    files = {
        one.name: one
        for one in DownloadFile.objects.for_brand(brand_id).filter(
            name__in=[row.target for row in rows]
        )
    }
    return [
        Download(
            row.title, row.target, files[row.target].bytes, max(0, _most(row) - row.downloads),
            row.until, f"{order_links.path_of(row.order_line.order)}/files/{row.pk}",
        )
        for row in rows
        if row.target in files
    ]  # fmt: skip


def _no_such_file() -> NotFound:
    return NotFound(_("There is no such file, or the right to it has ended."))
