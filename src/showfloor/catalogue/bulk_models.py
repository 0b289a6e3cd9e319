"""Bulk edits: one change of many products, and what each product was before."""

from typing import Any, override

from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped


class EditState(models.TextChoices):
    DRAFT = "draft", _("Being prepared")
    APPLYING = "applying", _("Being applied")
    DONE = "done", _("Applied")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class BulkEdit(BrandOwned):
    """`change`: a `bulk.plan.Change` as JSON. `done`: so many of the products, in their order, have
    had it applied, or taken back."""

    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(_("state"), max_length=8, choices=EditState, default=EditState.DRAFT)
    product_ids: Any = models.JSONField(default=list)
    change: Any = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)

    class Meta(BrandOwned.Meta):
        ordering = ["-created_at", "-pk"]
        verbose_name = _("bulk edit")
        verbose_name_plural = _("bulk edits")

    @override
    def __str__(self) -> str:
        return self.pk


class EditedProduct(BrandScoped):
    """One product of a bulk edit. `before`, `after`: its values that were changed; `problems`: what
    was left as it was, and why."""

    brand_path = "edit__brand"

    edit = models.ForeignKey(BulkEdit, on_delete=models.CASCADE, related_name="products")
    product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="+")
    before: Any = models.JSONField(default=dict)
    after: Any = models.JSONField(default=dict)
    problems: Any = models.JSONField(default=list)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["edit", "product"], name="edited_product_once")
        ]

    @override
    def __str__(self) -> str:
        return self.product_id
