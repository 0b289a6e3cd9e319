"""Jobs of questions."""

from showfloor.community.questions import services
from showfloor.kernel.clock import utc_now


def expire_answering() -> int:
    """Run `services.expire_answering`, every five seconds."""
    return services.expire_answering(utc_now())
