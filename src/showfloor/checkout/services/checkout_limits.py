"""Limits on beginning a checkout: stock that is held is kept from everyone else.

A guest is a cookie, of which anyone has as many as they like; so one guest begins a bounded number,
and guests of one network, an address of which costs something, hold a bounded number together. That
number grows with what they buy (`rules.has_room`).
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from showfloor.accounts.subjects import SubjectKind
from showfloor.checkout import rows, rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.rows import LastCheckout, OpenCheckout
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.errors import RateLimited

log = logging.getLogger(__name__)

_HINT = "SHOWFLOOR_TRUSTED_PROXIES says how many proxies stand in front"
_warnings = Allowances(1, 1 / 60)


class Limits:
    """The limits of a batch of buyers, inside the transaction that begins their checkouts. Those
    who were let in count for those after them."""

    def __init__(
        self, cursor: Cursor, brand_id: str, buyers: Sequence[Buyer],
        past: Mapping[str, LastCheckout], now: datetime,
    ) -> None:  # fmt: skip
        self._cursor = cursor
        self._brand_id = brand_id
        self._past = past
        self._now = now
        self._most: int = settings.SHOWFLOOR.checkouts_per_network
        networks = {one.network for one in buyers if self._is_limited(one)}
        self._open = rows.open_in_networks(cursor, brand_id, networks)

    def check_guest(self, buyer: Buyer) -> None:
        """RateLimited for one checkout too many of this buyer."""
        past = self._past.get(buyer.owner)
        if past is not None and past.lately >= rules.CHECKOUTS_PER_GUEST_MAX:
            raise RateLimited(
                _("You have begun too many checkouts. Try again in a few minutes."),
                retry_after_s=60,
            )

    def enter(self, buyer: Buyer, older: OpenCheckout | None) -> RateLimited | None:
        """Count one more checkout of the buyer's network, in place of the older one; return
        RateLimited, and count nothing, for one too many."""
        if not self._is_limited(buyer):
            return None
        still_open = self._open.get(buyer.network, 0) - self._counted(buyer, older)
        if not self._has_room(buyer, still_open):
            return RateLimited(_("Too many open checkouts from your network."), retry_after_s=30)
        self._open[buyer.network] = still_open + 1
        return None

    def leave(self, buyer: Buyer, older: OpenCheckout | None) -> None:
        """Take back what `enter` counted: the goods were gone."""
        if self._is_limited(buyer):
            self._open[buyer.network] += self._counted(buyer, older) - 1

    def _is_limited(self, buyer: Buyer) -> bool:
        return bool(self._most and buyer.network and not buyer.is_known)

    def _counted(self, buyer: Buyer, older: OpenCheckout | None) -> int:
        is_one = older is not None and older.network == buyer.network
        return int(is_one and buyer.owner.startswith(SubjectKind.GUEST.prefix))

    def _has_room(self, buyer: Buyer, still_open: int) -> bool:
        if rules.has_room(still_open, self._most, 0):
            return True
        since = self._now - rules.PURCHASES_WITHIN
        bought = rows.bought_in_network(self._cursor, self._brand_id, buyer.network, since)
        if rules.has_room(still_open, self._most, bought):
            return True
        if rows.has_bought(self._cursor, self._brand_id, buyer.owner):
            return True
        if not _warnings.take("any"):
            log.warning(
                "checkout_refused network=%s open=%d bought=%d: if that is a proxy of yours, %s",
                buyer.network, still_open, bought, _HINT,
            )  # fmt: skip
        return False
