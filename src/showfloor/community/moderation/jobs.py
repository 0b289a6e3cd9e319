"""Jobs of moderation."""

from showfloor.community.moderation import decisions
from showfloor.kernel.clock import utc_now


def expire_reviews() -> int:
    """Run `decisions.expire`, every five seconds."""
    return decisions.expire(utc_now())
