"""The main landmark of the back office's pages: screen readers jump to it past the side bar."""

from django import template
from django.utils.safestring import SafeString, mark_safe

_THEMES_PART = '<div id="main"'

register = template.Library()


@register.filter
def with_main_landmark(page: SafeString) -> SafeString:
    """Make the theme's part beside the side bar a landmark; its template has it as a bare `div`."""
    return mark_safe(page.replace(_THEMES_PART, f'{_THEMES_PART} role="main"', 1))  # noqa: S308
