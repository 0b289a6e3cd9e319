"""Jobs of giveaways."""

from showfloor.giveaways import drawing
from showfloor.giveaways.models import Giveaway, GiveawayState
from showfloor.kernel.clock import utc_now


def close_due() -> int:
    """Run `drawing.close_due`, every second."""
    return drawing.close_due(utc_now())


def draw_due() -> int:
    """Run `drawing.draw_due`, every second, beside other jobs that wait for servers."""
    return drawing.draw_due(utc_now())


def is_any_open() -> bool:
    """Return whether any giveaway takes entries."""
    return _is_any(GiveawayState.OPEN)


def is_any_undrawn() -> bool:
    """Return whether any giveaway waits for its draw."""
    return _is_any(GiveawayState.CLOSED)


def _is_any(state: GiveawayState) -> bool:
    return Giveaway.objects.all_brands().filter(state=state).exists()


def lapse_due() -> int:
    """Run `drawing.lapse_due`, every few seconds."""
    return drawing.lapse_due(utc_now())
