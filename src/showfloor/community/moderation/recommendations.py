"""Recommendations to one person, on that person's own stream."""

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.services import staff_name
from showfloor.accounts.subjects import Subject
from showfloor.catalogue.models import Product
from showfloor.community.admission import lock_show
from showfloor.community.textfilter.cleaning import one_line
from showfloor.kernel.errors import Invalid
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

TEXT_CHARS_MAX = 280


@timeline.verb
def make(show: Show, viewer_id: str, product_id: str | None, text: str, by: User) -> int:
    """Recommend a product of the brand, or write something, to one viewer; return the entry's `seq`
    on their stream. Invalid (`viewer_id`, `product_id`, `text`)."""
    viewer = Subject.parse_person(viewer_id)
    if viewer is None or viewer.is_staff:
        raise Invalid(_("Say whom."), field="viewer_id")
    said = one_line(text)
    if not said or len(said) > TEXT_CHARS_MAX:
        raise Invalid(_("Write 1 to 280 characters."), field="text")
    products = Product.objects.for_brand(show.brand_id)
    if product_id is not None and not products.filter(pk=product_id, published=True).exists():
        raise Invalid(_("There is no such product."), field="product_id")
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        body = {"product_id": product_id, "text": said, "name": staff_name(by, locked.brand)}
        offer = NewEntry("offer.made", body, actor=str(by.staff_subject))
        (entry,) = personal_stream.tell(show.brand_id, viewer_id, [offer])
    return entry.seq
