"""Reading shows: for the public programme, the show page, the console and the API."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Case, F, Prefetch, QuerySet, When
from django.utils.translation import gettext as _

from showfloor.accounts import whole_rows
from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.catalogue.models import Product, ProductMedium, Variant
from showfloor.kernel.clock import iso_ms, iso_or_none, parse_iso, utc_now
from showfloor.kernel.errors import NotFound
from showfloor.pricing import markets
from showfloor.pricing import queries as pricing
from showfloor.pricing.history import Reduction
from showfloor.pricing.models import Market
from showfloor.pricing.rules import PriceBook
from showfloor.pricing.wire import price_view
from showfloor.shows import rules, watching
from showfloor.shows.events import ShownProduct
from showfloor.shows.models import (
    PRODUCT_ITEM,
    Broadcast,
    Highlight,
    Host,
    RundownItem,
    Show,
    ShowState,
)
from showfloor.shows.wire import (
    HighlightView,
    MediumView,
    OptionValueView,
    ProductView,
    RundownRow,
    SafetyView,
    ShowSettings,
    ShowView,
    VariantView,
)
from showfloor.stock.models import Stock

REPLAYS_MAX = 60
COMING_MAX = 30


@dataclass(frozen=True, slots=True)
class Programme:
    """The public shows of a brand: each list in the order of the page."""

    live: list[Show]
    coming: list[Show]
    replays: list[Show]

    @property
    def is_empty(self) -> bool:
        return not (self.live or self.coming or self.replays)


@dataclass(frozen=True, slots=True)
class _Prices:
    """The prices of some products in a market, and the reductions that are announced."""

    book: PriceBook
    reductions: Mapping[str, Reduction]


def find(slug: str, staff_of: Iterable[str] = (), viewer: Claims | None = None) -> Show:
    """Return the show at this address, to watch: for staff of these brands (ids), or for a viewer;
    NotFound, or Forbidden for a show that this viewer may know of and not watch."""
    brands = set(staff_of)
    show = find_announced(slug, brands)
    if show.brand_id not in brands:
        watching.check(show, viewer)
    return show


def find_announced(slug: str, staff_of: Iterable[str] = ()) -> Show:
    """Return the show at this address, to tell of it; not what is seen and said in it. NotFound.

    A show that is neither public nor theirs is not found, so that nobody learns that it exists.
    """
    shows = Show.objects.all_brands().select_related("brand", "timeline", "channel")
    show = shows.filter(slug=slug).first()
    if show is None or not (is_public(show) or show.brand_id in set(staff_of)):
        raise NotFound(_("There is no such show."))
    return show


def by_id(show_id: str, *, lock: bool = False) -> Show | None:
    """Return the show of this id, without a check of rights. `lock` holds its row for the open
    transaction; rows that only refer to it (an order, a message) do not wait for that."""
    assert connection.in_atomic_block or not lock, "a lock lasts as long as the transaction"
    is_locked = lock and connection.vendor == "postgresql"  # SQLite has one writer
    statement = _BY_ID + (" FOR NO KEY UPDATE" if is_locked else "")
    show = next(iter(Show.objects.all_brands().raw(statement, [show_id])), None)
    if show is not None:
        (show.brand,) = Brand.objects.raw(_BRAND_BY_ID, [show.brand_id])
    return show


# Each batch of commands asks: Django would take most of a millisecond to compile the question.
# The teleprompter's text is long, and the studio's alone.
_BY_ID: Final = f"{whole_rows.select(Show, 'teleprompter')} WHERE id = %s"
_BRAND_BY_ID: Final = f"{whole_rows.select(Brand)} WHERE id = %s"


def by_channel(channel_id: str) -> Show | None:
    """Return the channel's show with its brand; None where it is gone."""
    rows = Show.objects.all_brands().select_related("brand")
    return rows.filter(channel_id=channel_id).first()


def brand_of(slug: str) -> Brand | None:
    """Return the brand of the show at this address, public or not."""
    show = Show.objects.all_brands().select_related("brand").filter(slug=slug).first()
    return show.brand if show is not None else None


def public_brand_of(slug: str) -> Brand | None:
    """Return the brand of the show at this address, if the show is public."""
    show = Show.objects.all_brands().select_related("brand").filter(slug=slug).first()
    return show.brand if show is not None and is_public(show) else None


def slugs(brand_id: str, show_ids: Collection[str]) -> dict[str, str]:
    """Return show id → address, for those of these ids that are shows of the brand."""
    rows = Show.objects.for_brand(brand_id).filter(pk__in=show_ids)
    return dict(rows.values_list("pk", "slug"))


def host_names(brand_id: str) -> list[str]:
    """Return the names of the brand's hosts, which nobody in the chat may take."""
    return list(Host.objects.for_brand(brand_id).values_list("name", flat=True))


def is_public(show: Show) -> bool:
    return rules.is_public(show.state, published=show.published)


def programme(brand: Brand) -> Programme:
    """Return the brand's public shows without rehearsals."""
    shows = Show.objects.for_brand(brand).filter(published=True, is_test=False)
    shows = shows.prefetch_related("hosts")
    coming = shows.filter(state=ShowState.SCHEDULED).order_by("starts_at")
    replays = shows.filter(state=ShowState.ENDED, recording_deleted_at=None).order_by("-started_at")
    return Programme(
        live=list(shows.filter(state=ShowState.LIVE).order_by("-started_at")),
        coming=list(coming[:COMING_MAX]),
        replays=list(replays[:REPLAYS_MAX]),
    )


def shows_of(brand: Brand) -> QuerySet[Show]:
    """Return a brand's shows for its staff, none of rehearsals: live, coming, drafts, past ones."""
    rank = Case(
        When(state=ShowState.LIVE, then=0),
        When(state=ShowState.SCHEDULED, then=1),
        When(state=ShowState.DRAFT, then=2),
        default=3,
    )
    coming = Case(When(state=ShowState.SCHEDULED, then=F("starts_at")))
    shows = Show.objects.for_brand(brand).filter(rehearses=None).annotate(rank=rank, coming=coming)
    return shows.order_by("rank", "coming", F("started_at").desc(nulls_last=True), "-pk")


def show_view(show: Show) -> ShowView:
    """Return the show as of its timeline's head; call it inside `timeline.queries.consistent()`.

    It reads the row again, so that every part of the answer is of the same moment.
    """
    shows = Show.objects.for_brand(show.brand_id).select_related("brand", "timeline")
    show = shows.prefetch_related("hosts").get(pk=show.pk)
    brand = show.brand
    return {
        "slug": show.slug,
        "title": show.title,
        "description": show.description,
        "state": show.state,
        "starts_at": iso_or_none(show.starts_at),
        "started_at": iso_or_none(show.started_at),
        "ended_at": iso_or_none(show.ended_at),
        "cover_url": show.cover.url if show.cover else None,
        "hosts": [
            {"name": host.name, "picture_url": host.picture.url if host.picture else None}
            for host in show.hosts.all()
        ],
        "brand": {
            "slug": brand.slug,
            "name": brand.name,
            "accent": brand.accent,
            "logo_url": brand.logo.url if brand.logo else None,
        },
        "open_to": show.open_to,
        "ai_made": show.ai_made,
        "hls_url": f"/hls/{show.slug}/index.m3u8",
        "live_edge_url": f"/live-edge/{show.slug}" if show.has_live_edge else None,
        "has_playback_reports": brand.takes_playback_reports,
        "timeline": {
            "url": f"/timeline/{show.slug}",
            "seq": show.timeline.seq,
            "epoch": show.timeline.epoch,
        },
        "now": iso_ms(utc_now()),
        "curtain": curtain(show),
        "highlights": highlights(show),
    }


def curtain(show: Show) -> str | None:
    """Return the curtain before the picture: `pending`, `paused`, `ended`, or None."""
    match show.state:
        case ShowState.LIVE:
            broadcasts = Broadcast.objects.for_brand(show.brand_id)
            comes_in = broadcasts.filter(show=show, ended_at__isnull=True).exists()
            return None if comes_in else "paused"
        case ShowState.ENDED:
            return "ended"
        case _:
            return "pending"


def highlights(show: Show) -> list[HighlightView]:
    """Return all highlights, in the order of their pictures."""
    rows = Highlight.objects.for_brand(show.brand_id).filter(show=show).order_by("started_at", "pk")
    through = Highlight.products.through._default_manager.filter(highlight__show=show)
    products: dict[str, list[str]] = defaultdict(list)
    for highlight_id, product_id in through.order_by("pk").values_list("highlight", "product"):
        products[highlight_id].append(product_id)
    return [
        {
            "highlight_id": row.pk, "product_ids": products[row.pk],
            "started_at": iso_ms(row.started_at), "ended_at": iso_or_none(row.ended_at),
        }
        for row in rows
    ]  # fmt: skip


def next_shows(show: Show, limit: int = 2) -> list[Show]:
    """Return the shows that the brand's programme announces beside this one."""
    coming = Show.objects.for_brand(show.brand_id).filter(
        published=True, is_test=False, state=ShowState.SCHEDULED, starts_at__gt=utc_now()
    )
    return list(coming.exclude(pk=show.pk).order_by("starts_at")[:limit])


def product_ids_of(highlight: Highlight) -> list[str]:
    """Return the ids of a highlight's products in the order on screen."""
    through = Highlight.products.through._default_manager.filter(highlight=highlight)
    return list(through.order_by("pk").values_list("product_id", flat=True))


def products_payload(show: Show, market: Market | None = None) -> list[ProductView]:
    """Return the rundown for buyers: the variants with a price in the market, the number of each
    that can be bought now, and the show times at which the product came on screen."""
    shown: dict[str, list[float]] = defaultdict(list)
    if show.started_at is not None:
        for one in highlights(show):
            at_s = rules.show_time_s(show.started_at, parse_iso(one["started_at"]))
            for product_id in one["product_ids"]:
                shown[product_id].append(at_s)
    products = rundown_products(show)
    prices = _prices(show.brand, products, market)
    return [_product_view(product, prices, shown[product.pk]) for product in products]


def product_view(brand: Brand, product_id: str, market: Market | None = None) -> ProductView:
    """Return one product for buyers, outside of any show."""
    (view,) = product_views(brand, [product_id], market)
    return view


def product_views(
    brand: Brand, product_ids: Sequence[str], market: Market | None = None
) -> list[ProductView]:
    """Return products for buyers, outside of any show."""
    products = list(_with_variants(brand, product_ids))
    prices = _prices(brand, products, market)
    return [_product_view(product, prices, []) for product in products]


def _product_view(product: Product, prices: _Prices, shown_at_s: list[float]) -> ProductView:
    return {
        "id": product.pk,
        "reference": product.reference,
        "name": product.name,
        "description_html": product.description,
        "image_url": _product_image(product),
        "category": product.category.name if product.category else None,
        "on_sale": product.published and bool(product.variants.all()),
        "variants": _variants(product, prices) if product.published else [],
        "option_names": list(product.option_names),
        "option_values": _option_values(product),
        "media": [_medium(product, row) for row in product.media.all()],
        "safety": safety_of(product),
        "shown_at_s": shown_at_s,
    }


def safety_of(product: Product) -> SafetyView | None:
    """Return the facts of product safety; None for a product of which none was entered."""
    found: SafetyView = {
        "manufacturer": product.manufacturer,
        "manufacturer_address": product.manufacturer_address,
        "manufacturer_contact": product.manufacturer_contact,
        "responsible": product.responsible,
        "responsible_address": product.responsible_address,
        "responsible_contact": product.responsible_contact,
        "note": product.safety_note,
    }
    return found if any(found.values()) else None


def _option_values(product: Product) -> dict[str, list[OptionValueView]]:
    found: dict[str, list[OptionValueView]] = {}
    for row in product.option_values.all():
        found.setdefault(row.option, []).append({
            "value": row.value, "swatch": row.swatch or None,
            "image_url": row.image.url if row.image else None,
        })  # fmt: skip
    return found


def _medium(product: Product, row: ProductMedium) -> MediumView:
    return {
        "kind": "picture" if row.image else "film",
        "url": row.image.url if row.image else row.video_url,
        "alt": row.alt or product.name,
        "variant_id": row.variant_id,
    }


def rundown_rows(show: Show) -> list[RundownRow]:
    """Return the plan as the console lists it."""
    return _rows(show.brand, rundown_products(show))


def rundown_products(show: Show) -> list[Product]:
    """Return the rundown's products in order; variants, prices and stock are fetched."""
    order = rundown_ids(show)
    products = _with_variants(show.brand, order).in_bulk()
    return [products[pk] for pk in order]


def rundown_ids(show: Show) -> list[str]:
    """Return the ids of the rundown's products, in order."""
    items = RundownItem.objects.for_brand(show.brand_id).filter(show=show, kind=PRODUCT_ITEM)
    ids = items.order_by("position").values_list("product_id", flat=True)
    return list(ids)


def variant_ids(brand: Brand, product_ids: Collection[str]) -> list[str]:
    """Return the ids of these products' variants."""
    variants = Variant.objects.for_brand(brand).filter(archived=False, product__in=product_ids)
    return list(variants.values_list("pk", flat=True))


def weights(product_ids: Collection[str], brand: Brand) -> dict[str, int]:
    """Return product id → grams of the lightest variant that is sold; 0 where nobody weighed it.
    Products of which nothing is sent have none."""
    rows = Variant.objects.for_brand(brand).filter(
        archived=False, product__in=product_ids, product__is_sent=True
    )
    found: dict[str, int] = {}
    for product_id, grams in rows.values_list("product", "weight_g"):
        found[product_id] = min(found.get(product_id, grams or 0), grams or 0)
    return found


def shown_products(brand: Brand, products: Sequence[Product]) -> list[ShownProduct]:
    """Return the fields of each product that draw its card at once."""
    found = _with_variants(brand, [product.pk for product in products]).in_bulk()
    return [
        {
            "id": row["product_id"],
            "name": row["name"],
            "image_url": row["image_url"],
            "price": row["price"],
            "compare_at_price": row["compare_at_price"],
            "currency": row["currency"],
            "lowest_price_30d": row["lowest_price_30d"],
        }
        for row in _rows(brand, [found[product.pk] for product in products])
    ]


def settings_of(show: Show) -> ShowSettings:
    return {
        "slug": show.slug,
        "title": show.title,
        "description": show.description,
        "state": show.state,
        "published": show.published,
        "open_to": show.open_to,
        "is_test": show.is_test,
        "has_live_edge": show.has_live_edge,
        "evens_loudness": show.evens_loudness,
        "ai_made": show.ai_made,
        "starts_at": iso_or_none(show.starts_at),
        "started_at": iso_or_none(show.started_at),
        "ended_at": iso_or_none(show.ended_at),
        "cover_url": show.cover.url if show.cover else None,
        "host_ids": list(show.hosts.values_list("pk", flat=True)),
        "product_ids": rundown_ids(show),
    }


def product_rows(
    brand: Brand, product_ids: Collection[str], market: Market | None = None
) -> list[RundownRow]:
    """Return these products of the brand, published or not, by name, at the prices of a market."""
    products = _with_variants(brand, list(product_ids)).order_by("name", "pk")
    return _rows(brand, list(products), market)


def _with_variants(brand: Brand, product_ids: Sequence[str]) -> QuerySet[Product]:
    variants = (
        Variant.objects.for_brand(brand)
        .filter(archived=False)
        .order_by("position", "pk")
        .prefetch_related(Prefetch("stock", Stock.objects.for_brand(brand)))
    )
    products = Product.objects.for_brand(brand).filter(pk__in=product_ids)
    return products.select_related("category").prefetch_related(
        Prefetch("variants", variants), "media", "option_values"
    )


def _prices(brand: Brand, products: Iterable[Product], market: Market | None = None) -> _Prices:
    ids = [variant.pk for product in products for variant in product.variants.all()]
    currency, market_id = markets.terms_of(brand, market)
    now = utc_now()
    with connection.cursor() as cursor:
        book = pricing.load(
            cursor, brand.pk, ids, currency, now, market_id, also_unpublished=True
        )  # fmt: skip
        return _Prices(book, pricing.reductions(cursor, book, now, market_id))


def _variants(product: Product, prices: _Prices) -> list[VariantView]:
    views = (_variant(variant, prices) for variant in product.variants.all())
    return [view for view in views if view is not None]


def _variant(variant: Variant, prices: _Prices) -> VariantView | None:
    """Return a variant for buyers; None without a price in the market: it cannot be sold."""
    price = prices.book.prices.get(variant.pk)
    if price is None:
        return None
    stock: Stock | None = getattr(variant, "stock", None)
    content = (variant.content, variant.content_unit, variant.base_quantity)
    return {
        "id": variant.pk,
        "sku": variant.sku,
        "options": dict(variant.options),
        **price_view(price, prices.reductions.get(variant.pk), content),
        "currency": prices.book.currency,
        "available": stock.available if stock is not None else 0,
        "image_url": variant.image.url if variant.image else None,
        "swatch": variant.swatch or None,
    }


def _rows(
    brand: Brand, products: Sequence[Product], market: Market | None = None
) -> list[RundownRow]:
    prices = _prices(brand, products, market)
    return [_row(product, prices) for product in products]


def _row(product: Product, prices: _Prices) -> RundownRow:
    variants = _variants(product, prices)
    cheapest = min(variants, key=lambda variant: variant["price"], default=None)
    return {
        "product_id": product.pk,
        "name": product.name,
        "image_url": _product_image(product),
        "price": cheapest["price"] if cheapest else None,
        "compare_at_price": cheapest["compare_at_price"] if cheapest else None,
        "lowest_price_30d": cheapest["lowest_price_30d"] if cheapest else None,
        "currency": prices.book.currency,
        "available": sum(variant["available"] for variant in variants),
    }


def _product_image(product: Product) -> str | None:
    """Return our own picture only: the pages' policy blocks other hosts' pictures, so that other
    hosts learn of no visitor."""
    return product.image.url if product.image else None
