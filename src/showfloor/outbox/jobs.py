"""The outbox's own work. Each job may run at any moment, and again."""

from showfloor.kernel.clock import utc_now
from showfloor.outbox import services


def send_messages() -> int:
    """Send the messages that are due; return how many were sent."""
    return services.send_due(utc_now())
