"""Sets Django up, for tools that read what the rooms declare beside their models. They import this
module first."""

import os

import django
from django.apps import apps

if not apps.ready:
    # The tools read nothing of an installation: no key file is read or written for them.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "showfloor.site.settings")
    os.environ.setdefault("SHOWFLOOR_SECRET_KEY", "of-no-installation")
    django.setup()
