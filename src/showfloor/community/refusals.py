"""Refused commands: their outcomes, and the language of the sentences."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils import translation

from showfloor.accounts.languages import spoken
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.problems import problem
from showfloor.timeline.commands import Outcome


def refused(error: ShowfloorError) -> Outcome:
    """Return the outcome of a command that was not done."""
    return Outcome(problem=problem(error))


@contextmanager
def override_language(default: str) -> Iterator[Callable[[str], None]]:
    """Hand out a function that sets the language of what follows. `default` (the brand's) stands in
    for a language that is empty or not spoken here.

        with override_language(brand.language) as speak:
            for command in commands:
                speak(command.language)
                ...

    A language costs something only when it differs from the one before.
    """
    current = spoken("", default)
    with translation.override(current):

        def speak(language: str) -> None:
            nonlocal current
            wanted = spoken(language, default)
            if wanted != current:
                translation.activate(wanted)
                current = wanted

        yield speak
