"""The check of an e-mail address that somebody typed."""

from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

EMAIL_CHARS_MAX: Final = 254  # of a column; `validate_email` lets 320 pass


def check_email(email: str, field: str = "email") -> None:
    """Raise Invalid that names the field, unless this is an e-mail address."""
    try:
        validate_email(email)
    except ValidationError:
        is_one = False
    else:
        is_one = len(email) <= EMAIL_CHARS_MAX
    if not is_one:
        raise Invalid(_("This is not an e-mail address."), field=field)
