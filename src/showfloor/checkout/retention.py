"""How long it is kept what was not bought, and what was only needed to buy. Orders and payments are
the brand's books: they stay."""

from datetime import datetime

from showfloor.accounts.transactions import verb, write
from showfloor.checkout.models import (
    Cart,
    Checkout,
    CheckoutState,
    WebhookInbox,
)
from showfloor.kernel.retention import Keep


@verb
def _forget_carts(before: datetime, limit: int) -> int:
    with write():
        rows = Cart.objects.all_brands()
        old = rows.filter(updated_at__lt=before).order_by("updated_at")
        ids = list(old.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids, updated_at__lt=before).delete()
    return len(ids)


@verb
def _forget_checkouts(before: datetime, limit: int) -> int:
    """Those that became no order, with what was typed into them. An attempt to pay is kept, and
    its checkout with it."""
    with write():
        rows = Checkout.objects.all_brands()
        ended = rows.filter(state__in=[CheckoutState.ABANDONED, CheckoutState.EXPIRED])
        old = ended.filter(expires_at__lt=before, payments__isnull=True).order_by("expires_at")
        ids = list(old.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids).delete()
    return len(ids)


@verb
def _forget_webhooks(before: datetime, limit: int) -> int:
    """A provider sends a notice again for days; what it did is an event of the payment."""
    with write():
        rows = WebhookInbox.objects.all_brands()
        old = rows.filter(received_at__lt=before).order_by("received_at")
        ids = list(old.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids).delete()
    return len(ids)


KEPT = [
    Keep("carts", 180, _forget_carts),
    Keep("checkouts", 30, _forget_checkouts),
    Keep("webhooks", 90, _forget_webhooks),
]
