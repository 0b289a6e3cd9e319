"""Products of a feed that a file of it lacks.

A product belongs to the feed that named it last. What a run hides, a later one that names it again
publishes again; a product that a person hid stays hidden.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb, write
from showfloor.catalogue import feed_rules, sale_guards
from showfloor.catalogue.feed_models import Feed, Missing
from showfloor.catalogue.importing.records import LastRejection, Records, Rejection
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.models import Product, Variant
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict

_ROWS: Final = 500  # in one transaction
_LISTED: Final = 20  # names in a report

type Pace = Callable[[Callable[[], None]], None]


@dataclass(slots=True)
class Named:
    """A file's products. `unpublished`: it says so of these. `refs`: rows that were refused, by SKU
    or reference: their products are there all the same. `is_whole`: it was read to its end."""

    references: set[str] = field(default_factory=set)
    unpublished: set[str] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Settling:
    """The fate of a feed's products after its file was imported."""

    feed: Feed
    named: Named
    to_hide: Sequence[str] = ()  # ids


def names_of(records: Records) -> Named:
    named = Named()
    for record in records:
        if isinstance(record, Rejection):
            named.refs.add(record.ref)
            named.is_whole = named.is_whole and not isinstance(record, LastRejection)
        else:
            named.references.add(record.reference)
            if record.published is False:
                named.unpublished.add(record.reference)
    return named


def plan(feed: Feed, named: Named, report: Report, *, stops: bool) -> Settling:
    """Decide which products are hidden, and note them in the report. `stops`: Conflict when they
    are more than the feed's share."""
    if feed.missing != Missing.HIDE or not named.is_whole:
        return Settling(feed, named)
    shown = _products(feed).filter(published=True).order_by("name", "pk")
    rows = list(shown.values_list("pk", "reference", "name"))
    there = named.references | named.refs
    absent = {pk: name for pk, reference, name in rows if reference not in there}
    for skus in batched(named.refs, _ROWS):
        refused = Variant.objects.for_brand(feed.brand_id).filter(sku__in=skus)
        for pk in refused.values_list("product_id", flat=True):
            absent.pop(pk, None)
    if stops and feed_rules.hides_too_many(len(absent), len(rows), feed.hide_share_max):
        raise Conflict(
            _(
                "The feed lacks %(count)d of its %(total)d products, more than %(share)d percent."
                " Nothing was changed. If that is right, start this run again."
            )
            % {"count": len(absent), "total": len(rows), "share": feed.hide_share_max},
            code="too-many-missing",
        )
    for pk in sale_guards.reasons_to_stay(feed.brand_id, absent):
        report.kept.append(absent.pop(pk))
    report.hidden_count = len(absent)
    report.hidden = list(absent.values())[:_LISTED]
    return Settling(feed, named, list(absent))


def count_returned(settling: Settling) -> int:
    back = _products(settling.feed).filter(missing_since__isnull=False)
    references = set(back.values_list("reference", flat=True))
    return len(references & settling.named.references - settling.named.unpublished)


def settle(settling: Settling, pace: Pace) -> None:
    """Have the named products belong to the feed, publish those that are back, hide the others."""
    for some in batched(sorted(settling.named.references), _ROWS):
        pace(partial(_keep, settling.feed, some, settling.named.unpublished))
    for ids in batched(settling.to_hide, _ROWS):
        pace(partial(_hide, settling.feed, ids))


@verb
def _keep(feed: Feed, references: Sequence[str], unpublished: Container[str]) -> None:
    with write():
        there = Product.objects.for_brand(feed.brand_id).filter(reference__in=references)
        shown = [one for one in references if one not in unpublished]
        back = there.filter(missing_since__isnull=False, reference__in=shown)
        back.update(published=True, missing_since=None, updated_at=utc_now())
        there.filter(~Q(feed=feed) | Q(feed__isnull=True)).update(feed=feed)


@verb
def _hide(feed: Feed, ids: Iterable[str]) -> None:
    with write():
        shown = _products(feed).filter(pk__in=list(ids), published=True)
        shown.update(published=False, missing_since=utc_now(), updated_at=utc_now())


def _products(feed: Feed) -> QuerySet[Product]:
    return Product.objects.for_brand(feed.brand_id).filter(feed=feed)
