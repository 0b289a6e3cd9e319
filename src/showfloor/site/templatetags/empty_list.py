from typing import Any

from django import template

from showfloor.site.empty_lists import TEXTS

register = template.Library()


@register.filter
def empty_list_text(opts: Any) -> str:
    """Return what stands in the place of the list of this model while it has no rows."""
    return str(TEXTS.get(opts.label_lower, ""))
