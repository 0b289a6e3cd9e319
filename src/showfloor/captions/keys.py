"""The captioning key of a show: with it a stenographer, or a program that listens, writes captions
and nothing else."""

import hmac
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb, write
from showfloor.captions.models import CaptionKey
from showfloor.kernel.errors import NotSignedIn
from showfloor.kernel.keys import KEY_CHARS_MAX, derive
from showfloor.shows.models import Show
from showfloor.shows.services.locking import lock

_SCHEME: Final = "bearer"


def key_of(show: Show) -> str | None:
    """Return the show's key; None before the first one was made."""
    row = _row(show)
    return _derive(settings.SECRET_KEY, row) if row is not None else None


@verb
def renew(show: Show) -> str:
    """Make a new key; the one before opens nothing from the commit on."""
    with write():
        lock(show)
        row = _row(show)
        if row is None:
            row = CaptionKey(show=show)
            row.save()
        else:
            row.version += 1
            row.save(update_fields=["version"])
    return _derive(settings.SECRET_KEY, row)


def show_opened_by(slug: str, authorization: str) -> Show:
    """Return the show at this address if the value of an `Authorization` header opens it.
    NotSignedIn, in the same words for a show that does not exist."""
    scheme, _space, key = authorization.partition(" ")
    rows = CaptionKey.objects.all_brands().filter(show__slug=slug)
    row = rows.select_related("show", "show__brand").first()
    if scheme.lower() == _SCHEME and row is not None and _opens(key.strip(), row):
        return row.show
    raise NotSignedIn(_("This captioning key is not good (any more)."), code="bad-caption-key")


def _opens(key: str, row: CaptionKey) -> bool:
    if not 0 < len(key) <= KEY_CHARS_MAX:
        return False
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(key.encode(), _derive(one, row).encode()) for one in secrets)


def _row(show: Show) -> CaptionKey | None:
    return CaptionKey.objects.for_brand(show.brand_id).filter(show=show).first()


def _derive(secret: str, row: CaptionKey) -> str:
    return derive(secret, f"caption-key:{row.show_id}:{row.version}")
