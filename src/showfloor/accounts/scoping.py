"""Every row belongs to a brand, and every query says which.

`Model.objects.for_brand(brand)` is the way in. Django's own machinery (the admin's related objects,
migrations, fixtures) uses the base manager; code of ours that really means all brands writes
`Model.objects.all_brands()`, which can be searched for and is reviewed.
"""

from typing import Any, ClassVar, NoReturn, Self, override

from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from showfloor.kernel.ids import ID_LENGTH, new_id


class UnscopedQuery(AssertionError):
    """A query over brand-scoped rows that does not say which brand."""


class BrandManager[M: "BrandScoped"](models.Manager[M]):
    """A manager that answers only once the brand was named."""

    def for_brand(self, brand: models.Model | str) -> models.QuerySet[M]:
        """Rows of one brand, given as row or id."""
        brand_id = brand if isinstance(brand, str) else brand.pk
        return super().get_queryset().filter(**{f"{self.model.brand_path}_id": brand_id})

    def by_key(self, brand: models.Model | str, **keys: Any) -> models.QuerySet[M]:
        """Rows of one brand that are looked up by a key of theirs (`pk__in`, say). The brand is
        only checked, and no index serves that: PostgreSQL, which knows nothing of a young table,
        took the index of the brand, and read everything of a shop for each hundred rows of a
        file."""
        brand_id = brand if isinstance(brand, str) else brand.pk
        own = Coalesce(f"{self.model.brand_path}_id", Value(""))
        return super().get_queryset().filter(Exact(own, Value(brand_id)), **keys)

    def for_brands(self, brand_ids: list[str]) -> models.QuerySet[M]:
        """Rows of these brands: a staff member's."""
        return super().get_queryset().filter(**{f"{self.model.brand_path}_id__in": brand_ids})

    def all_brands(self) -> models.QuerySet[M]:
        """Rows of all brands: for look-ups by a secret or a public address, and for jobs."""
        return super().get_queryset()

    @override
    def create(self, **values: Any) -> M:
        """A new row names its brand by itself: the column can't be empty."""
        return super().get_queryset().create(**values)

    @override
    def get_queryset(self) -> models.QuerySet[M]:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UnscopedQuery(
            f"{self.model.__name__}: say which brand: .for_brand(…) or .all_brands()"
        )


class BrandScoped(models.Model):
    """A row that belongs to a brand; `brand_path` leads from the row to its brand."""

    brand_path: ClassVar[str] = "brand"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)

    objects: ClassVar[BrandManager[Self]] = BrandManager()
    unscoped = models.Manager[Any]()  # Django's own machinery only (Meta.base_manager_name)

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    @property
    def owning_brand_id(self) -> str:
        """The id of the brand that this row belongs to, by way of `brand_path`."""
        *path, last = self.brand_path.split("__")
        owner: Any = self
        for step in path:
            owner = getattr(owner, step)
        found: str = getattr(owner, f"{last}_id")
        return found


class BrandOwned(BrandScoped):
    """A row that names its brand itself."""

    brand = models.ForeignKey(
        "accounts.Brand", on_delete=models.CASCADE, related_name="+", verbose_name=_("brand")
    )

    class Meta(BrandScoped.Meta):
        abstract = True


class BrandOwnedIndexed(BrandOwned):
    """A row that names its brand itself, in a table with an index that begins with the brand: a
    second one, of the brand alone, would only cost."""

    brand = models.ForeignKey(
        "accounts.Brand", on_delete=models.CASCADE, related_name="+", db_index=False,
        verbose_name=_("brand"),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        abstract = True
