"""Commands of many people, done in one transaction. Each command is checked by itself and gets an
answer of its own, in its sender's language; a command that is refused does not touch the others."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched

from showfloor.accounts.languages import override_language
from showfloor.community.refusals import refused
from showfloor.kernel.errors import ShowfloorError
from showfloor.shows.models import Show
from showfloor.timeline.commands import Command, Outcome

IN_QUERY = 500  # values named in one statement


def each[A, B](
    commands: Sequence[Command],
    items: Sequence[A | Outcome],
    language: str,
    step: Callable[[Command, A], B],
) -> list[B | Outcome]:
    """Do one step for each item that was not refused before; a refusal becomes the item's
    outcome."""
    results: list[B | Outcome] = []
    with override_language(language) as speak:
        for command, item in zip(commands, items, strict=True):
            if isinstance(item, Outcome):
                results.append(item)
                continue
            speak(command.language)
            try:
                results.append(step(command, item))
            except ShowfloorError as error:
                results.append(refused(error))
    return results


def bodies_of[B](
    show_id: str, commands: Sequence[Command], read: Callable[[Command], B]
) -> list[B | Outcome]:
    """Return what `read` makes of each command, or the problem that it has with the body."""
    languages = Show.objects.all_brands().values_list("brand__language", flat=True)
    language = languages.filter(pk=show_id).first() or ""
    return each(commands, commands, language, lambda command, _same: read(command))


def chunks[V](values: Iterable[V]) -> Iterator[tuple[V, ...]]:
    return batched(values, IN_QUERY)
