"""The address under which a buyer finds an order again without an account.

It is signed, so nobody can guess one, and opens the page of that order and nothing else. It stands
in the confirmation and in the mails, and works for half a year: as long as a buyer may want to send
something back. After that, the account with the order's e-mail address still finds it.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.utils.translation import gettext as _

from showfloor.accounts import brand_urls
from showfloor.checkout.models import Order
from showfloor.checkout.payment_rows import OrderRow
from showfloor.kernel.errors import NotFound
from showfloor.kernel.ids import is_id

GOOD_FOR = timedelta(days=180)
_SALT = "showfloor.order"


def path_of(order: Order | OrderRow) -> str:
    return f"/order/{signing.Signer(salt=_SALT).sign(order.id)}"


def url_of(order: Order) -> str:
    """On the brand's own host."""
    return brand_urls.absolute(order.brand, path_of(order))


def good_until(order: Order) -> datetime:
    return order.placed_at + GOOD_FOR


def read(signed: str, now: datetime) -> Order:
    """The order of a link; NotFound for one that was made up or has run out."""
    try:
        order_id = signing.Signer(salt=_SALT).unsign(signed)
    except signing.BadSignature:
        order_id = ""
    rows = Order.objects.all_brands().select_related("brand")
    order = rows.filter(pk=order_id).first() if is_id(order_id) else None
    if order is None:
        raise NotFound(_("There is no such order. Is the address complete?"))
    if now > good_until(order):
        raise NotFound(
            _("This link has run out. Sign in with the e-mail address of the order to see it."),
            code="link-expired",
        )
    return order
