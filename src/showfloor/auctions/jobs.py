"""Jobs of auctions."""

from showfloor.auctions import keeping, services
from showfloor.kernel.clock import utc_now


def run_auctions() -> int:
    """Drop the bids of banned people, close what is due, offer what is sold, give back what is
    not, and keep the pieces of the rest, every second."""
    now = utc_now()
    done = services.drop_banned(now) + services.close_due(now) + services.go_on(now)
    return done + keeping.renew_due(now)
