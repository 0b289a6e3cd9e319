"""The search for products to plan a show with, by words and by category."""

from django.db.models import Q
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.catalogue import categories
from showfloor.catalogue.models import Category, Product
from showfloor.kernel.errors import NotFound
from showfloor.shows.queries import product_rows
from showfloor.shows.wire import CategoryChoice, RundownRow

PRODUCTS_FOUND_MAX = 50  # in one answer of the search


def search_products(
    brand: Brand, query: str, limit: int = PRODUCTS_FOUND_MAX, *, offset: int = 0,
    category_id: str = "",
) -> list[RundownRow]:  # fmt: skip
    """Return products whose name, reference or SKU holds every word, to plan a show with: sorted
    by name, from the one numbered `offset` on. `category_id`: only those of this category and of
    the ones below it; NotFound for none of the brand's."""
    matching = Product.objects.for_brand(brand).filter(published=True)
    if category_id:
        category = Category.objects.for_brand(brand).filter(pk=category_id).first()
        if category is None:
            raise NotFound(_("There is no such category."))
        matching = matching.filter(pk__in=categories.products_in(category).values("pk"))
    for word in query.split()[:8]:
        matching = matching.filter(
            Q(name__icontains=word)
            | Q(reference__icontains=word)
            | Q(category__name__icontains=word)
            | Q(variants__sku__icontains=word)
        )
    found = matching.order_by("name", "pk").values_list("pk", flat=True).distinct()
    order = list(found[offset : offset + limit])
    return product_rows(brand, order)  # in the same order


def category_choices(brand: Brand) -> list[CategoryChoice]:
    """Return the published categories of a brand, each before those below it."""
    return [
        {"id": one.category.pk, "name": one.category.name, "depth": one.depth}
        for one in categories.flat(categories.tree(brand))
    ]
