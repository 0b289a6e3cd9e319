"""Reasons for which products have to stay on sale, which rooms above register: a show whose only
ticket is hidden could be watched by nobody new."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

# Gets a brand's id, the ids of products that are to be hidden or deleted together, and those of
# variants that are to go from sale; returns by product id, in words, why one may not.
type Guard = Callable[[str, Collection[str], Collection[str]], Mapping[str, str]]

_guards: Final[list[Guard]] = []


def register(guard: Guard) -> None:
    if guard not in _guards:
        _guards.append(guard)


def reasons_to_stay(
    brand_id: str, product_ids: Collection[str], variant_ids: Collection[str] = ()
) -> dict[str, str]:
    """Return by product id why it, or one of these variants of it, has to stay on sale; nothing for
    those that may go."""
    found: dict[str, str] = {}
    if product_ids or variant_ids:
        for guard in _guards:
            found |= guard(brand_id, product_ids, variant_ids)
    return found
