"""The answers about a product, for the shop's own page of that product."""

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Product
from showfloor.community.questions import queries as questions
from showfloor.community.questions.queries import ShowAnswer
from showfloor.kernel.errors import NotFound
from showfloor.site import show_page


class ProductPageAnswer(ShowAnswer):
    """An answer with its address."""

    url: str  # of the show; of the moment in its replay, where it was answered on air


def answers(brand: Brand, product: str) -> list[ProductPageAnswer]:
    """Return the answers about a product, by its id or the shop's reference; NotFound."""
    rows = Product.objects.for_brand(brand)
    found = rows.filter(pk=product).first() or rows.filter(reference=product).first()
    if found is None:
        raise NotFound(_("There is no such product."))
    return [
        {**one, "url": show_page.moment_url(one["show"]["slug"], one["answered_at_s"])}
        for one in questions.answers_for(found)
    ]
