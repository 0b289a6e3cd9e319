"""What moderation does by itself."""

from showfloor.community.moderation import decisions
from showfloor.kernel.clock import utc_now


def expire_reviews() -> int:
    """Every five seconds: see `decisions.expire`."""
    return decisions.expire(utc_now())
