"""Every list of the back office has words for the time before its first row."""

from django.contrib import admin

from showfloor.site.empty_lists import TEXTS


def test_every_list_says_what_will_stand_in_it() -> None:
    assert set(TEXTS) == {model._meta.label_lower for model in admin.site._registry}
