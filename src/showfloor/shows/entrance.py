"""Reads at the entrance of a show: what everybody may know of it, its tickets, and the pass of a
person who may watch."""

from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.media.signer import pass_signer
from showfloor.pricing.models import Market
from showfloor.shows import queries, watching
from showfloor.shows.models import Show
from showfloor.shows.wire import PassView, ProductView, ShowView


def announcement(show: Show) -> ShowView:
    """Return what everybody may know of a show, in the shape of the show itself: nothing of what is
    seen and said in it."""
    view = queries.show_view(show)
    view["timeline"]["seq"] = 0
    return {**view, "highlights": [], "curtain": None}


def ticket_views(show: Show, market: Market | None = None) -> list[ProductView]:
    """Return the tickets for a show, for buyers: those with a price in the market."""
    found = watching.tickets(show)
    views = queries.product_views(show.brand, list(found), market)
    for view in views:
        view["variants"] = [one for one in view["variants"] if one["id"] in found[view["id"]]]
    return [view for view in views if view["variants"]]


def viewing_pass(slug: str, show_id: str) -> PassView:
    """Return the address that opens a show's media, for a person who may watch it."""
    made = pass_signer().issue(show_id, utc_now())
    return {
        "hls_url": f"/hls/{slug}/pass/{made.text}/index.m3u8",
        "expires_at": iso_ms(made.expires_at),
    }
