"""Fills an empty installation with something to buy; prints what a buyer needs as JSON.

Run as a program by the kill test, in the environment of the server that it will kill.
"""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "showfloor.site.settings"
django.setup()

from showfloor.accounts.models import Brand  # noqa: E402
from showfloor.accounts.signer import token_signer  # noqa: E402
from showfloor.accounts.tokens import Claims  # noqa: E402
from showfloor.checkout.models import ShippingOption  # noqa: E402
from showfloor.kernel.clock import utc_now  # noqa: E402
from tests.stock.helpers import make_variant  # noqa: E402

brand = Brand.objects.create(slug="maison", name="Maison")
make_variant(brand, "CREAM", 3)
ShippingOption(brand=brand, name="Standard", price=490).save()
token = token_signer().issue(Claims("g:anna", brand.pk), utc_now())
json.dump({"token": token}, sys.stdout)
