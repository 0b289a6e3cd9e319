"""Retention of checked VAT numbers."""

from datetime import datetime

from showfloor.accounts.row_deletion import delete_some
from showfloor.kernel.retention import Keep
from showfloor.pricing.models import VatCheck


def _forget_checks(before: datetime, limit: int) -> int:
    over = VatCheck.objects.all_brands().filter(checked_at__lt=before)
    return delete_some(over.order_by("checked_at"), limit)


# The proof of an exemption is kept as long as the invoice (ten years and the running one).
KEPT = [Keep("vat_checks", 4018, _forget_checks)]
