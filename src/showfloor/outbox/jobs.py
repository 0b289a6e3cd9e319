"""The outbox's own work. Each job may run at any moment, and again."""

from typing import Final

from showfloor.kernel.clock import utc_now
from showfloor.kernel.pacer import Pacer
from showfloor.outbox import services

# A mail computes for several milliseconds. Thousands of them at once would take half of the process
# from the buyers who cause them (measured: 70 orders a second beside mails, 130 without).
# Writing one waits for nothing but its turn at Python: so the more want to go on, the longer it
# takes, and the longer is the pause. The mail server's time is not counted.
PAUSE_SHARE: Final = 4.0

_pacer: Final = Pacer(share=PAUSE_SHARE)


def send_messages() -> int:
    """Send the messages that are due; return how many were sent."""
    return services.send_due(utc_now(), _pacer)
