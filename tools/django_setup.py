"""Sets Django up, for tools that read what the rooms declare beside their models. They import this
module first."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "showfloor.site.settings")
django.setup()
