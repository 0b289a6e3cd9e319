"""Back office pages of rows that nobody types into: they show a row and offer one act with it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, override

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from showfloor.accounts.admin_base import BrandAdmin, BrandForm
from showfloor.kernel.errors import ShowfloorError


class ActForm(BrandForm):
    """A form whose fields are an act, not columns. The verb is called when everything typed is
    right, so that what it refuses stands at a field."""

    act: Any = None  # set by the page: what the verb is called with
    # The form's name of a verb's argument whose own name is a column that the page shows.
    field_of: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def fields_of_act(cls, row: Any) -> Mapping[str, forms.Field]:
        return {}

    @classmethod
    def groups(cls, row: Any) -> Sequence[tuple[str, Sequence[Any]]]:
        """Return the fields of the act under headings."""
        names = tuple(cls.fields_of_act(row))
        return ((_("Act"), names),) if names else ()

    def do(self) -> None:
        raise NotImplementedError

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(self.fields_of_act(self.instance))

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors:
            try:
                self.do()
            except ShowfloorError as error:
                field = self.field_of.get(error.field or "", (error.field or "").replace(".", "_"))
                self.add_error(field if field in self.fields else None, error.message)
        return cleaned

    def text(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")


class ActPage(BrandAdmin):
    """A page that shows a row and offers one act with it; nothing is typed into the row."""

    can_add = can_delete_rows = False
    shown: tuple[str, ...] = ()
    form: type[ActForm]

    @override
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["fields"] = []
        made = super().get_form(request, obj, change, **kwargs)
        made.act = request.user
        return made

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groups = self.form.groups(obj) if obj is not None else ()
        if not self.has_change_permission(request, obj):
            groups = ()
        shown: list[Any] = [(None, {"fields": self.shown})]
        return [*shown, *((title, {"fields": names}) for title, names in groups)]

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The act has written what it changed."""
