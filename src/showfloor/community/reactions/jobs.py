"""What reactions do by themselves."""

from showfloor.community.reactions import services
from showfloor.kernel.clock import utc_now


def forget_shares() -> int:
    """Every hour: see `services.forget_shares`."""
    return services.forget_shares(utc_now())
