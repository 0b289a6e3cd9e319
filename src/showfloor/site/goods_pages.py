"""The public pages of a brand's goods, as data: categories and products, as a market has them.

They are for people who come from a search engine, and for search engines: title, description,
canonical address and schema.org. What is sold is bought in a show; the page leads to the moment.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from showfloor.accounts import brand_urls
from showfloor.accounts.models import Brand
from showfloor.catalogue import categories
from showfloor.catalogue.gtin import gtin
from showfloor.catalogue.models import Category, Product, Variant
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import NotFound
from showfloor.kernel.money import Money
from showfloor.pricing import availability
from showfloor.pricing.models import Market
from showfloor.shows import queries as shows
from showfloor.shows.appearances import places_of
from showfloor.shows.models import Show, ShowState
from showfloor.shows.wire import ProductView, RundownRow
from showfloor.site.market import Place, alternates, of_brand

PER_PAGE: Final = 24
_DESCRIPTION_CHARS: Final = 160
TOP_MAX: Final = 12  # categories on the page of shows
_ADDRESSABLE: Final = re.compile(r"[-a-zA-Z0-9_]{1,80}")
_CONDITIONS: Final = {"new": "New", "refurbished": "Refurbished", "used": "Used"}


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list, with the address of its page."""

    url: str
    row: RundownRow


@dataclass(frozen=True, slots=True)
class Head:
    """What search engines and link previews read of a page."""

    title: str
    description: str
    canonical: str
    image: str  # a whole address; empty for none
    structured: list[dict[str, Any]]
    is_indexed: bool = True
    alternates: list[tuple[str, str]] = field(default_factory=list)  # hreflang and address


def category_path(brand: Brand, category: Category) -> str:
    return reverse("brand-category", args=[brand.slug, category.slug])


def product_path(brand: Brand, product: Product) -> str:
    """Return the address of a product's page: by its own word, its reference or its id."""
    by_reference = product.reference if _ADDRESSABLE.fullmatch(product.reference) else product.pk
    return reverse("brand-product", args=[brand.slug, product.slug or by_reference])


def sold_products(brand: Brand, market: Market | None = None) -> QuerySet[Product]:
    """Return the products that have a page in a market: published, with a variant sold there."""
    return sold_somewhere(brand, [market])


def sold_somewhere(brand: Brand, among: Iterable[Market | None]) -> QuerySet[Product]:
    """Return the products that have a page in at least one of these markets."""
    found = Q()
    for one in among:
        found |= Q(_is_sold(brand, one))
    return Product.objects.for_brand(brand).filter(found)


def sold_ids(brand: Brand, market: Market | None) -> frozenset[str]:
    return frozenset(sold_products(brand, market).values_list("pk", flat=True))


def markets_of(brand: Brand, product: Product) -> list[Market | None]:
    """Return the markets in which a product has a page."""
    every = of_brand(brand)
    tests = {f"sold_{number}": _is_sold(brand, one) for number, one in enumerate(every)}
    (row,) = Product.objects.for_brand(brand).filter(pk=product.pk).annotate(**tests).values(*tests)
    return [one for one, sold in zip(every, row.values(), strict=True) if sold]


def _is_sold(brand: Brand, market: Market | None) -> Exists:
    return Exists(availability.sold(brand, market, utc_now()).filter(product=OuterRef("pk")))


def find_category(brand: Brand, slug: str) -> Category:
    """Return a published category, none above which is hidden; NotFound."""
    for branch in categories.flat(categories.tree(brand)):
        if branch.category.slug == slug:
            return branch.category
    raise NotFound(_("There is no such category."))


def find_product(place: Place, address: str) -> Product:
    """Return the product with this address; NotFound for one that is not sold there."""
    rows = sold_products(place.brand, place.market)
    found = (
        rows.filter(slug=address).first()
        or rows.filter(reference=address).first()
        or rows.filter(pk=address).first()
    )
    if found is None:
        raise NotFound(_("There is no such product."))
    return found


def category_context(place: Place, category: Category, query: QueryDict) -> dict[str, Any]:
    """Return what the page of a category shows: its path, those below it, a page of products."""
    brand, ids = place.brand, categories.products_in(category).values("pk")
    rows = sold_products(brand, place.market).filter(pk__in=ids).order_by("name", "pk")
    page = Paginator(rows.values_list("pk", flat=True), PER_PAGE).get_page(query.get("page"))
    cards = _cards(place, list(page.object_list))
    path = categories.path_to(category)
    own_path = category_path(brand, category)
    url = place.url(own_path)
    canonical = url if page.number == 1 else f"{url}?page={page.number}"
    crumbs = [(one.name, category_path(brand, one)) for one in path]
    head = Head(
        category.seo_title or category.name,
        category.seo_description or _short(category.description),
        canonical,
        _absolute(brand, cards[0].row["image_url"]) if cards else "",
        [
            _breadcrumbs(place, crumbs),
            {
                "@context": "https://schema.org",
                "@type": "CollectionPage",
                "name": category.name,
                "url": canonical,
                "mainEntity": {
                    "@type": "ItemList",
                    "numberOfItems": page.paginator.count,
                    "itemListElement": [
                        {
                            "@type": "ListItem",
                            "position": page.start_index() + number,
                            "url": place.url(card.url),
                            "name": card.row["name"],
                        }
                        for number, card in enumerate(cards)
                    ],
                },
            },
        ],
        is_indexed=bool(cards),
        alternates=alternates(brand, own_path, of_brand(brand)),
    )
    return {
        "category": category, "crumbs": crumbs[:-1], "below": _below(brand, category),
        "cards": cards,
        "page": page, "head": head,
    }  # fmt: skip


def top_categories(brand: Brand) -> list[tuple[str, str]]:
    """Return name and address of the widest published categories, with which visitors begin."""
    rows = Category.objects.for_brand(brand).filter(published=True, parent=None)
    return [(one.name, category_path(brand, one)) for one in rows[:TOP_MAX]]


def overview_context(place: Place) -> dict[str, Any]:
    """Return what the page of all categories shows."""
    brand = place.brand
    path = reverse("brand-categories", args=[brand.slug])
    return {
        "branches": [
            (branch, category_path(brand, branch.category))
            for branch in categories.flat(categories.tree(brand))
        ],
        "head": Head(
            _("Categories"),
            _short(brand.tagline or brand.name),
            place.url(path),
            "",
            [],
            alternates=alternates(brand, path, of_brand(brand)),
        ),
    }


def product_context(place: Place, product: Product) -> dict[str, Any]:
    """Return what the page of a product shows."""
    brand, own_path = place.brand, product_path(place.brand, product)
    view = shows.product_view(brand, product.pk, place.market)
    url, sold_in = place.url(own_path), markets_of(brand, product)
    path = categories.path_to(product.category) if product.category is not None else []
    shown = {branch.category.pk for branch in categories.flat(categories.tree(brand))}
    crumbs = [(one.name, category_path(brand, one)) for one in path if one.pk in shown]
    pictures = [brand_urls.absolute(brand, one["url"]) for one in pictures_of(view)]
    head = Head(
        product.seo_title or product.name,
        product.seo_description or _short(_plain(product.description)) or product.name,
        url,
        pictures[0] if pictures else "",
        [
            _breadcrumbs(place, [*crumbs, (product.name, own_path)]),
            _product_data(brand, product, view, url, pictures),
        ],
        alternates=alternates(brand, own_path, sold_in),
    )
    return {
        "product": product, "view": view, "crumbs": crumbs, "head": head, "sold_in": sold_in,
        "pictures": pictures_of(view),
        "films": [one for one in view["media"] if one["kind"] == "film"],
        "places": [_place(show, at_s) for show, at_s in places_of(brand, product.pk)],
    }  # fmt: skip


def pictures_of(view: ProductView) -> list[dict[str, str]]:
    """Return a product's pictures, each once: its own, the further ones, those of its variants."""
    found: dict[str, str] = {}
    if view["image_url"]:
        found[view["image_url"]] = view["name"]
    for medium in view["media"]:
        if medium["kind"] == "picture":
            found.setdefault(medium["url"], medium["alt"])
    for variant in view["variants"]:
        if variant["image_url"]:
            words = ", ".join([view["name"], *variant["options"].values()])
            found.setdefault(variant["image_url"], words)
    return [{"url": url, "alt": alt} for url, alt in found.items()]


def _cards(place: Place, ids: list[str]) -> list[Card]:
    brand, products = place.brand, Product.objects.for_brand(place.brand).in_bulk(ids)
    rows = {row["product_id"]: row for row in shows.product_rows(brand, ids, place.market)}
    return [Card(product_path(brand, products[pk]), rows[pk]) for pk in ids]


def _below(brand: Brand, category: Category) -> list[tuple[str, str]]:
    rows = Category.objects.for_brand(brand).filter(parent=category, published=True)
    return [(row.name, category_path(brand, row)) for row in rows]


def _place(show: Show, at_s: float) -> dict[str, str]:
    return {
        "title": show.title,
        "url": f"{reverse('show', args=[show.slug])}?t={max(0, int(at_s))}"
        if show.state == ShowState.ENDED else reverse("show", args=[show.slug]),
        "state": show.state,
    }  # fmt: skip


def _breadcrumbs(place: Place, crumbs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem", "position": number, "name": name,
                "item": place.url(path),
            }
            for number, (name, path) in enumerate([(place.brand.name, "/"), *crumbs], 1)
        ],
    }  # fmt: skip


def _product_data(
    brand: Brand, product: Product, view: ProductView, url: str, pictures: list[str]
) -> dict[str, Any]:
    rows = Variant.objects.for_brand(brand).filter(product=product)
    barcodes = dict(rows.values_list("pk", "barcode"))
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "url": url,
        "description": _short(_plain(product.description), 5000) or product.name,
        "image": pictures,
        "brand": {"@type": "Brand", "name": product.vendor or brand.name},
        "productID": product.reference,
        "offers": [
            {
                "@type": "Offer",
                "url": url,
                "sku": variant["sku"],
                **_gtin(barcodes[variant["id"]]),
                "price": str(Money(variant["price"], variant["currency"]).decimal),
                "priceCurrency": variant["currency"],
                "itemCondition": f"https://schema.org/{_CONDITIONS[product.condition]}Condition",
                "availability": "https://schema.org/"
                + ("InStock" if variant["available"] > 0 else "OutOfStock"),
            }
            for variant in view["variants"]
        ],
    }


def _gtin(barcode: str) -> dict[str, str]:
    number = gtin(barcode)
    return {"gtin": number} if number else {}


def _plain(markup: str) -> str:
    return html.unescape(strip_tags(markup))


def _short(text: str, chars: int = _DESCRIPTION_CHARS) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= chars else whole[: chars - 1].rsplit(" ", 1)[0] + "…"


def _absolute(brand: Brand, url: str | None) -> str:
    return brand_urls.absolute(brand, url) if url else ""
