"""Display names: 1 to 30 visible characters, and nobody can look like the brand or its people."""

import unicodedata
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, StaffRole
from showfloor.kernel.errors import Invalid

NAME_CHARS_MAX = 30
_COMBINING_MAX = 2  # marks on one letter; more is "zalgo" that paints over its neighbours
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}  # controls, direction overrides, private use
_INVISIBLE = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}  # letters that draw nothing
_JOINERS = {"\u200c", "\u200d"}  # Persian and Indic writing and emoji need them

# Letters of other scripts, and digits, that read as Latin ones (the common part of Unicode TR 39).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏ" "αενικορτυχω" "01345|!$@ı",
    "aeopcyxijsdhl" "aevikoptuxw" "oleasllsai",
)  # fmt: skip
_TITLES = {
    "admin",
    "administrator",
    "host",
    "moderator",
    "producer",
    "owner",
    "staff",
    "team",
    "support",
}

type NameSource = Callable[[str], Iterable[str]]
_sources: list[NameSource] = []


def reserve(source: NameSource) -> Callable[[], None]:
    """Add names that nobody may take at a brand (given its id): the shows room adds its hosts'.
    Return a function that removes the names again."""
    _sources.append(source)
    return lambda: _sources.remove(source)


def clean_display_name(text: str, brand: Brand) -> str:
    """Return the name that somebody wants to be called, as it is shown; Invalid with field
    `name`."""
    name = clean_given_name(text)
    if _is_reserved(skeleton(name), brand):
        raise Invalid(
            _("This name is kept for the brand's own people."), field="name", code="name-reserved"
        )
    return name


def clean_given_name(text: str) -> str:
    """Return the name that staff give somebody, as it is shown; Invalid with field `name`."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= NAME_CHARS_MAX:
        raise Invalid(_("A name has 1 to 30 characters."), field="name", code="name-length")
    if _has_hidden(name):
        raise Invalid(
            _("This name has characters that can't be seen."), field="name", code="name-hidden"
        )
    return name


def skeleton(name: str) -> str:
    """Return the name without case, accents, spacing and letters that only look alike."""
    folded = unicodedata.normalize("NFKD", name).casefold().translate(_LOOKALIKES)
    letters = (char for char in folded if char.isalnum())
    return "".join(letters).translate(_LOOKALIKES)


def _has_hidden(name: str) -> bool:
    run = 0
    for char in name:
        category = unicodedata.category(char)
        if (category in _HIDDEN and char not in _JOINERS) or char in _INVISIBLE:
            return True
        run = run + 1 if category in {"Mn", "Me"} else 0
        if run > _COMBINING_MAX:
            return True
    return not any(unicodedata.category(char)[0] in "LNSP" for char in name)


def _is_reserved(look: str, brand: Brand) -> bool:
    if look in {skeleton(title) for title in _TITLES}:
        return True
    own = skeleton(brand.name)
    if own and (look == own or (len(own) >= 4 and own in look)):
        return True
    people = [
        row.user.get_full_name()
        for row in StaffRole.objects.for_brand(brand).select_related("user")
    ]
    people += [name for source in _sources for name in source(brand.pk)]
    return look in {skeleton(person) for person in people if person}
