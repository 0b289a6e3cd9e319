"""Quotas that the guests of one network share: anyone has as many guest cookies as they like, but
an address costs something.

`SHOWFLOOR_GUESTS_PER_NETWORK` at once, and as many again in two minutes: of new guests, and of
votes for one thing. A school behind one address gets by with it. Each process counts by itself, so
that no page and no vote costs a query.
"""

import logging
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _

from showfloor.accounts.tokens import Claims
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.errors import RateLimited

log = logging.getLogger(__name__)

AGAIN_S = 120.0
_HINT = "SHOWFLOOR_TRUSTED_PROXIES says how many stand in front, and who comes through them"
_warnings = Allowances(1, 1 / 60)


def guests_max() -> int:
    """Return how many guests of one network there may be; 0: any number."""
    most: int = settings.SHOWFLOOR.guests_per_network
    return most


def check_newcomer(network: str) -> None:
    """Count one more guest of this network; RateLimited."""
    _take("guest", network)


def check_vote(claims: Claims, thing_id: str) -> None:
    """Count one more vote for this poll or question; RateLimited."""
    check_share(share_of(claims), thing_id)


def share_of(claims: Claims) -> str:
    """Return the network whose quotas this person uses up; empty for none."""
    return claims.network if claims.shares_network else ""


def check_share(network: str, thing_id: str) -> None:
    """Count one more of `thing_id` for a network of `share_of`; RateLimited."""
    _take(thing_id, network)


def _take(what: str, network: str) -> None:
    at_once = guests_max()
    wait_s = _allowances(at_once).take(f"{what}/{network}") if at_once and network else 0.0
    if wait_s:
        if not _warnings.take("any"):
            log.warning("crowd_refused network=%s: if that is a proxy of yours, %s", network, _HINT)
        raise RateLimited(
            _("Too much comes from your network at once. Try again in a moment."),
            retry_after_s=wait_s,
        )


@cache
def _allowances(at_once: int) -> Allowances:
    return Allowances(at_once, at_once / AGAIN_S)
