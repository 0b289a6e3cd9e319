"""The back office's base: every list, form, choice, filter, action and page shows only rows of the
brands where the person works, and lets them do only what their role there includes.

Another brand's row does not exist here: its pages answer 404, it is in no choice and no filter, and
a form that names it anyway is refused. `tests/site/test_back_office_scope.py` walks the registry.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar, override

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.options import ModelAdmin as BaseModelAdmin
from django.contrib.admin.utils import NestedObjects, flatten_fieldsets
from django.core.exceptions import ValidationError
from django.db import models, router
from django.forms import HiddenInput, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import PaginationInlineFormSet

from showfloor.accounts import staff_access
from showfloor.accounts.date_steps import DateSteps
from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.accounts.picture_field import PictureFormField
from showfloor.accounts.reauthentication import ask_again
from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.csv_cells import BYTE_ORDER_MARK, csv_text
from showfloor.kernel.money import Money

EXPORT_PAGE = 500  # rows in memory at a time
_THUMBNAIL = '<img src="{}" alt="" width="40" height="40" class="rounded object-cover h-10 w-10">'


def staff_roles(request: HttpRequest) -> dict[str, Role]:
    """Brand id → role of the request's person; asked once for a request."""
    known: dict[str, Role] | None = getattr(request, "staff_roles", None)
    if known is None:
        known = staff_access.roles_of(request.user)
        request.staff_roles = known  # type: ignore[attr-defined]
    return known


def brand_ids(request: HttpRequest, roles: Sequence[Role]) -> list[str]:
    """Brands where the person owns or has one of `roles`."""
    return [
        brand_id
        for brand_id, role in staff_roles(request).items()
        if role is Role.OWNER or role in roles
    ]


def money_text(amount: int | None, currency: str) -> str:
    """Return an amount in the notation of the page's language, with its currency's code."""
    return "" if amount is None else f"{decimal_text(amount, currency)} {currency}"


def decimal_text(amount: int, currency: str) -> str:
    return number_format(Decimal(Money(amount, currency).decimal))


def thumbnail(image: Any) -> SafeString | str:
    return format_html(_THUMBNAIL, image.url) if image else ""


def visible_rows(model: type[models.Model], ids: list[str]) -> models.QuerySet[Any]:
    """Rows of a model that staff of these brands may know of; none of an unknown model."""
    if issubclass(model, BrandScoped):
        return model.objects.for_brands(ids)
    if model is Brand:
        return Brand.objects.filter(pk__in=ids)
    if model is User:
        colleagues = StaffRole.objects.for_brands(ids).values("user_id")
        return User.objects.filter(pk__in=colleagues)
    return model._default_manager.none()


class BrandForm(ModelForm):  # type: ignore[type-arg]
    """Refuses a form whose rows belong to different brands, and checks constraints that include
    the brand although nobody types it."""

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # Django does it for a model's own fields alone
            field.label = capfirst(field.label)

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        if getattr(self.instance, "brand_id", None):
            excluded.discard("brand")
        return excluded

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        brand = cleaned.get("brand")
        brand_id = brand.pk if brand is not None else _brand_of(self.instance)
        for name, value in list(cleaned.items()):  # an error takes its value out
            rows = value if isinstance(value, models.QuerySet) else [value]
            strangers = [
                row
                for row in rows
                if isinstance(row, BrandScoped) and brand_id and row.owning_brand_id != brand_id
            ]
            if strangers:
                self.add_error(name, _("This belongs to another brand."))
        return cleaned


def _brand_of(row: models.Model) -> str | None:
    try:
        return row.owning_brand_id if isinstance(row, BrandScoped) else None
    except (models.ObjectDoesNotExist, AttributeError):
        return None  # what leads to the brand was not chosen: the form says so


class BrandChoicesFilter(RelatedFieldListFilter):
    """A filter over related rows that offers only those of the person's brands."""

    @override
    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[str, Any]]:
        rows = visible_rows(field.related_model, model_admin.visible_brand_ids(request))
        return [(row.pk, str(row)) for row in rows[:500]]


class OwnFieldFilter(admin.SimpleListFilter):
    """For filters of ours that look at nothing but the list's own, already limited, rows."""


class _Pictured:
    """Pictures that come in here are made anew."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(db_field, models.ImageField) and field is not None:
            return PictureFormField(
                label=field.label, required=field.required, help_text=field.help_text,
                max_length=db_field.max_length, widget=field.widget,
            )  # fmt: skip
        return field


class _Scoped(_Pictured):
    """The common part of a page and an inline. Owners may do everything that can be done."""

    view_roles: ClassVar[tuple[Role, ...]] = ()
    edit_roles: ClassVar[tuple[Role, ...]] = ()
    can_add: ClassVar[bool] = True
    can_change: ClassVar[bool] = True
    can_delete_rows: ClassVar[bool] = True
    model: type[Any]
    raw_id_fields: Sequence[str] = ()

    def visible_brand_ids(self, request: HttpRequest) -> list[str]:
        return brand_ids(request, (*self.view_roles, *self.edit_roles))

    def editable_brand_ids(self, request: HttpRequest) -> list[str]:
        return brand_ids(request, self.edit_roles)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return rows.filter(**{f"{self.model.brand_path}_id__in": self.visible_brand_ids(request)})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = visible_rows(
            db_field.remote_field.model, self.editable_brand_ids(request)
        )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = visible_rows(
            db_field.remote_field.model, self.editable_brand_ids(request)
        )
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(self.visible_brand_ids(request), obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_add and self._may(self.editable_brand_ids(request), obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_change and self._may(self.editable_brand_ids(request), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete_rows and self._may(self.editable_brand_ids(request), obj)

    @staticmethod
    def _may(ids: list[str], obj: Any) -> bool:
        """`obj` is the row, or an inline's parent; None asks whether there is any at all."""
        return bool(ids) if obj is None else obj.owning_brand_id in ids


class BrandInlineFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """Children belong to the brand of the row that they are edited under. One that others need
    is not deleted."""

    deletion_refused: Any = gettext_lazy("“%(row)s” is needed elsewhere and can't be deleted.")

    @override
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            # In a table only the column says what a field is, and a screen reader doesn't hear it.
            field.widget.attrs.setdefault("aria-label", str(field.label or ""))

    @override
    def full_clean(self) -> None:
        # Not when the forms are made: a new parent gets its brand when its own form is checked.
        for form in self.forms:
            setattr(form.instance, self.fk.name, self.instance)
            if isinstance(form.instance, BrandOwned):
                form.instance.brand_id = self.instance.owning_brand_id
        super().full_clean()

    @override
    def clean(self) -> None:
        # Before Django's own check, which lists the rows that are in the way instead.
        for form in self.initial_forms:
            if self.can_delete and self._should_delete_form(form) and _is_needed(form.instance):
                raise ValidationError(self.deletion_refused % {"row": form.instance})
        super().clean()


def _is_needed(row: models.Model) -> bool:
    """Return whether other rows refer to this one and would not be deleted with it."""
    collector = NestedObjects(using=router.db_for_write(type(row)))
    collector.collect([row])
    return bool(collector.protected)


class BrandInline(_Scoped, TabularInline):  # type: ignore[misc]
    form = BrandForm
    formset = BrandInlineFormSet
    extra = 0
    show_title = False  # the first column says it

    @override
    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        own = super().get_exclude(request, obj) or ()
        return (*own, "brand") if issubclass(self.model, BrandOwned) else own


class ReadOnlyInline(BrandInline):
    """Rows that only report, shown below the row that they belong to."""

    can_add = can_change = can_delete_rows = False
    can_delete = False


def _as_verb(request: HttpRequest, show: Callable[[], HttpResponse]) -> HttpResponse:
    """A form that is sent is one write transaction, which waits its turn and is repeated like every
    other. A file that came with it may be moved away by the first attempt: then there is but one.
    """
    if request.method != "POST":
        return show()

    def act() -> HttpResponse:
        with write():
            return show()

    return act() if request.FILES else verb(act)()


class BackOfficeAdmin(_Pictured, ModelAdmin):  # type: ignore[misc]
    """The common part of every page of the back office, scoped or not."""

    list_per_page = 50
    list_fullwidth = True
    view_on_site = False
    show_full_result_count = False

    @override
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown = super().changeform_view
        return _as_verb(request, lambda: shown(request, object_id, form_url, extra_context))

    @override
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shown = super().delete_view
        return _as_verb(request, lambda: shown(request, object_id, extra_context))

    @override
    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Any = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> list[tuple[str, str]]:
        # Unfold 0.110 has this method without Django 6.1's `action_location`, which warns.
        choices: list[tuple[str, str]] = BaseModelAdmin.get_action_choices(
            self, request, [("", _("Select action"))], action_location
        )
        return choices

    @override
    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        raise Http404(_("There is no such thing here."))


class ConfirmedPages:
    """Every form and action of these pages is for someone who has just said again who they are."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        ask_again(request)
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        ask_again(request)
        return super().delete_view(request, *args, **kwargs)  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST":
            ask_again(request)
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]


class BrandAdmin(_Scoped, BackOfficeAdmin):
    """`view_roles` may look, `edit_roles` may change; owners and superusers both.

    `export_columns`: (heading, attribute path or a method of the admin) of the CSV that *Export*
    makes; a field named `brand` is chosen only by people who work for several.
    """

    form = BrandForm
    export_columns: ClassVar[tuple[tuple[str, str], ...]] = ()
    actions: Sequence[str] = ("export_selected",)

    @override
    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        assert issubclass(model, BrandScoped), f"{model.__name__} belongs to no brand"
        assert not self.raw_id_fields, "a raw id's label is read past the brand"
        assert not self.list_editable, "a list's forms are not asked about each row's brand"
        for entry in self.list_filter:
            own = isinstance(entry, str) and "__" not in entry
            assert own or (isinstance(entry, type) and issubclass(entry, OwnFieldFilter)), (
                f"the filter {entry!r} could list another brand's values"
            )
        if not self.export_columns:
            self.actions = tuple(name for name in self.actions if name != "export_selected")
        super().__init__(model, admin_site)

    # --- lists

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        return DateSteps.over(rows) if self.date_hierarchy else rows

    @override
    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        if shown.query:
            shown.date_hierarchy = None  # each date would be searched for anew
        return shown

    @override
    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        shown = tuple(super().get_list_display(request))
        if len(self.visible_brand_ids(request)) > 1 and self._names_its_brand:
            return (*shown, "brand")
        return shown

    @override
    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        several = len(self.visible_brand_ids(request)) > 1 and self._names_its_brand
        entries = (*(("brand",) if several else ()), *self.list_filter)
        return [
            (entry, BrandChoicesFilter)
            if isinstance(entry, str) and self.model._meta.get_field(entry).is_relation
            else entry
            for entry in entries
        ]

    @admin.action(description=gettext_lazy("Export selected as CSV"), permissions=["view"])
    def export_selected(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> StreamingHttpResponse:
        response = StreamingHttpResponse(
            self._csv_parts(queryset), content_type="text/csv; charset=utf-8"
        )
        name = f"{self.model._meta.model_name}s.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _csv_parts(self, queryset: models.QuerySet[Any]) -> Iterator[str]:
        """All rows, oldest first, a page in memory at a time. Each page is a query of its own: one
        that stays open while somebody loads slowly would keep SQLite's log from being cleared."""
        yield BYTE_ORDER_MARK + csv_text([[heading for heading, _path in self.export_columns]])
        rows, last = queryset.order_by("pk"), ""
        while page := list(rows.filter(pk__gt=last)[:EXPORT_PAGE]):
            last = page[-1].pk
            yield csv_text(
                [self._value(row, path) for _heading, path in self.export_columns] for row in page
            )

    def _value(self, row: models.Model, path: str) -> Any:
        method: Callable[[Any], Any] | None = getattr(self, path, None)
        if method is not None:
            return method(row)
        value: Any = row
        for step in path.split("."):
            value = getattr(value, step, None)
        return value

    # --- forms

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        if self.can_change:
            return tuple(super().get_readonly_fields(request, obj))
        return flatten_fieldsets(self.fieldsets or ((None, {"fields": self.fields or ()}),))

    @override
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        field = form.base_fields.get("brand")
        if field is None:
            return form
        ids = self.editable_brand_ids(request)
        if obj is not None:
            field.disabled = True  # a row never moves to another brand
        elif len(ids) == 1:
            field.initial, field.disabled = ids[0], True
        if len(ids) == 1:
            field.widget = HiddenInput()
        return form

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        ids = self.editable_brand_ids(request)
        if len(ids) == 1 and self._names_its_brand:
            initial["brand"] = ids[0]
        return initial

    @property
    def _names_its_brand(self) -> bool:
        return issubclass(self.model, BrandOwned)

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.visible_brand_ids(request))

    @override
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request)


class SuperuserAdmin(BackOfficeAdmin):
    """For what belongs to the installation, not to a brand."""

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    @override
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_active and request.user.is_superuser
