"""Alarms of low stock: raised in the transaction in which free units fall to the threshold, told to
staff by a job.

A variant is told about once for each crossing. Its alarm stays open until units come in, so that
a checkout that runs out and begins again does not tell it twice.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from showfloor.accounts import account_mails, batch_sql, brand_mail, brand_urls
from showfloor.accounts.models import Brand, Role, StaffRole
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.stock import rules
from showfloor.stock.counters import Change
from showfloor.stock.models import LowStockAlarm, Stock, StockSettings

TOLD_AT_ONCE_MAX = 200  # variants in one mail
_ALARM = {
    "id": "text", "stock_id": "text", "raised_at": "timestamptz", "available": "int",
    "threshold": "int",
}  # fmt: skip


def watch(changes: Sequence[Change]) -> None:
    """Listen to `stock.on_change`. No statement runs for changes that cross no threshold."""
    now = utc_now()
    ended = [
        one.stock_id
        for one in changes
        if one.came_in and one.low_at is not None and one.after > one.low_at
    ]
    raised = [one for one in changes if rules.crosses(one.before, one.after, one.low_at)]
    if ended:
        open_ones = LowStockAlarm.objects.all_brands().filter(ended_at__isnull=True)
        open_ones.filter(stock__in=ended).update(ended_at=now)
    if raised:
        with connection.cursor() as cursor:
            batch_sql.insert(
                cursor, "stock_lowstockalarm", _ALARM,
                [(new_id(), one.stock_id, now, one.after, one.low_at) for one in raised],
                "ON CONFLICT (stock_id) WHERE ended_at IS NULL DO NOTHING",
            )  # fmt: skip


def only_low(rows: QuerySet[Stock]) -> QuerySet[Stock]:
    """Return those of the rows that are at their threshold or below, of variants that are sold."""
    own = StockSettings.objects.all_brands().filter(brand=OuterRef("brand"))
    rows = rows.annotate(
        threshold=Coalesce(F("low_at"), Subquery(own.values("low_at")[:1])),
        free_units=F("on_hand") - F("reserved"),
    )
    return rows.filter(free_units__lte=F("threshold"), variant__archived=False)


@verb
def review(brand_id: str) -> int:
    """Raise the alarms of levels that are low already, after a threshold was changed, and end those
    of levels that are not low any more; return how many were raised."""
    with write():
        now, low = utc_now(), list(only_low(Stock.objects.for_brand(brand_id)))
        open_ones = LowStockAlarm.objects.for_brand(brand_id).filter(ended_at__isnull=True)
        open_ones.exclude(stock__in=[row.pk for row in low]).update(ended_at=now)
        known = set(open_ones.values_list("stock", flat=True))
        new = [
            LowStockAlarm(
                stock=row, raised_at=now, available=row.available,
                threshold=row.threshold,  # type: ignore[attr-defined]  # by the annotation
            )
            for row in low
            if row.pk not in known
        ]  # fmt: skip
        LowStockAlarm.objects.all_brands().bulk_create(new, ignore_conflicts=True)
    return len(new)


def tell_staff(now: datetime | None = None) -> int:
    """Mail the alarms that nobody was told of, one mail for each brand and person; return how many
    alarms were told."""
    untold = LowStockAlarm.objects.all_brands().filter(told_at__isnull=True)
    rows = untold.select_related("stock__variant__product").order_by("raised_at")
    by_brand: dict[str, list[LowStockAlarm]] = defaultdict(list)
    for alarm in rows[:TOLD_AT_ONCE_MAX]:
        by_brand[alarm.stock.brand_id].append(alarm)
    return sum(_tell(brand_id, some, now or utc_now()) for brand_id, some in by_brand.items())


@verb
def _tell(brand_id: str, alarms: list[LowStockAlarm], now: datetime) -> int:
    with write():
        untold = LowStockAlarm.objects.for_brand(brand_id).filter(
            pk__in=[one.pk for one in alarms], told_at__isnull=True
        )
        ids = set(untold.select_for_update().values_list("pk", flat=True))
        LowStockAlarm.objects.for_brand(brand_id).filter(pk__in=ids).update(told_at=now)
        mine = [one for one in alarms if one.pk in ids]
        if mine and _mails(brand_id):
            brand = Brand.objects.get(pk=brand_id)
            with translation.override(brand.language):
                headline, text = _mail(mine)
                for address in _recipients(brand_id):
                    account_mails.queue(brand_mail.compose(brand, headline, text, address))
    return len(mine)


def _mails(brand_id: str) -> bool:
    found = StockSettings.objects.for_brand(brand_id).values_list("mails_alarms", flat=True)
    return found.first() is not False


def _recipients(brand_id: str) -> list[str]:
    roles = StaffRole.objects.for_brand(brand_id).filter(
        role__in=[Role.OWNER, Role.PRODUCER], user__is_active=True
    )
    return list(roles.order_by("pk").values_list("user__email", flat=True))


def _mail(alarms: Sequence[LowStockAlarm]) -> tuple[str, str]:
    headline = ngettext(
        "%(count)d variant is running low", "%(count)d variants are running low", len(alarms)
    ) % {"count": len(alarms)}
    lines = [
        _("%(name)s (%(sku)s): %(count)d available") % {
            "name": one.stock.variant.product.name, "sku": one.stock.variant.sku,
            "count": one.available,
        }
        for one in alarms
    ]  # fmt: skip
    page = brand_urls.origin(None) + reverse("admin:stock_lowstockalarm_changelist")
    return headline, "\n".join(lines) + f"\n\n{page}\n"
