"""A show as several rooms know it, in the shapes that pages and API share."""

from typing import Any

from showfloor.activations.queries import ActivationMine, ActivationSnapshot
from showfloor.auctions.queries import AuctionMine, AuctionSnapshot
from showfloor.captions.queries import CaptionsSnapshot
from showfloor.checkout import delivery
from showfloor.checkout.delivery import DeliveryView, Parcel
from showfloor.checkout.models import ShippingOption
from showfloor.checkout.pauses.queries import SellingSnapshot
from showfloor.checkout.sold_units import SoldSnapshot
from showfloor.community.chat.queries import ChatMine, ChatSnapshot
from showfloor.community.moderation.queries import ModerationMine
from showfloor.community.polls.queries import PollMine, PollSnapshot
from showfloor.community.questions import queries as questions
from showfloor.community.questions.queries import ProductAnswer, QuestionMine, QuestionSnapshot
from showfloor.community.reactions.queries import ReactionSnapshot
from showfloor.deals.queries import DealMine, DealSnapshot
from showfloor.giveaways.queries import GiveawayMine, GiveawaySnapshot
from showfloor.pricing.models import Market
from showfloor.replays.trailers import TrailerSnapshot
from showfloor.shows import entrance
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.wire import ProductView, ShowView
from showfloor.site.slices import SHOW_SLICES
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from showfloor.waitlists.queries import Mine as WaitlistMine


class Snapshot(
    ShowView, ChatSnapshot, QuestionSnapshot, PollSnapshot, ReactionSnapshot, CaptionsSnapshot,
    AuctionSnapshot, DealSnapshot, GiveawaySnapshot, ActivationSnapshot, SoldSnapshot,
    SellingSnapshot, TrailerSnapshot,
):  # fmt: skip
    """A show as of `timeline.seq`; the entries after it lead to the show of now. The slices give
    the parts, and this class documents them."""


class ShopProduct(ProductView):
    """A product with the answers about it in this show."""

    answers: list[ProductAnswer]
    delivery: DeliveryView | None  # of one unit; null: the brand does not say


class Mine(
    ChatMine, QuestionMine, PollMine, ModerationMine, AuctionMine, WaitlistMine, DealMine,
    GiveawayMine, ActivationMine
):  # fmt: skip
    """The part of a show that belongs to one viewer: their own actions and notices."""

    own_seq: int  # of their own stream: what it told until then and is not in here is over


def snapshot(show: Show) -> Snapshot:
    view: Any = {}
    with timeline.consistent():
        for one in SHOW_SLICES:
            view |= one.snapshot(show)
    snapshot: Snapshot = view
    return snapshot


def announcement(show: Show) -> ShowView:
    """Return what everybody may know of a show; its page begins with it for those who may not watch
    it (yet)."""
    with timeline.consistent():
        return entrance.announcement(show)


def tickets(show: Show, market: Market | None = None) -> list[ShopProduct]:
    """Return the tickets for a show as products of its page."""
    return [{**one, "answers": [], "delivery": None} for one in entrance.ticket_views(show, market)]


def mine(show: Show, subject: str) -> Mine:
    """Return the viewer's part for the person of a token's `sub`."""
    # First: an entry of the person's stream from now on is news.
    view: Any = {"own_seq": personal_stream.head(show.brand_id, subject)}
    for one in SHOW_SLICES:
        view |= one.mine(show, subject)
    mine: Mine = view
    return mine


def products(show: Show, market: Market | None = None) -> list[ShopProduct]:
    """Return the products that the show sells."""
    answers = questions.answers_by_product(show)
    options = delivery.options_of(show.brand, market)
    found = shows.products_payload(show, market)
    weights = shows.weights([product["id"] for product in found], show.brand)
    return [
        {
            **product,
            "answers": answers.get(product["id"], []),
            "delivery": _delivery(product, options, weights.get(product["id"])),
        }
        for product in found
    ]


def _delivery(
    product: ProductView, options: list[ShippingOption], weight_g: int | None
) -> DeliveryView | None:
    prices = [variant["price"] for variant in product["variants"]]
    if not prices or not options or weight_g is None:
        return None
    return delivery.estimate(options, Parcel(min(prices), weight_g))
