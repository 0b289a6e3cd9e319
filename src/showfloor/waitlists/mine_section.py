"""The part of *Mine* that says where a person waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from showfloor.accounts.mine import MineAct, MineRow, MineSection
from showfloor.accounts.models import Brand
from showfloor.waitlists import queries, services

_LEAVE: Final = "leave"


def _rows(brand: Brand, subject: str, _now: datetime) -> Sequence[MineRow]:
    return [
        MineRow(
            one["sku"], one["name"], "", place_words(one["place"]),
            acts=(MineAct(_LEAVE, _("Wait no longer")),),
        )
        for one in queries.waits_of(brand.pk, subject)
        if one["place"] is not None  # an offered one is among the reservations
    ]  # fmt: skip


def place_words(place: int | None) -> str:
    if place is None:
        return _("Kept for you")
    if place == 1:
        return _("You are next")
    return ngettext(
        "%(count)d person is before you", "%(count)d people are before you", place - 1
    ) % {"count": place - 1}


def _leave(brand: Brand, subject: str, _act: str, ref: str, now: datetime) -> str:
    services.leave(brand.pk, subject, ref, now)
    return _("You don't wait for it any more.")


SECTION: Final = MineSection(
    "waits", gettext_lazy("Where you wait"), "users", _rows, _leave, place=20
)
