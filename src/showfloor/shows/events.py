"""The kinds of entries that a show writes on its timeline."""

from typing import NotRequired, TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class ShowStarted(TypedDict):
    started_at: str  # ISO 8601, milliseconds


class ShowEnded(TypedDict):
    ended_at: str


class Nothing(TypedDict):
    """No keys."""


class ShownProduct(TypedDict):
    """Enough of a product to draw its card before the product list has been fetched."""

    id: str
    name: str
    image_url: str | None
    price: int | None  # the lowest of its variants, minor units; null: not sold in this currency
    compare_at_price: int | None
    currency: str
    lowest_price_30d: NotRequired[int | None]  # of the 30 days before the reduction


class ShownItem(TypedDict):
    """An item on screen: its kind (product today) and the id of what it stands for."""

    kind: str
    id: str


class AiLabelled(TypedDict):
    ai_made: str  # host, voice, host-and-voice; empty: nothing


class HighlightStarted(TypedDict):
    highlight_id: str
    items: list[ShownItem]
    product_ids: list[str]
    products: list[ShownProduct]


class HighlightEnded(TypedDict):
    highlight_id: str


class StockLevel(TypedDict):
    variant_id: str
    sku: str
    available: int


class PriceChanged(TypedDict):
    """Prices are read again: nobody is charged what an entry says."""

    variant_ids: list[str]


class SourceChosen(TypedDict):
    source: str | None  # primary, backup; null: the server chooses


class SourceSwitched(TypedDict):
    source: str  # primary, backup
    reason: str  # lost, black, still, silent; clean: the primary is well again; chosen


class CueGiven(TypedDict):
    cue_id: str
    item_id: str | None
    title: str
    reached_at: str  # the picture
    by_itself: bool
    held: bool


class CueTakenBack(TypedDict):
    cue_id: str


BACKSTAGE_KINDS = (
    EntryKind("cue.given", Release.NOW, False, CueGiven, "An item of the rundown has its turn."),
    EntryKind("cue.taken_back", Release.NOW, False, CueTakenBack, "A cue was taken back."),
    EntryKind("source.chosen", Release.NOW, False, SourceChosen, "A person chose the source."),
    EntryKind("source.switched", Release.NOW, False, SourceSwitched, "Another encoder is on air."),
)

KINDS = (
    EntryKind("show.started", Release.NOW, True, ShowStarted, "A person started the show."),
    EntryKind(
        "show.ai_labelled", Release.NOW, False, AiLabelled,
        "A person said which part of the show artificial intelligence makes.",
    ),
    EntryKind("show.ended", Release.NOW, True, ShowEnded, "A person ended the show."),
    EntryKind(
        "broadcast.lost", Release.NOW, False, Nothing,
        "The encoder is gone: show the curtain and expect it back.",
    ),
    EntryKind(
        "broadcast.back", Release.NOW, False, Nothing,
        "Media comes in again: load the playlist anew.",
    ),
    EntryKind(
        "highlight.started", Release.PICTURE, True, HighlightStarted,
        "Products are on screen from the picture at `picture_at`.", version=2,
    ),
    EntryKind(
        "highlight.ended", Release.PICTURE, True, HighlightEnded,
        "A highlight is off the screen from the picture at `picture_at`.",
    ),
    EntryKind(
        "stock.level", Release.NOW, False, StockLevel,
        "How many of a variant can be bought now.",
    ),
    EntryKind(
        "price.changed", Release.NOW, False, PriceChanged,
        "The prices of these variants are others now: read the products again.",
    ),
)  # fmt: skip
