"""The public pages of a brand's goods, as data: categories, products, and the map of all pages.

They are for people who come from a search engine, and for search engines: title, description,
canonical address and schema.org. What is sold is bought in a show; the page leads to the moment.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from showfloor.accounts import brand_urls
from showfloor.accounts.models import Brand
from showfloor.catalogue import categories
from showfloor.catalogue.gtin import gtin
from showfloor.catalogue.models import Category, Product, Variant
from showfloor.catalogue.queries import on_sale
from showfloor.kernel.errors import NotFound
from showfloor.kernel.money import Money
from showfloor.shows import queries as shows
from showfloor.shows.appearances import places_of
from showfloor.shows.models import Show, ShowState
from showfloor.shows.wire import ProductView, RundownRow

PER_PAGE: Final = 24
SITEMAP_MAX: Final = 50_000  # addresses in one map (sitemaps.org)
_DESCRIPTION_CHARS: Final = 160
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


def category_path(brand: Brand, category: Category) -> str:
    return reverse("brand-category", args=[brand.slug, category.slug])


def product_path(brand: Brand, product: Product) -> str:
    """Return the address of a product's page: by its own word, its reference or its id."""
    by_reference = product.reference if _ADDRESSABLE.fullmatch(product.reference) else product.pk
    return reverse("brand-product", args=[brand.slug, product.slug or by_reference])


def sold_products(brand: Brand) -> QuerySet[Product]:
    """Return the products that have a page: published, with a variant on sale that is priced."""
    sold = Variant.objects.for_brand(brand).filter(
        on_sale(), product=OuterRef("pk"), prices__currency=brand.currency
    )
    return Product.objects.for_brand(brand).filter(Exists(sold))


def find_category(brand: Brand, slug: str) -> Category:
    """Return a published category, none above which is hidden; NotFound."""
    for branch in categories.flat(categories.tree(brand)):
        if branch.category.slug == slug:
            return branch.category
    raise NotFound(_("There is no such category."))


def find_product(brand: Brand, address: str) -> Product:
    """Return the product with this address; NotFound for one that is not sold."""
    rows = sold_products(brand)
    found = (
        rows.filter(slug=address).first()
        or rows.filter(reference=address).first()
        or rows.filter(pk=address).first()
    )
    if found is None:
        raise NotFound(_("There is no such product."))
    return found


def category_context(brand: Brand, category: Category, query: QueryDict) -> dict[str, Any]:
    """Return what the page of a category shows: its path, those below it, a page of products."""
    ids = categories.products_in(category).values("pk")
    rows = sold_products(brand).filter(pk__in=ids).order_by("name", "pk")
    page = Paginator(rows.values_list("pk", flat=True), PER_PAGE).get_page(query.get("page"))
    cards = _cards(brand, list(page.object_list))
    path = categories.path_to(category)
    url = brand_urls.absolute(brand, category_path(brand, category))
    canonical = url if page.number == 1 else f"{url}?page={page.number}"
    crumbs = [(one.name, category_path(brand, one)) for one in path]
    head = Head(
        category.seo_title or category.name,
        category.seo_description or _short(category.description),
        canonical,
        _absolute(brand, cards[0].row["image_url"]) if cards else "",
        [
            _breadcrumbs(brand, crumbs),
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
                            "url": brand_urls.absolute(brand, card.url),
                            "name": card.row["name"],
                        }
                        for number, card in enumerate(cards)
                    ],
                },
            },
        ],
        is_indexed=bool(cards),
    )
    return {
        "category": category, "crumbs": crumbs[:-1], "below": _below(brand, category),
        "cards": cards,
        "page": page, "head": head,
    }  # fmt: skip


def overview_context(brand: Brand) -> dict[str, Any]:
    """Return what the page of all categories shows."""
    url = brand_urls.absolute(brand, reverse("brand-categories", args=[brand.slug]))
    return {
        "branches": [
            (branch, category_path(brand, branch.category))
            for branch in categories.flat(categories.tree(brand))
        ],
        "head": Head(_("Categories"), _short(brand.tagline or brand.name), url, "", []),
    }


def product_context(brand: Brand, product: Product) -> dict[str, Any]:
    """Return what the page of a product shows."""
    view = shows.product_view(brand, product.pk)
    url = brand_urls.absolute(brand, product_path(brand, product))
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
            _breadcrumbs(brand, [*crumbs, (product.name, product_path(brand, product))]),
            _product_data(brand, product, view, url, pictures),
        ],
    )
    return {
        "product": product, "view": view, "crumbs": crumbs, "head": head,
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


def sitemap(brand: Brand) -> Iterator[str]:
    """Return the parts of the map of a brand's pages: programme, shows, categories, products."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for number, (url, changed) in enumerate(_pages(brand)):
        if number >= SITEMAP_MAX:
            break
        day = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if changed is not None else ""
        yield f"<url><loc>{escape(url)}</loc>{day}</url>\n"
    yield "</urlset>\n"


def _pages(brand: Brand) -> Iterator[tuple[str, Any]]:
    yield brand_urls.home(brand), None
    public = Show.objects.for_brand(brand).filter(published=True, is_test=False)
    for slug in public.exclude(state=ShowState.DRAFT).values_list("slug", flat=True):
        yield brand_urls.absolute(brand, reverse("show", args=[slug])), None
    for branch in categories.flat(categories.tree(brand)):
        yield brand_urls.absolute(brand, category_path(brand, branch.category)), None
    rows = sold_products(brand).only("slug", "reference", "updated_at", "brand")
    for product in rows.order_by("pk").iterator(500):
        yield brand_urls.absolute(brand, product_path(brand, product)), product.updated_at


def _cards(brand: Brand, ids: list[str]) -> list[Card]:
    products = Product.objects.for_brand(brand).in_bulk(ids)
    rows = {row["product_id"]: row for row in shows.product_rows(brand, ids)}
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


def _breadcrumbs(brand: Brand, crumbs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem", "position": number, "name": name,
                "item": brand_urls.absolute(brand, path),
            }
            for number, (name, path) in enumerate([(brand.name, "/"), *crumbs], 1)
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
