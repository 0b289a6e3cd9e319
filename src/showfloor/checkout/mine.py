"""The parts of *Mine* that are about buying: orders, and goods that are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.mine import ROWS_MAX, MineAct, MineRow, MineSection
from showfloor.accounts.models import Brand
from showfloor.catalogue import amounts
from showfloor.checkout import order_links, pay_page, queries
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Order
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.models import Reservation
from showfloor.kernel.clock import parse_iso

_RELEASE: Final = "release"


def _orders(brand: Brand, subject: str, _now: datetime) -> Sequence[MineRow]:
    found = Order.objects.for_brand(brand).filter(owner=subject).prefetch_related("lines")
    return [
        MineRow(
            one.pk, ", ".join(f"{line.quantity} × {line.product_name}" for line in one.lines.all()),
            one.number, one.get_state_display(), amounts.localised(one.total, one.currency),
            one.placed_at, href=order_links.path_of(one),
        )
        for one in found.order_by("-placed_at", "-pk")[:ROWS_MAX]
    ]  # fmt: skip


def _reserved(brand: Brand, subject: str, _now: datetime) -> Sequence[MineRow]:
    cart = queries.cart_view(Buyer(brand, subject))
    pages = _pay_pages(brand, [one["id"] for one in cart["reserved"]])
    return [
        MineRow(
            one["id"], f"{one['quantity']} × {one['name']}",
            one["label"] or ", ".join(one["options"].values()),
            _("In your checkout") if one["in_checkout"] else _("Kept for you"),
            amounts.localised(one["line_total"], cart["currency"]),
            until=None if one["in_checkout"] else parse_iso(one["expires_at"]),
            pay=pages.get(one["id"], ""),
            acts=() if one["in_checkout"] else (MineAct(_RELEASE, _("No thanks")),),
        )
        for one in cart["reserved"]
    ]  # fmt: skip


def _pay_pages(brand: Brand, reservation_ids: Sequence[str]) -> dict[str, str]:
    kept = Reservation.objects.for_brand(brand).filter(pk__in=reservation_ids)
    return pay_page.paths_of(brand, list(kept.select_related("show", "variant")))


def _release(brand: Brand, subject: str, _act: str, ref: str, now: datetime) -> str:
    reservations.release(brand.pk, subject, ref, now)
    return _("It goes to whoever is next.")


SECTIONS: Final = (
    MineSection(
        "reservations", gettext_lazy("Kept for you"), "hourglass", _reserved, _release, place=10
    ),
    MineSection("orders", gettext_lazy("Orders"), "package", _orders, place=90),
)
