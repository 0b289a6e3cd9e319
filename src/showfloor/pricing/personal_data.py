"""Personal data of prices and taxes: who used which voucher, and checked VAT numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.slices import Erasure, PersonalColumns
from showfloor.pricing.vouchers.models import VoucherUse


@verb
def erase(order: Erasure) -> Mapping[str, int]:
    """Empty the person's name and address in the uses of vouchers; the uses still count."""
    with write():
        uses = VoucherUse.objects.for_brand(order.brand_id).filter(owner=order.subject)
        return {"voucher_uses": uses.update(owner="", email="")}


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the vouchers that this person used."""
    uses = VoucherUse.objects.for_brand(brand_id).filter(owner=subject)
    return {
        "voucher_uses": row_values(
            uses, code="voucher__code", state="state", discount="discount", created_at="created_at"
        )
    }


COLUMNS: Final = (
    PersonalColumns(
        "pricing.VoucherUse", ("owner", "email"),
        "to count how often one person uses a voucher", "until the voucher is deleted",
        "emptied; the use still counts",
    ),
    PersonalColumns(
        "pricing.VatCheck", ("number", "consultation"),
        "the proof that a buyer's VAT number was valid", "vat_checks",
        "kept, because the tax office asks for it: the row names no person",
    ),
)  # fmt: skip
