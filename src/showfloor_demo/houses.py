"""All brands of the demo, in the order in which they are made: the first one is at `/`."""

from showfloor_demo import catalogue, pottery
from showfloor_demo.house import DemoProduct, DemoShow, House

HOUSES: tuple[House, ...] = (catalogue.HOUSE, pottery.HOUSE)


def house_of(reference: str) -> House:
    """Return the house that makes a product; KeyError if nobody does."""
    for house in HOUSES:
        if any(candidate.reference == reference for candidate in house.products):
            return house
    raise KeyError(reference)


def product(reference: str) -> DemoProduct:
    """Return a product of any house; KeyError if nobody makes it."""
    return house_of(reference).product(reference)


def shows() -> tuple[DemoShow, ...]:
    """Return the shows of all houses."""
    return tuple(show for house in HOUSES for show in house.shows)
