"""The tree of a brand's categories and the products in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Category, Product, Variant
from showfloor.catalogue.queries import on_sale

DEPTH_MAX: Final = 6  # levels of a tree


@dataclass(slots=True)
class Branch:
    """A category with those below it, in their order."""

    category: Category
    depth: int
    below: list["Branch"] = field(default_factory=list)


def tree(brand: Brand) -> list[Branch]:
    """Return the published categories as trees. One below an unpublished one is not in it."""
    branches: dict[str, Branch] = {}
    roots: list[Branch] = []
    rows = list(Category.objects.for_brand(brand).filter(published=True))
    waiting = {row.pk: row for row in rows}
    for depth in range(DEPTH_MAX):
        for row in list(waiting.values()):
            above = branches.get(row.parent_id or "")
            if row.parent_id is None or (above is not None and above.depth == depth - 1):
                branches[row.pk] = branch = Branch(row, depth)
                (roots if above is None else above.below).append(branch)
                del waiting[row.pk]
    return roots


def flat(branches: Iterable[Branch]) -> list[Branch]:
    """Return all branches, each before those below it."""
    return [one for branch in branches for one in (branch, *flat(branch.below))]


def path_to(category: Category) -> list[Category]:
    """Return the categories from the root to this one."""
    rows = {row.pk: row for row in Category.objects.for_brand(category.brand_id)}
    path = [category]
    while path[0].parent_id in rows and len(path) < DEPTH_MAX:
        path.insert(0, rows[path[0].parent_id])
    return path


def ids_below(brand_id: str, category_id: str) -> set[str]:
    """Return the ids of a category and of all below it."""
    rows = Category.objects.for_brand(brand_id).values_list("pk", "parent")
    return _closure(dict(rows), category_id)


def products_in(category: Category, *, sold_only: bool = False) -> QuerySet[Product]:
    """Return the products of a category and of those below it. `sold_only`: those that are
    published and have a variant on sale."""
    ids = ids_below(category.brand_id, category.pk)
    further = Product.also_in.through._default_manager.filter(
        product=OuterRef("pk"), category__in=ids
    )
    products = Product.objects.for_brand(category.brand_id)
    products = products.filter(Q(category__in=ids) | Exists(further))
    if not sold_only:
        return products
    sold = Variant.objects.for_brand(category.brand_id).filter(on_sale(), product=OuterRef("pk"))
    return products.filter(Exists(sold))


def parent_problem(
    category_id: str | None, parent_id: str, parents: Mapping[str, str | None]
) -> str:
    """Say in words why a category can't belong to another one; empty when it can. `parents`:
    category id → id of the one above it."""
    depth, above = 1, parent_id
    while above:
        if above == category_id:
            return _("A category cannot belong to itself or to one below it.")
        depth, above = depth + 1, parents.get(above) or ""
        if depth > DEPTH_MAX:
            break
    if category_id is not None:
        depth += _height(parents, category_id) - 1
    if depth > DEPTH_MAX:
        return _("At most %(count)d levels of categories.") % {"count": DEPTH_MAX}
    return ""


def _closure(parents: Mapping[str, str | None], root: str) -> set[str]:
    found, edge = {root}, {root}
    while edge:
        edge = {pk for pk, above in parents.items() if above in edge} - found
        found |= edge
    return found


def _height(parents: Mapping[str, str | None], root: str) -> int:
    """Return the number of levels from a category down."""
    edge, levels = {root}, 0
    while edge and levels <= DEPTH_MAX:
        edge = {pk for pk, above in parents.items() if above in edge}
        levels += 1
    return levels
