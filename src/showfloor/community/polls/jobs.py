"""Jobs of polls."""

from showfloor.community.polls import services
from showfloor.kernel.clock import utc_now


def close_due() -> int:
    """Run `services.close_due`, every second."""
    return services.close_due(utc_now())
