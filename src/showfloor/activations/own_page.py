"""The part of *Mine* about activation points: bookings, samples, sign-ups, downloads, answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import time_zones
from showfloor.accounts.mine import ROWS_MAX, MineAct, MineRow, MineSection
from showfloor.accounts.models import Brand
from showfloor.activations import answering, links, queries
from showfloor.activations.kinds import registry
from showfloor.activations.models import ActivationAnswer, ActivationState
from showfloor.kernel.clock import parse_iso

_CANCEL: Final = "cancel"


def _rows(brand: Brand, subject: str, _now: datetime) -> Sequence[MineRow]:
    rows = queries.standing().filter(person=subject, activation__show__brand=brand)
    found = rows.select_related("activation").order_by("-given_at")[:ROWS_MAX]
    return [_row(one) for one in found]


def _row(answer: ActivationAnswer) -> MineRow:
    point = answer.activation
    kind = registry.named(point.kind)
    acts = (MineAct(_CANCEL, _("Take it back")),) if kind.can_cancel else ()
    state = _state(answer)
    href = point.payload.get(kind.reward, "") if kind.reward else ""
    if kind.pool_field:
        href = links.calendar_path(answer)
    return MineRow(
        answer.pk, point.title, _detail(answer), state, at=answer.given_at, href=href, acts=acts
    )


def _state(answer: ActivationAnswer) -> str:
    if answer.activation.state == ActivationState.WITHDRAWN:
        return _("Called off by the shop")
    return _("Confirm it by the link in our mail") if _is_unconfirmed(answer) else ""


def _is_unconfirmed(answer: ActivationAnswer) -> bool:
    return registry.named(answer.activation.kind).confirms and answer.confirmed_at is None


def _detail(answer: ActivationAnswer) -> str:
    zone = answer.activation.payload.get("time_zone")
    if answer.pool and zone:
        local = parse_iso(answer.pool).astimezone(time_zones.zone(zone))
        return f"{date_format(local, 'DATETIME_FORMAT')} ({zone})"
    return str(answer.values.get("answer", ""))


def _do(brand: Brand, subject: str, _act: str, ref: str, now: datetime) -> str:
    answering.cancel(brand, subject, ref, now)
    return _("It is taken back.")


SECTION: Final = MineSection(
    "activations", gettext_lazy("Bookings, samples and downloads"), "calendar", _rows, _do, place=50
)
