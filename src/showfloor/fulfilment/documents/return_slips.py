"""The slip in a parcel that comes back: where it goes, what is in it, a code to scan."""

from typing import TYPE_CHECKING, Final

import qrcode
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from showfloor.accounts import time_zones
from showfloor.accounts.countries import country_name
from showfloor.fulfilment import returns
from showfloor.fulfilment.documents import new_pages, paper
from showfloor.fulfilment.documents.paper import Column, FileInfo
from showfloor.fulfilment.return_models import OrderReturn
from showfloor.legal import queries as legal

if TYPE_CHECKING:
    from showfloor.fulfilment.documents.pages import Paper

_CODE_MM: Final = 30


def address_of(brand_id: str) -> str:
    """Return where goods go back to, one part a line: the return policy's address, else the
    seller's."""
    own = returns.policy(brand_id).address.strip()
    seller = legal.profile(brand_id)
    if own or not seller.line1:
        return own
    to = {
        "name": seller.company, "line1": seller.line1, "line2": seller.line2,
        "postal_code": seller.postal_code, "city": seller.city,
    }  # fmt: skip
    return paper.address_lines(to, country_name(seller.country))


def pdf(made: OrderReturn) -> bytes:
    """Return the slip in the buyer's language; the same return gives the same bytes."""
    order = made.order
    with translation.override(order.language):
        return _drawn(made).bytes_of()


def _drawn(made: OrderReturn) -> "Paper":
    order = made.order
    code = f"{order.number}/{made}"
    lines = list(made.lines.select_related("line").order_by("line__position"))
    to = address_of(made.brand_id)
    title = _("Return %(code)s") % {"code": code}
    sender = f"{order.name}\n{order.postal_code} {order.city}"
    names = [f"{one.line.product_name}\n{one.get_reason_display()}" for one in lines]
    info = FileInfo(
        title, order.brand.name, order.language, made.requested_at.replace(microsecond=0),
        order.brand.accent,
    )  # fmt: skip
    drawn = new_pages.begin(info, [order.brand.name, to, sender, title, *names])
    drawn.brand_line(order.brand.name)
    zone = time_zones.zone(order.brand.time_zone)
    announced = formats.date_format(timezone.localtime(made.requested_at, zone), "DATE_FORMAT")
    drawn.beside(to, [
        (_("Return"), code), (_("Order number"), order.number), (_("Announced"), announced),
        (_("From"), sender),
    ])  # fmt: skip
    drawn.heading(title)
    drawn.squares(_matrix(code), _CODE_MM)
    drawn.text_block(_("Put this slip into the parcel."))
    drawn.ln(2)
    drawn.rows(
        [Column(_("Quantity"), 18, is_number=True), Column(_("Item"), 110), Column("SKU", 42)],
        [(str(one.quantity), name, one.line.sku) for one, name in zip(lines, names, strict=True)],
    )
    return drawn


def _matrix(text: str) -> list[list[bool]]:
    """Return the squares of a code that a warehouse scans."""
    code = qrcode.QRCode(border=0)
    code.add_data(text)
    return [[bool(cell) for cell in row] for row in code.get_matrix()]
