"""Readings of a run of folded characters: the words that it can stand for. Standard library
only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from showfloor.community.textfilter.folding import CANONICAL, Letter

ALIKE_MAX = 8  # letters in a row that a sign may stand for, `1l|1…`: no word has more
_APOSTROPHES = frozenset("'’ʼ`´")
_CONTRACTED = frozenset({"s", "d", "ll", "re", "ve"})
RUN_MAX = 3  # a letter more often than this is no other word


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible word. `is_whole`: no character was left out for this reading."""

    chars: str
    start: int
    end: int
    is_whole: bool = True


def candidate(letters: Sequence[Letter], *, is_whole: bool = True) -> Candidate:
    """Return the letters as a candidate. A letter is repeated RUN_MAX times at most, and letters
    that look alike ALIKE_MAX times."""
    chars: list[str] = []
    last, alike = "", 0
    for letter in letters:
        common = CANONICAL.get(letter.char, letter.char)
        alike = alike + 1 if common == last else 1
        last = common
        if alike <= ALIKE_MAX and chars[-RUN_MAX:] != [letter.char] * RUN_MAX:
            chars.append(letter.char)
    return Candidate("".join(chars), letters[0].at, letters[-1].at + 1, is_whole)


def candidates(chunk: list[Letter], *, loose: bool) -> Iterator[Candidate]:
    """Yield the words that a run of characters without a space can be read as."""
    pieces = [
        list(piece)
        for is_word, piece in groupby(chunk, key=lambda letter: letter.is_word)
        if is_word
    ]
    for piece in pieces:
        yield candidate(piece)
        without = _trimmed(piece, _is_digit) if loose else piece
        if 0 < len(without) < len(piece):
            yield candidate(without)
    if not loose or (len(pieces) == 1 and len(pieces[0]) == len(chunk)):
        return
    spelt = all(len(piece) == 1 for piece in pieces)
    if len(pieces) > 1 and (spelt or not _is_contraction(chunk, pieces)):
        joined = [letter for piece in pieces for letter in piece]
        yield candidate(joined, is_whole=spelt)
    yield from _with_signs(chunk)


def _is_contraction(chunk: list[Letter], pieces: list[list[Letter]]) -> bool:
    """`he'll` is not set apart: it is written so. `f'uck` is."""
    if len(pieces) != 2 or not all(one.is_word or one.char in _APOSTROPHES for one in chunk):
        return False
    head, tail = ("".join(letter.char for letter in piece) for piece in pieces)
    return tail in _CONTRACTED or (head[-1], tail) == ("n", "t") or (head, tail) == ("i", "m")


def _with_signs(chunk: list[Letter]) -> Iterator[Candidate]:
    """Readings in which signs are letters: `$h!t!!`, `@ss`, `a$$`, `s.h.!.t`."""
    if not any(letter.is_sign for letter in chunk):
        return
    runs = [
        list(run)
        for reads, run in groupby(chunk, key=lambda letter: letter.is_word or letter.is_sign)
        if reads
    ]
    for run in [*runs, [letter for part in runs for letter in part]]:
        if not any(letter.is_word for letter in run):
            continue
        readings = {
            tuple(_trimmed(_trimmed(run, left, ends="l"), right, ends="r"))
            for left in (_never, _is_sign, _is_mention)
            for right in (_never, _is_sign, _is_shout)
        }
        for reading in readings:
            if any(letter.is_sign for letter in reading):
                yield candidate(reading)


def _never(_letter: Letter) -> bool:
    return False


def _is_digit(letter: Letter) -> bool:
    return letter.char.isdigit()


def _is_sign(letter: Letter) -> bool:
    return letter.is_sign


def _is_mention(letter: Letter) -> bool:
    return letter.char == "@"


def _is_shout(letter: Letter) -> bool:
    return letter.is_sign and letter.char not in "$@§"


def _trimmed(
    letters: list[Letter], leave: Callable[[Letter], bool], ends: str = "lr"
) -> list[Letter]:
    first, last = 0, len(letters)
    while "l" in ends and first < last and leave(letters[first]):
        first += 1
    while "r" in ends and last > first and leave(letters[last - 1]):
        last -= 1
    return letters[first:last]


def has_letters(chunk: list[Letter]) -> bool:
    return any(letter.is_word or letter.is_sign for letter in chunk)


def single_letter(chunk: list[Letter]) -> Letter | None:
    """Return the letter of a chunk that has only one, whatever stands around it."""
    found = [letter for letter in chunk if letter.is_word or letter.is_sign]
    return found[0] if len(found) == 1 else None
