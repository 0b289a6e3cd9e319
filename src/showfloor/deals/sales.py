"""Deals without a limit are sales: a list of prices for their time, so that every page, cart and
checkout has the price, the history of prices knows of it, and open pages are told by the job of all
lists. It lasts for the window longer than the deal's picture, for viewers who are that far
behind."""

from datetime import datetime, timedelta

from showfloor.deals.models import Deal, DealItem
from showfloor.kernel.clock import utc_now
from showfloor.pricing import price_lists
from showfloor.pricing.models import PriceList, PriceListKind


def begin(deal: Deal) -> PriceList:
    """Make the deal's list of prices, in the open transaction."""
    assert deal.opens_at is not None and deal.ends_at is not None, "announced"  # noqa: PT018
    row = PriceList(
        brand_id=deal.show.brand_id, name=deal.title, label=deal.title[:60],
        kind=PriceListKind.SALE, currency=deal.currency, starts_at=deal.opens_at,
        ends_at=_end_of(deal, deal.ends_at), published=True,
    )  # fmt: skip
    row.save()
    for one in DealItem.objects.all_brands().filter(deal=deal):
        price_lists.put_on(row, [one.variant_id], amount=one.amount, now=deal.opens_at)
    return row


def end(deal: Deal, picture: datetime) -> None:
    """End the deal's list at a picture, for everybody within the window after it."""
    _set_end(deal, _end_of(deal, picture))


def go_on(deal: Deal) -> None:
    """Let the deal's list last until the announced end again."""
    assert deal.ends_at is not None, "announced"
    _set_end(deal, _end_of(deal, deal.ends_at))


def withdraw(deal: Deal) -> None:
    """End the list at once; one that has changed no price yet is gone."""
    now = utc_now()
    if deal.price_list is not None and deal.price_list.starts_at >= now:
        deal.price_list.delete()
        deal.price_list = None
    else:
        _set_end(deal, now)


def _set_end(deal: Deal, ends_at: datetime) -> None:
    row = deal.price_list
    if row is None:
        return
    row.ends_at = max(ends_at, row.starts_at + timedelta(milliseconds=1))
    row.announced_at = None
    row.save(update_fields=["ends_at", "announced_at"])


def _end_of(deal: Deal, picture: datetime) -> datetime:
    return picture + timedelta(milliseconds=deal.window_ms)
