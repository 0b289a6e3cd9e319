"""The history of prices: a row for each change, which nobody changes afterwards."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, override

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts import batch_sql
from showfloor.accounts.scoping import BrandOwned
from showfloor.kernel.ids import new_id
from showfloor.kernel.listeners import Listeners

_COLUMNS: Final = {
    "id": "text", "brand_id": "text", "variant_id": "text", "currency": "text",
    "amount": "bigint", "compare_at": "bigint", "at": "timestamptz",
}  # fmt: skip

# Told of the variants whose price has changed, inside the transaction that changes it.
on_change: Listeners[Sequence[str]] = Listeners()


class PriceChange(BrandOwned):
    """From `at` on, a variant has this price in this currency; `amount` None: none any more. What
    a list of prices adds for a time has a history of its own (`pricing.PriceListItem`)."""

    variant = models.ForeignKey(
        "catalogue.Variant", on_delete=models.CASCADE, related_name="price_changes",
        verbose_name=_("variant"),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.PositiveBigIntegerField(_("price, minor units"), null=True, blank=True)
    compare_at = models.PositiveBigIntegerField(
        _("price before, minor units"), null=True, blank=True
    )
    at = models.DateTimeField(_("from"))

    class Meta(BrandOwned.Meta):
        ordering = ["-at", "-pk"]
        verbose_name = _("price change")
        verbose_name_plural = _("price history")
        indexes = [models.Index(fields=["variant", "currency", "at"], name="price_history")]

    @override
    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def record(prices: Iterable[Any], at: datetime, *, are_gone: bool = False) -> None:
    """Add the prices of these rows to the history, and tell of them. A row's variant says the
    brand."""
    told = list(prices)
    rows = [
        (
            new_id(), price.variant.brand_id, price.variant_id, price.currency,
            None if are_gone else price.amount, None if are_gone else price.compare_at, at,
        )
        for price in told
    ]  # fmt: skip
    with connection.cursor() as cursor:
        batch_sql.insert(cursor, "catalogue_pricechange", _COLUMNS, rows)
    on_change.tell([price.variant_id for price in told])
