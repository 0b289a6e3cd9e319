"""Jobs of auctions."""

from showfloor.auctions import services
from showfloor.kernel.clock import utc_now


def run_auctions() -> int:
    """Drop the bids of banned people, close what is due, and offer what is sold, every
    second."""
    now = utc_now()
    return services.drop_banned(now) + services.close_due(now) + services.go_on(now)
