"""Pure decisions about withdrawals: the period, and the statement.

Directive 2011/83/EU Art. 9 to 11a; Regulation (EEC) 1182/71 Art. 3 for the end of a period.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from showfloor.accounts.email_addresses import check_email
from showfloor.kernel.errors import Invalid

# Nobody tells us when a parcel arrived, and the period begins then: this is on the buyer's side.
DELIVERY_ASSUMED = timedelta(days=7)
UNINFORMED = timedelta(days=366)  # Art. 10(1): twelve months more without the instruction
REFUND_WITHIN = timedelta(days=14)  # Art. 13(1), from the statement on
_WEEKEND: Final = 5  # Saturday; the weekday of Monday is 0
_LENGTHS = {"name": 120, "contract": 120, "part": 1000}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of withdrawal as a person makes it (Art. 11a(2)). `units`: line id → units, for
    one that is made on the page of an order; otherwise `part` names the goods in words, and an
    empty one means the whole contract."""

    name: str
    contract: str
    email: str
    part: str = ""
    units: Mapping[str, int] = field(default_factory=dict)


def check_statement(given: Statement) -> Statement:
    """Return the statement without stray spaces; Invalid names the first field that is wrong."""
    typed = {
        "name": " ".join(given.name.split()), "contract": " ".join(given.contract.split()),
        "part": given.part.replace("\r\n", "\n").strip(),
    }  # fmt: skip
    for name, text in typed.items():
        if len(text) > _LENGTHS[name]:
            raise Invalid(
                _("At most %(count)d characters.") % {"count": _LENGTHS[name]}, field=name
            )
        if not text.replace("\n", "").isprintable():
            raise Invalid(_("This contains characters that cannot be."), field=name)
    if not typed["name"]:
        raise Invalid(_("Enter your name."), field="name")
    if not typed["contract"]:
        raise Invalid(_("Enter the order number, or describe the order."), field="contract")
    email = given.email.strip()
    check_email(email)
    return Statement(typed["name"], typed["contract"], email, typed["part"], dict(given.units))


def period_end(
    last_shipped: datetime | None, *, is_sent: bool, is_informed: bool, days: int, zone: ZoneInfo
) -> datetime | None:
    """Return the moment at which the period ends; None while something is yet to be sent.

    The day of arrival does not count; the period ends with the last hour of its last day, and never
    on a weekend (Regulation 1182/71 Art. 3(1) and (4)).
    """
    if last_shipped is None or not is_sent:
        return None
    arrived = (last_shipped + DELIVERY_ASSUMED).astimezone(zone).date()
    last = arrived + timedelta(days=days) + (timedelta() if is_informed else UNINFORMED)
    while last.weekday() >= _WEEKEND:
        last += timedelta(days=1)
    return datetime.combine(last + timedelta(days=1), time(), zone)
