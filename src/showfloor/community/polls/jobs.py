"""What polls do by themselves."""

from showfloor.community.polls import services
from showfloor.kernel.clock import utc_now


def close_due() -> int:
    """Every second: see `services.close_due`."""
    return services.close_due(utc_now())
