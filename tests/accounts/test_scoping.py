"""One brand-scoped base for every query: a table that does not stand on it is found here."""

import pytest
from django.apps import apps

from showfloor.accounts.models import Brand
from showfloor.accounts.scoping import BrandScoped, UnscopedQuery
from showfloor.shows.models import Show

# Tables that belong to no brand.
OF_NO_BRAND = {
    "accounts.Brand", "accounts.Installation", "accounts.RateCounter",
    "accounts.User",
}  # fmt: skip


def test_every_table_of_ours_belongs_to_a_brand() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith("showfloor.")]
    unscoped = {model._meta.label for model in ours if not issubclass(model, BrandScoped)}
    assert unscoped == OF_NO_BRAND
    assert len(ours) >= 20


def test_a_brand_is_at_the_end_of_every_path() -> None:
    for model in apps.get_models():
        if issubclass(model, BrandScoped):
            field = None
            owner: type[object] | None = model
            for step in model.brand_path.split("__"):
                field = owner._meta.get_field(step)  # type: ignore[union-attr]
                owner = field.related_model
            assert owner is Brand, model._meta.label


@pytest.mark.django_db
def test_a_query_that_does_not_say_which_brand_is_refused() -> None:
    for ask in (Show.objects.all, Show.objects.first, Show.objects.count):
        with pytest.raises(UnscopedQuery, match="say which brand"):
            ask()
