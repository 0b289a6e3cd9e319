"""Every slice of this installation, the lower rooms first: a new room adds its line here."""

from collections.abc import Sequence
from typing import Final

from showfloor.accounts.slice import SLICE as ACCOUNTS
from showfloor.activations.slice import SLICE as ACTIVATIONS
from showfloor.auctions.slice import SLICE as AUCTIONS
from showfloor.captions.slice import SLICE as CAPTIONS
from showfloor.catalogue.slice import SLICE as CATALOGUE
from showfloor.checkout.slice import SLICE as CHECKOUT
from showfloor.comment_buying.slice import SLICE as COMMENT_BUYING
from showfloor.community.slices import SLICES as COMMUNITY
from showfloor.deals.slice import SLICE as DEALS
from showfloor.fulfilment.daily_close.slice import SLICE as DAILY_CLOSE
from showfloor.fulfilment.documents.slice import SLICE as DOCUMENTS
from showfloor.fulfilment.slice import SLICE as FULFILMENT
from showfloor.giveaways.slice import SLICE as GIVEAWAYS
from showfloor.kernel.slices import Slice
from showfloor.legal.slice import SLICE as LEGAL
from showfloor.outbox.slice import SLICE as OUTBOX
from showfloor.playouts.slice import SLICE as PLAYOUTS
from showfloor.pricing.slice import SLICE as PRICING
from showfloor.rehearsals.slice import SLICE as REHEARSALS
from showfloor.replays.slice import SLICE as REPLAYS
from showfloor.restreams.slice import SLICE as RESTREAMS
from showfloor.shows.slice import SLICE as SHOWS
from showfloor.shows.slices import ShowSlice
from showfloor.site.slice import SLICE as SITE
from showfloor.stage.slice import SLICE as STAGE
from showfloor.stock.slice import SLICE as STOCK
from showfloor.timeline.slice import SLICE as TIMELINE
from showfloor.waitlists.slice import SLICE as WAITLISTS

SLICES: Final[Sequence[Slice]] = (
    ACCOUNTS, LEGAL, CATALOGUE, TIMELINE, OUTBOX, PRICING, STOCK, SHOWS, REPLAYS, *COMMUNITY,
    ACTIVATIONS,
    CAPTIONS, PLAYOUTS, REHEARSALS, RESTREAMS, STAGE,
    COMMENT_BUYING,  # before the rooms below: an erased person's comments buy nothing any more
    CHECKOUT, AUCTIONS, DEALS, FULFILMENT,
    DOCUMENTS, GIVEAWAYS, WAITLISTS, DAILY_CLOSE, SITE,
)  # fmt: skip
SHOW_SLICES: Final = tuple(one for one in SLICES if isinstance(one, ShowSlice))
