"""The lists of prices whose first or last moment has passed and was not announced yet."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from showfloor.pricing.models import PriceList, PriceListItem

LISTS_MAX = 50  # at one look


def waiting(now: datetime) -> list[str]:
    """Return the ids of lists, of all brands, with something to announce."""
    return list(_due(now).order_by("starts_at").values_list("pk", flat=True)[:LISTS_MAX])


def take(list_id: str, now: datetime) -> list[str] | None:
    """Mark a list as announced, in the open transaction; return the variants on it, None where
    another process was first."""
    if not _due(now).filter(pk=list_id).update(announced_at=now):
        return None
    items = PriceListItem.objects.all_brands().filter(price_list=list_id)
    return sorted(set(items.values_list("variant_id", flat=True)))


def _due(now: datetime) -> QuerySet[PriceList]:
    """Return the lists that began or ended since they were last announced."""
    unsaid = Q(announced_at__isnull=True)
    began = Q(starts_at__lte=now) & (unsaid | Q(announced_at__lt=F("starts_at")))
    ended = Q(ends_at__lte=now) & (unsaid | Q(announced_at__lt=F("ends_at")))
    return PriceList.objects.all_brands().filter(began | ended, published=True)
