"""Jobs of reactions."""

from showfloor.community.reactions import services
from showfloor.kernel.clock import utc_now


def forget_shares() -> int:
    """Run `services.forget_shares`, every hour."""
    return services.forget_shares(utc_now())
