"""Jobs of deals."""

from typing import Final

from showfloor.deals import deciding
from showfloor.kernel.clock import utc_now

EVERY_S: Final = 0.05  # people wait for a decision: it comes at most 100 ms late


def run_deals() -> int:
    """Open, decide and end what is due, of all brands."""
    return deciding.run(utc_now())
