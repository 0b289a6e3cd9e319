"""Retention of return labels whose return is never closed. Orders, parcels and refunds are the
brand's books: they stay."""

from datetime import datetime
from typing import Final

from showfloor.accounts.row_deletion import delete_some
from showfloor.fulfilment.return_models import ReturnLabel
from showfloor.kernel.retention import Keep


def _forget_labels(before: datetime, limit: int) -> int:
    """Delete labels: a carrier takes none that is so old, and the return still stands."""
    old = ReturnLabel.objects.all_brands().filter(added_at__lt=before)
    return delete_some(old.order_by("added_at"), limit)


KEPT: Final = (Keep("return_labels", 180, _forget_labels, every_s=3600.0),)
