"""An auction and people who bid in it."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress

from showfloor.accounts.models import Brand, Member, User
from showfloor.accounts.tokens import Claims
from showfloor.auctions import services
from showfloor.auctions.commands import perform_bids, perform_buying, perform_retractions
from showfloor.auctions.models import Auction, Bid, Offer
from showfloor.auctions.rules import AuctionDraft
from showfloor.catalogue.models import Variant
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.models import Reservation
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline.commands import Command, Outcome

STEPS = [(0, 100), (10_000, 500)]


def prepared(show: Show, by: User, **more: Any) -> Auction:
    """From 10.00, a step of 1.00, of 5.00 from 100.00 on; a minute long."""
    variant = Variant.objects.for_brand(show.brand_id).order_by("pk")[0]
    values = {"title": "Blue vase", "start_amount": 1000, "increments": STEPS, "length_s": 60}
    return services.create(show, variant.pk, AuctionDraft(**{**values, **more}), by)


def opened(show: Show, by: User, **more: Any) -> Auction:
    auction = prepared(show, by, **more)
    return services.open_auction(show, auction.pk, None, by)


def bidder(brand: Brand, name: str = "mia", *, is_confirmed: bool = True) -> Claims:
    email = f"{name}-{new_id()[-8:]}@example.test".lower()
    user = User.objects.create_user(email, "long-enough-password")
    if is_confirmed:
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    member = Member.objects.create(brand=brand, user=user, display_name=name)
    return Claims(str(member.subject), brand.pk, name)


def sent(
    name: str, claims: Claims, show: Show, body: dict[str, Any], command_id: str = ""
) -> Command:
    return Command(command_id or new_id(), name, body, claims, show.pk, "en")


def a_bid(show: Show, auction: Auction, who: Claims, maximum: int, **more: Any) -> Command:
    command_id = more.pop("command_id", "")
    body = {"auction_id": auction.pk, "maximum": maximum, "accepts_terms": True, **more}
    return sent("auction.bid", who, show, body, command_id)


def bid(show: Show, auction: Auction, who: Claims, maximum: int, **more: Any) -> Outcome:
    (outcome,) = perform_bids(show.pk, [a_bid(show, auction, who, maximum, **more)])
    return outcome


def buy_now(show: Show, auction: Auction, who: Claims) -> Outcome:
    body = {"auction_id": auction.pk, "accepts_terms": True}
    (outcome,) = perform_buying(show.pk, [sent("auction.buy_now", who, show, body)])
    return outcome


def retract(show: Show, who: Claims, outcome: Outcome) -> Outcome:
    body = {"bid_id": outcome.result["bid"]["bid_id"]}
    (answer,) = perform_retractions(show.pk, [sent("auction.retract", who, show, body)])
    return answer


def now_of(auction: Auction) -> Auction:
    return Auction.objects.all_brands().get(pk=auction.pk)


def stands(auction: Auction) -> tuple[int | None, int, int]:
    """Leader's number, price, bids that count."""
    row = now_of(auction)
    return row.leader, row.price, row.bids


def ends_in(auction: Auction, seconds: float) -> None:
    """Have the auction end so many seconds from now; negative: ago."""
    ends_at = utc_now() + timedelta(seconds=seconds)
    Auction.objects.all_brands().filter(pk=auction.pk).update(ends_at=ends_at)


def arrived_ago(outcome: Outcome, seconds: float) -> None:
    rows = Bid.objects.all_brands().filter(pk=outcome.result["bid"]["bid_id"])
    rows.update(at=utc_now() - timedelta(seconds=seconds))


def offers(auction: Auction) -> list[tuple[int, int, str]]:
    """Number, amount, state of each offer, in their order."""
    rows = Offer.objects.all_brands().filter(auction=auction).order_by("round")
    return list(rows.values_list("bidder__number", "amount", "state"))


def lapse(auction: Auction) -> None:
    """Let the time of the offer be over, and the job come by."""
    rows = Offer.objects.all_brands().filter(auction=auction, state="open")
    kept = Reservation.objects.all_brands().filter(pk__in=rows.values("reservation_id"))
    kept.update(expires_at=utc_now())
    reservations.expire_due(utc_now())
    services.go_on(utc_now())


def refusal(outcome: Outcome) -> tuple[int, str, str | None]:
    """Status, code, field."""
    assert outcome.problem is not None, outcome
    assert outcome.problem["detail"], "a problem has a sentence"
    return outcome.problem["status"], outcome.problem["code"], outcome.problem.get("field")
