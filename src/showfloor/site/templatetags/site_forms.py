"""Forms of libraries in our pages' dress."""

from django import template
from django.forms import BoundField, Select
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def as_input(field: BoundField) -> SafeString:
    """The field's input with our class; what describes it and whether it is wrong, Django says.

    The placeholder goes: it repeats the label, and is gone when it would be needed.
    """
    field.field.widget.attrs.pop("placeholder", None)
    is_choice = isinstance(field.field.widget, Select)
    return field.as_widget(attrs={"class": "sf-select" if is_choice else "sf-input"})
