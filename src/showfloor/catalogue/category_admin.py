"""Back office: the tree of categories, and the list of products by them."""

from typing import Any, override

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from showfloor.accounts.admin_base import BrandAdmin, OwnFieldFilter
from showfloor.accounts.models import Role
from showfloor.accounts.stale_forms import MergingForm
from showfloor.catalogue import categories
from showfloor.catalogue.models import Category

EVERYONE = (Role.PRODUCER, Role.CLERK, Role.MODERATOR, Role.HOST)


class CategoryFilter(OwnFieldFilter):
    """Products of a category and of those below it."""

    title = gettext_lazy("category")
    parameter_name = "in"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Category.objects.for_brands(model_admin.visible_brand_ids(request))
        return [(row.pk, row.name) for row in rows[:500]]

    @override
    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        known = dict(self.lookup_choices)
        if self.value() not in known:
            return queryset
        category = Category.objects.all_brands().get(pk=self.value())
        return queryset.filter(pk__in=categories.products_in(category).values("pk"))


class CategoryForm(MergingForm):
    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        parent = cleaned.get("parent")
        if parent is not None:
            own = None if self.instance._state.adding else self.instance.pk
            rows = Category.objects.for_brand(parent.brand_id).values_list("pk", "parent")
            problem = categories.parent_problem(own, parent.pk, dict(rows))
            if problem:
                self.add_error("parent", problem)
        return cleaned


@admin.register(Category)
class CategoryAdmin(BrandAdmin):
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    form = CategoryForm
    list_display = ("name", "parent", "position", "published", "product_count")
    list_select_related = ("parent",)
    search_fields = ("name",)
    ordering = ("position", "name")
    fields = (
        "brand", ("name", "parent"), ("position", "published"), "description", "slug",
        "seo_title", "seo_description",
    )  # fmt: skip
    autocomplete_fields = ("parent",)

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Category]:
        rows: models.QuerySet[Category] = super().get_queryset(request)
        return rows.annotate(product_total=models.Count("products"))

    @admin.display(description=gettext_lazy("products"), ordering="product_total")
    def product_count(self, category: Any) -> int:
        count: int = category.product_total
        return count
