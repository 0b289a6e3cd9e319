"""Pages of the back office: a brand's word rules, and its audit log for reading."""

from typing import Any, override

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from showfloor.accounts.admin_base import BrandAdmin, BrandForm
from showfloor.accounts.models import Role
from showfloor.community.moderation import word_rules
from showfloor.community.moderation.word_rules import RuleDraft
from showfloor.community.safety.models import AuditEntry, WordRule
from showfloor.kernel.errors import Invalid

MODERATORS = (Role.PRODUCER, Role.MODERATOR)
_FIELDS = ("pattern", "language", "action", "replacement", "catches_variants")


class WordRuleForm(BrandForm):
    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        try:
            draft = word_rules.checked(_draft(cleaned))
        except Invalid as error:
            self.add_error(error.field, error.message)
            return cleaned
        cleaned.update({name: getattr(draft, name) for name in _FIELDS})
        return cleaned


@admin.register(WordRule)
class WordRuleAdmin(BrandAdmin):
    """Changes here go through the same verbs as the console's, and are written down."""

    view_roles = MODERATORS
    edit_roles = MODERATORS
    form = WordRuleForm
    list_display = ("pattern", "language", "action", "replacement", "catches_variants")
    list_filter = ("action", "language", "catches_variants")
    list_select_related = ("brand",)
    search_fields = ("pattern",)
    fields = ("brand", *_FIELDS)
    export_columns = (
        ("pattern", "pattern"), ("language", "language"), ("action", "action"),
        ("replacement", "replacement"), ("variants", "variants"),
    )  # fmt: skip

    def variants(self, row: WordRule) -> str:
        """Return the cell that an import reads as the same setting."""
        return "yes" if row.catches_variants else "no"

    @override
    def save_model(self, request: HttpRequest, obj: WordRule, form: Any, change: bool) -> None:
        draft = _draft({name: getattr(obj, name) for name in _FIELDS})
        if change:
            changes = {name: getattr(draft, name) for name in _FIELDS}
            word_rules.change(obj.brand, obj.pk, changes, request.user)  # type: ignore[arg-type]
        else:
            row = word_rules.add(obj.brand, draft, request.user)  # type: ignore[arg-type]
            obj.pk, obj._state.adding = row.pk, False

    @override
    def delete_model(self, request: HttpRequest, obj: WordRule) -> None:
        word_rules.remove(obj.brand, obj.pk, request.user)  # type: ignore[arg-type]

    @override
    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[WordRule]) -> None:
        for row in queryset.select_related("brand"):
            self.delete_model(request, row)


@admin.register(AuditEntry)
class AuditAdmin(BrandAdmin):
    """The actions of moderators: nobody changes them here."""

    view_roles = MODERATORS
    can_add = can_change = can_delete_rows = False
    list_display = ("at", "actor_name", "action", "target_name", "reason", "show")
    list_filter = ("at",)
    list_select_related = ("show", "brand")
    search_fields = ("actor_name", "action", "target_name", "reason")
    date_hierarchy = "at"
    fields = ("at", "actor_name", "action", "target", "target_name", "reason", "show", "undoes")
    export_columns = (
        ("at", "at"), ("actor", "actor_name"), ("action", "action"), ("target", "target"),
        ("name", "target_name"), ("reason", "reason"), ("show", "show"), ("undoes", "undoes_id"),
    )  # fmt: skip


def _draft(values: dict[str, Any]) -> RuleDraft:
    return RuleDraft(**{name: values[name] for name in _FIELDS})
