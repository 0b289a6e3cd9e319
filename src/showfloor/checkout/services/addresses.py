"""The addresses that members keep for later purchases."""

from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb, write
from showfloor.checkout import rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import SavedAddress
from showfloor.kernel.errors import Conflict, Forbidden, NotFound
from showfloor.kernel.ids import is_id

ADDRESSES_MAX: Final = 20  # of one member
FIELDS: Final = ("name", "line1", "line2", "postal_code", "city", "region", "country")


def of(buyer: Buyer) -> list[SavedAddress]:
    """Return the member's addresses, the default one first; none for a guest."""
    if not buyer.is_known:
        return []
    return list(SavedAddress.objects.for_brand(buyer.brand).filter(owner=buyer.owner))


@verb
def save(
    buyer: Buyer, details: rules.Details, now: datetime, *, address_id: str = "",
    is_default: bool | None = None,
) -> list[SavedAddress]:  # fmt: skip
    """Keep a new address, or change one; Invalid names a field that is missing or wrong. The first
    address is the default one. Forbidden for a guest, NotFound, Conflict for too many."""
    if not buyer.is_known:
        raise Forbidden(_("Sign in to keep addresses."), code="members-only")
    cleaned = rules.clean_details(details)
    with write():
        kept = list(_rows(buyer).select_for_update())
        row = _found(kept, address_id) if address_id else _new(buyer, kept, now)
        for name in FIELDS:
            setattr(row, name, cleaned.get(name, getattr(row, name)))
        row.region = rules.region(row.country, row.region)
        row.postal_code = rules.postal_code(row.country, row.postal_code, row.region)
        rules.check_recipient({name: getattr(row, name) for name in FIELDS})
        if is_default is not None:
            row.is_default = is_default
        if not any(one.is_default for one in kept if one is not row):
            row.is_default = True
        if row.is_default:
            _rows(buyer).exclude(pk=row.pk).update(is_default=False)
        row.save()
    return of(buyer)


@verb
def delete(buyer: Buyer, address_id: str) -> list[SavedAddress]:
    """Delete an address; the oldest of the others becomes the default one in its place."""
    with write():
        kept = list(_rows(buyer).select_for_update())
        row = _found(kept, address_id)
        row.delete()
        rest = [one for one in kept if one is not row]
        if row.is_default and rest:
            _rows(buyer).filter(pk=rest[0].pk).update(is_default=True)
    return of(buyer)


def _rows(buyer: Buyer) -> QuerySet[SavedAddress]:
    return SavedAddress.objects.for_brand(buyer.brand).filter(owner=buyer.owner)


def _found(kept: list[SavedAddress], address_id: str) -> SavedAddress:
    for row in kept:
        if row.pk == address_id and is_id(address_id):
            return row
    raise NotFound(_("There is no such address."))


def _new(buyer: Buyer, kept: list[SavedAddress], now: datetime) -> SavedAddress:
    if len(kept) >= ADDRESSES_MAX:
        raise Conflict(_("You keep many addresses. Delete one first."), code="too-many")
    return SavedAddress(brand=buyer.brand, owner=buyer.owner, created_at=now)
