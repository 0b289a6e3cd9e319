"""The words that a guest agrees to before her camera is shown. With a change of their sense
`rules.CONSENT_VERSION` changes, too: it is stored with each agreement."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand


def words(brand: Brand) -> Sequence[str]:
    """Return the sentences, in the language of the page."""
    return (
        _("%(brand)s shows your picture and your voice live, to everyone who watches.")
        % {"brand": brand.name},
        _(
            "The show is recorded. The recording and parts of it stay online for as long as the"
            " brand keeps them."
        ),
        _("Until the host lets you in, only she sees and hears you. You can leave at any time."),
    )
