"""What questions do by themselves."""

from showfloor.community.questions import services
from showfloor.kernel.clock import utc_now


def expire_answering() -> int:
    """Every five seconds: see `services.expire_answering`."""
    return services.expire_answering(utc_now())
