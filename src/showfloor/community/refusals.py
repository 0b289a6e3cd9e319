"""What the slices' commands share: how one is refused, and in whose language."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils import translation

from showfloor.accounts.languages import spoken
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.problems import problem
from showfloor.timeline.commands import Outcome


def refused(error: ShowfloorError) -> Outcome:
    """The outcome of a command that was not done."""
    return Outcome(problem=problem(error))


@contextmanager
def override_language(default: str) -> Iterator[Callable[[str], None]]:
    """Say what follows in the language given to the function that this hands out, `default` (the
    brand's) for one that is empty or not spoken here.

        with speaking(brand.language) as speak:
            for command in commands:
                speak(command.language)
                ...

    A language costs something only when it is another than the one before.
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
