"""The parts of a house of the demo: a brand with its goods, people and shows.

Plain data, no Django. Prices are minor units and include tax; a product without option names has
one variant with no options.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

type Prices = Mapping[str, int]  # ISO 4217 code -> minor units


@dataclass(frozen=True, slots=True)
class DemoVariant:
    sku: str
    options: Mapping[str, str]
    prices: Prices
    stock: int
    compare_at: Prices = field(default_factory=dict)
    colour: str = ""  # sRGB of the shade, for swatches and for the variant's own picture
    picture: str = ""  # file name, where it differs from the product's


@dataclass(frozen=True, slots=True)
class DemoProduct:
    reference: str
    name: str
    category: str
    summary: str  # one line, for the card
    description: str  # two or three sentences, for the sheet
    picture: str  # file name in the folder of pictures
    option_names: tuple[str, ...]
    variants: tuple[DemoVariant, ...]


@dataclass(frozen=True, slots=True)
class DemoBrand:
    slug: str
    name: str
    tagline: str
    accent: str
    currency: str
    mark: str  # picture: the logo
    icon: str  # picture in a browser's tab
    hero: str  # picture at the top of the programme
    display_font: str = "warm-serif"  # of headings: a value of `DisplayFont`
    language: str = "en"
    host_name: str = ""  # where its programme is; empty: at the installation's own address
    domain: str = ""  # of the e-mail addresses of its people


@dataclass(frozen=True, slots=True)
class DemoHost:
    name: str
    about: str
    picture: str


@dataclass(frozen=True, slots=True)
class DemoShow:
    """`starts_in_min` counts from the start of the demo; 0 is live right away, below 0 it was.

    `film`: what is on the picture of a show that is or was live.
    """

    slug: str
    title: str
    description: str
    cover: str  # picture
    hosts: tuple[str, ...]  # names
    products: tuple[str, ...]  # references: the rundown, in order
    starts_in_min: int
    film: str = ""

    @property
    def is_live(self) -> bool:
        return self.starts_in_min == 0

    @property
    def is_replay(self) -> bool:
        return self.starts_in_min < 0


@dataclass(frozen=True, slots=True)
class DemoShipping:
    name: str
    note: str
    prices: Prices


@dataclass(frozen=True, slots=True)
class House:
    """A brand with all that is seeded for it. `staff`: names of owner, producer, moderator."""

    brand: DemoBrand
    categories: tuple[str, ...]
    products: tuple[DemoProduct, ...]
    hosts: tuple[DemoHost, ...]
    shows: tuple[DemoShow, ...]
    shipping: tuple[DemoShipping, ...]
    staff: tuple[str, str, str]
    director: str  # the name of the producer who works by herself

    def product(self, reference: str) -> DemoProduct:
        """Return the product with this reference; KeyError if the house does not make it."""
        for candidate in self.products:
            if candidate.reference == reference:
                return candidate
        raise KeyError(reference)

    @property
    def live(self) -> DemoShow:
        """Return the show that is live right away."""
        return next(show for show in self.shows if show.is_live)

    @property
    def replays(self) -> tuple[DemoShow, ...]:
        return tuple(show for show in self.shows if show.is_replay)


def money(eur: int, gbp: int) -> Prices:
    return {"EUR": eur, "GBP": gbp}


def shades(
    stem: str,
    prices: Prices,
    tones: tuple[tuple[str, str, int], ...],
    pictured: str = "",
    option: str = "Shade",
) -> tuple[DemoVariant, ...]:
    """Return variants from (shade, colour, stock); a SKU is the stem and the shade's beginning.

    The product's own picture shows the first shade; the others get theirs if `pictured`.
    """
    return tuple(
        DemoVariant(
            sku=f"{stem}-{tone.replace(' ', '')[:5].upper()}",
            options={option: tone},
            prices=prices,
            stock=stock,
            colour=colour,
            picture=f"{pictured}-{tone.lower().replace(' ', '-')}.webp" if pictured and n else "",
        )
        for n, (tone, colour, stock) in enumerate(tones)
    )
