"""The waiver of the law's texts for scripts that fill the installation of a served process.

It stands by itself: who runs such a script may have no Django.
"""

WAIVE = """
from showfloor.accounts.models import Brand as AnyBrand
from showfloor.legal.models import LegalOverride
from showfloor.legal.rules import Text
for one in AnyBrand.objects.all():
    LegalOverride(brand=one, missing=list(Text), reason="This brand is of a test.").save()
"""
