"""Forms that stay open for long: what others changed meanwhile is not put back by saving one.

Each field carries the value that the person saw. A field that the person left alone keeps the value
of now; one that both changed is refused once, with what it became, and the next save decides.
"""

from collections.abc import Mapping
from typing import Any, cast, override

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from showfloor.accounts.admin_base import BrandForm

_UNGUARDED = (forms.FileField, forms.MultipleChoiceField, forms.ModelMultipleChoiceField)


class MergingForm(BrandForm):
    """A form of the back office whose stale fields overwrite nothing."""

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            return
        for field in self.fields.values():
            if not (field.disabled or isinstance(field, _UNGUARDED)):
                field.show_hidden_initial = True

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in [name for name in cleaned if name in self.fields]:
            bound = self[name]
            if not bound.field.show_hidden_initial or bound.html_initial_name not in self.data:
                continue
            now = bound.field.prepare_value(bound.initial)
            seen = self.data[bound.html_initial_name]
            if _same(bound.field, now, seen) or _same(bound.field, now, bound.data):
                continue
            if _same(bound.field, seen, bound.data):
                cleaned[name] = bound.field.clean(now)
            else:
                self._refuse(name, bound, now)
        return cleaned

    def _refuse(self, name: str, bound: BoundField, now: Any) -> None:
        data = cast("QueryDict", self.data).copy()
        data[bound.html_initial_name] = "" if now is None else str(now)
        self.data = data  # shown again, the form has seen the value of now
        self.add_error(
            name,
            _("This has become “%(now)s” meanwhile. Save again to replace it with yours.")
            % {"now": _shown(bound.field, now)},
        )


def _same(field: forms.Field, one: Any, other: Any) -> bool:
    return not field.has_changed(_lines(one), _lines(other))


def _lines(value: Any) -> Any:
    """Browsers send every line's end as CR LF."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _shown(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
        return str(field.queryset.filter(pk=value).first() or "")
    if isinstance(field, forms.ChoiceField):
        labels: Mapping[Any, Any] = dict(field.choices)  # type: ignore[arg-type]
        return str(labels.get(value, value))
    text = "" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
