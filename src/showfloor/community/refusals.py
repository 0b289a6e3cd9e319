"""The outcomes of refused commands."""

from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.problems import problem
from showfloor.timeline.commands import Outcome


def refused(error: ShowfloorError) -> Outcome:
    """Return the outcome of a command that was not done."""
    return Outcome(problem=problem(error))
