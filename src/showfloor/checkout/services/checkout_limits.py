"""Limits on beginning a checkout: stock that is held is kept from everyone else.

A guest is a cookie, of which anyone has as many as they like; so one guest begins a bounded number,
and guests of one network, an address of which costs something, hold a bounded number together. That
number grows with what they buy (`rules.has_room`).
"""

import logging
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from showfloor.accounts.subjects import SubjectKind
from showfloor.checkout import rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import OPEN_STATES, Checkout, CheckoutState
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.errors import RateLimited

log = logging.getLogger(__name__)

_HINT = "SHOWFLOOR_TRUSTED_PROXIES says how many proxies stand in front"
_warnings = Allowances(1, 1 / 60)


def check(buyer: Buyer, now: datetime) -> None:
    """RateLimited for one checkout too many; inside the transaction that begins it."""
    _check_guest(buyer, now)
    if buyer.network and not buyer.is_known:
        _check_network(buyer, now)


def _check_guest(buyer: Buyer, now: datetime) -> None:
    since = now - rules.CHECKOUTS_PER_GUEST_WITHIN
    rows = Checkout.objects.for_brand(buyer.brand).filter(owner=buyer.owner, created_at__gt=since)
    if rows.count() >= rules.CHECKOUTS_PER_GUEST_MAX:
        raise RateLimited(
            _("You have begun too many checkouts. Try again in a few minutes."), retry_after_s=60
        )


def _check_network(buyer: Buyer, now: datetime) -> None:
    most: int = settings.SHOWFLOOR.checkouts_per_network
    rows = Checkout.objects.for_brand(buyer.brand).filter(network=buyer.network)
    still_open = rows.filter(
        state__in=OPEN_STATES, owner__startswith=SubjectKind.GUEST.prefix
    ).count()
    if rules.has_room(still_open, most, 0):
        return
    bought = rows.filter(
        state=CheckoutState.COMPLETED, created_at__gt=now - rules.PURCHASES_WITHIN
    ).count()
    if rules.has_room(still_open, most, bought) or _has_bought(buyer):
        return
    if not _warnings.take("any"):
        log.warning(
            "checkout_refused network=%s open=%d bought=%d: if that is a proxy of yours, %s",
            buyer.network, still_open, bought, _HINT,
        )  # fmt: skip
    raise RateLimited(_("Too many open checkouts from your network."), retry_after_s=30)


def _has_bought(buyer: Buyer) -> bool:
    rows = Checkout.objects.for_brand(buyer.brand).filter(owner=buyer.owner)
    return rows.filter(state=CheckoutState.COMPLETED).exists()
