"""Erasing a person at a brand, in every room that keeps something about them.

Erasure keeps ids that tell nothing about a person, and the record that an action took place.
Orders and payments stay for as long as the law asks for a merchant's books.
"""

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, User
from showfloor.accounts.subjects import Subject
from showfloor.kernel.errors import Invalid
from showfloor.kernel.slices import Erasure, installed


def erase(brand: Brand, subject: str, by: User | None) -> Mapping[str, int]:
    """Erase the person of this `sub` at the brand and return how many rows of which class were
    found. `by` is None for a person who asks for it alone. Invalid for text that names nobody.

    Each room works in transactions of its own. An erasure that was cut off is completed by the
    next one, which finds nothing where all is gone.
    """
    if Subject.parse_person(subject) is None:
        raise Invalid(_("Say whom."), field="subject")
    order = Erasure(brand.pk, subject, str(by.staff_subject) if by is not None else "")
    found = Counter[str]()
    # The upper rooms first: they look things up in the lower ones, and write to people's streams.
    for one in reversed(installed()):
        found.update(one.privacy.erase(order))
    return found
