"""People who take deals, and the words about it."""

from datetime import datetime, timedelta
from typing import Any

from showfloor.accounts.models import User
from showfloor.accounts.tokens import Claims
from showfloor.catalogue.models import Variant
from showfloor.deals import deciding, services
from showfloor.deals.commands import perform
from showfloor.deals.models import Deal, DealRequest
from showfloor.deals.rules import DealDraft
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from showfloor.timeline.commands import Command, Outcome
from tests.support.shows import product_ids

NOW = timedelta()


def variants(show: Show) -> list[Variant]:
    rows = Variant.objects.for_brand(show.brand_id).filter(product__in=product_ids(show))
    return sorted(rows, key=lambda one: one.pk)


def prepared(show: Show, **fields: Any) -> Deal:
    """A deal of the first variant at 15 EUR, of three units, one for each person."""
    given = {"amount": 1500, "units_max": 3, "per_person": 1, **fields}
    ids = given.pop("variant_ids", [variants(show)[0].pk])
    return services.create(show, DealDraft("Lips for less", ids, **given))


def opened(show: Show, by: User, *, ago_s: float = 0, **fields: Any) -> Deal:
    """The same, open since a picture some seconds ago."""
    deal = prepared(show, **fields)
    services.open_deal(show, deal.pk, utc_now(), 0, by)
    if ago_s:
        back = timedelta(seconds=ago_s)
        row = Deal.objects.all_brands().get(pk=deal.pk)
        assert row.opens_at is not None and row.ends_at is not None  # noqa: PT018
        Deal.objects.all_brands().filter(pk=deal.pk).update(
            opens_at=row.opens_at - back, ends_at=row.ends_at - back
        )
    return Deal.objects.all_brands().get(pk=deal.pk)


def tap(deal: Deal, viewer: Claims, *, behind_s: float = 0, id: str = "", **fields: Any) -> Command:
    """A tap that arrives now at the picture of some seconds ago."""
    now_ms = to_epoch_ms(utc_now())
    items = deal.items.all()
    body = {
        "deal_id": deal.pk, "variant_id": items[0].variant_id,
        "picture_ms": now_ms - int(behind_s * 1000), **fields,
    }  # fmt: skip
    return Command(id or new_id(), "deal.take", body, viewer, deal.show_id, "en", arrived_ms=now_ms)


def take(deal: Deal, *taps: Command) -> list[Outcome]:
    return perform(deal.show_id, taps)


def decide(at: datetime | None = None) -> None:
    """Do what is due; by then every window is over."""
    deciding.run(at or utc_now() + timedelta(seconds=40))


def states(deal: Deal) -> dict[str, str]:
    rows = DealRequest.objects.all_brands().filter(deal=deal)
    return dict(rows.values_list("owner", "state"))


def told(show: Show, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    entries = timeline.read(show.timeline_id, 0, 200)
    return [(one.kind, dict(one.body)) for one in entries if one.kind in kinds]


def news(viewer: Claims) -> list[tuple[str, dict[str, Any]]]:
    entries = personal_stream.read(viewer.brand, viewer.sub)
    return [(one.kind, dict(one.body)) for one in entries]
