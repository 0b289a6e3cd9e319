"""Jobs of giveaways."""

from showfloor.giveaways import drawing
from showfloor.kernel.clock import utc_now


def close_due() -> int:
    """Run `drawing.close_due`, every second."""
    return drawing.close_due(utc_now())


def draw_due() -> int:
    """Run `drawing.draw_due`, every second, beside other jobs that wait for servers."""
    return drawing.draw_due(utc_now())


def lapse_due() -> int:
    """Run `drawing.lapse_due`, every few seconds."""
    return drawing.lapse_due(utc_now())
