"""Shapes of a show in JSON: API answers and the data that a page carries. Times are ISO 8601 with
milliseconds, money is in minor units."""

from typing import TypedDict

from showfloor.pricing.wire import PriceView


class HostCard(TypedDict):
    name: str
    picture_url: str | None


class BrandCard(TypedDict):
    slug: str
    name: str
    accent: str
    logo_url: str | None


class TimelinePosition(TypedDict):
    """Follow `url` from `seq`; a position of another `epoch` means nothing."""

    url: str
    seq: int
    epoch: str


class HighlightView(TypedDict):
    """On screen from one picture to another (program date time of the recording)."""

    highlight_id: str
    product_ids: list[str]
    started_at: str
    ended_at: str | None


class ShowView(TypedDict):
    """A show at one position of its timeline."""

    slug: str
    title: str
    description: str
    state: str  # draft, scheduled, live, ended
    starts_at: str | None
    started_at: str | None
    ended_at: str | None
    cover_url: str | None
    hosts: list[HostCard]
    brand: BrandCard
    open_to: str  # everyone, members, ticket: who may watch
    ai_made: str  # host, voice, host-and-voice: made by artificial intelligence; empty: nothing
    hls_url: str  # of a show for some: opened by a viewing pass in the address
    live_edge_url: str | None  # a WebSocket; null: for staff alone
    has_playback_reports: bool  # players tell how the picture does
    timeline: TimelinePosition
    now: str
    curtain: str | None  # pending, paused, ended; null: the picture is there
    highlights: list[HighlightView]


class PassView(TypedDict):
    """The address of a show's media that a viewing pass opens, until `expires_at`."""

    hls_url: str
    expires_at: str


class VariantView(PriceView):
    id: str
    sku: str
    options: dict[str, str]
    currency: str
    available: int
    image_url: str | None
    swatch: str | None  # colour of the shade as #rrggbb


class MediumView(TypedDict):
    """A picture of a product, or a film at another address; `variant_id`: of this variant only."""

    kind: str  # picture, film
    url: str
    alt: str
    variant_id: str | None


class OptionValueView(TypedDict):
    """A value of an option, as it looks."""

    value: str
    swatch: str | None
    image_url: str | None


class SafetyView(TypedDict):
    """The facts of product safety (Regulation (EU) 2023/988 Art. 19); empty ones are not known."""

    manufacturer: str
    manufacturer_address: str
    manufacturer_contact: str  # an e-mail or a web address
    responsible: str
    responsible_address: str
    responsible_contact: str
    note: str


class ProductView(TypedDict):
    id: str
    reference: str
    name: str
    description_html: str
    image_url: str | None
    category: str | None
    on_sale: bool  # false: taken out of the shop; no variant can be bought
    variants: list[VariantView]
    option_names: list[str]
    option_values: dict[str, list[OptionValueView]]  # by option, in order; those that were sorted
    media: list[MediumView]  # beside `image_url` and the variants' own pictures
    safety: SafetyView | None
    shown_at_s: list[float]  # show time, in seconds from `started_at`


class CategoryChoice(TypedDict):
    """A category to look for products in. `depth`: 0 for one below no other."""

    id: str
    name: str
    depth: int


class RundownRow(TypedDict):
    """One product of the plan, as the console lists it. `price` is the lowest of its variants."""

    product_id: str
    name: str
    image_url: str | None
    price: int | None
    compare_at_price: int | None
    lowest_price_30d: int | None
    currency: str
    available: int


class ShowSettings(TypedDict):
    """The fields that staff edit."""

    slug: str
    title: str
    description: str
    state: str
    published: bool
    open_to: str
    is_test: bool
    has_live_edge: bool
    evens_loudness: bool
    ai_made: str
    starts_at: str | None
    started_at: str | None
    ended_at: str | None
    cover_url: str | None
    host_ids: list[str]
    product_ids: list[str]
