"""Pictures of imported products: fetched, checked to be pictures, and made anew.

A picture is decoded and written again in one format, smaller if need be, so that nothing of the
file that came survives: no metadata, no second meaning.
"""

import logging
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext_noop as _

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb, write
from showfloor.catalogue.fetching import Fetcher, NotFetched
from showfloor.catalogue.models import Product, ProductMedium, Variant, WantedPicture
from showfloor.kernel import pictures
from showfloor.kernel.pictures import NotAPicture

log = logging.getLogger(__name__)

ATTEMPTS_MAX = 3
IMPORTED = "imported-"  # begins the names of files that came this way
_EDGE_MAX_PX = 1600

type Pictured = Product | Variant


def fetch_next(fetcher: Fetcher | None = None) -> bool:
    """Fetch one picture that is still missing; return False when there is none.

    The attempt is counted before the network is asked, so that a picture that kills the process
    is not tried for ever.
    """
    row = _next(Product.objects.all_brands()) or _next(Variant.objects.all_brands())
    if row is None:
        return _fetch_wanted(fetcher or Fetcher())
    url = row.image_source_url
    if not _update(row, url, image_attempts=row.image_attempts + 1):
        return True
    try:
        body = remake((fetcher or Fetcher()).fetch(url))
    except NotFetched as error:
        log.warning("picture_not_fetched row=%s url=%s reason=%s", row.pk, url, error)
        _update(row, url, image_error=_words(error, row.brand))
        return True
    _store(row, url, body)
    return True


def _fetch_wanted(fetcher: Fetcher) -> bool:
    """Fetch a further picture of a product; products' own pictures come first."""
    rows = WantedPicture.objects.all_brands().filter(attempts__lt=ATTEMPTS_MAX)
    row = rows.order_by("attempts", "pk").first()
    if row is None:
        return False
    if not _note(row, attempts=row.attempts + 1):
        return True
    try:
        body = remake(fetcher.fetch(row.url))
    except NotFetched as error:
        log.warning("picture_not_fetched row=%s url=%s reason=%s", row.pk, row.url, error)
        _note(row, error=_words(error, row.product.brand))
        return True
    medium = ProductMedium(product_id=row.product_id, position=row.position, source_url=row.url)
    medium.image.save(f"{IMPORTED}{medium.pk}.webp", ContentFile(body), save=False)
    if not _put_in_place(row, medium):
        medium.image.delete(save=False)
    return True


@verb
def _note(row: WantedPicture, **values: Any) -> bool:
    with write():
        return bool(WantedPicture.objects.all_brands().filter(pk=row.pk).update(**values))


@verb
def _put_in_place(row: WantedPicture, medium: ProductMedium) -> bool:
    """Show the picture, unless an import has taken it off the list meanwhile."""
    with write():
        found, _kinds = WantedPicture.objects.all_brands().filter(pk=row.pk).delete()
        if found:
            medium.save(force_insert=True)
    return bool(found)


def _words(error: NotFetched, brand: Brand) -> str:
    """Return the reason as the brand's staff read it."""
    with translation.override(brand.language):
        return error.words()[:200]


def remake(raw: bytes) -> bytes:
    """Return the picture as WebP, at most 1600 px; NotFetched when it is none of the usual ones."""
    try:
        return pictures.remake(raw, edge_max_px=_EDGE_MAX_PX, as_format="WEBP")[0]
    except NotAPicture as error:
        raise NotFetched(_("not a picture: %(error)s"), error=error) from None


def _next[M: (Product, Variant)](rows: QuerySet[M]) -> M | None:
    waiting = rows.filter(image="", image_attempts__lt=ATTEMPTS_MAX).exclude(image_source_url="")
    return waiting.order_by("image_attempts", "pk").first()


def _store(row: Pictured, url: str, body: bytes) -> None:
    """Store the picture unless an import or a person was faster. The file is written first, so a
    row never names one that is not there."""
    row.image.save(f"{IMPORTED}{row.pk}.webp", ContentFile(body), save=False)
    if not _update(row, url, image=row.image.name, image_error=""):
        row.image.delete(save=False)


@verb
def _update(row: Pictured, url: str, **values: Any) -> bool:
    """Set values of a row that still waits for the picture of this address; return whether
    it does."""
    rows = type(row).objects.all_brands().filter(pk=row.pk, image="", image_source_url=url)
    with write():
        return bool(rows.update(**values))
