"""The public API, `/api/v1`: the operations of every room, described by one document."""

from ninja import NinjaAPI

from showfloor.accounts import permissions
from showfloor.accounts.api import router as accounts_router
from showfloor.activations.api import router as activations_router
from showfloor.auctions.api import router as auctions_router
from showfloor.captions.api import router as captions_router
from showfloor.checkout.api import router as checkout_router
from showfloor.comment_buying.api import router as comment_buying_router
from showfloor.community.api import router as community_router
from showfloor.deals.api import router as deals_router
from showfloor.giveaways.api import router as giveaways_router
from showfloor.privacy.api import router as privacy_router
from showfloor.rehearsals.api import router as rehearsals_router
from showfloor.replays.api import router as replays_router
from showfloor.restreams.api import router as restreams_router
from showfloor.selling.api import router as selling_router
from showfloor.shows.api import router as shows_router
from showfloor.shows.cues_api import router as cues_router
from showfloor.shows.playback_api import router as playback_router
from showfloor.site.problems import add_handlers
from showfloor.site.show_api import router as show_router
from showfloor.stage.api import router as stage_router
from showfloor.waitlists.api import router as waitlists_router

api = NinjaAPI(
    title="Showfloor",
    version="1",
    description=(
        "Everything that pages, staff and integrations do. Viewers send a viewer token as"
        " `Authorization: Bearer …`; staff send their session cookie and `X-CSRFToken`."
        " Errors are RFC 9457 problem details. Money is whole minor units and an ISO 4217 code;"
        " times are UTC."
    ),
    urls_namespace="api",
    docs_url=None,  # the document is enough; Swagger's page would need scripts from elsewhere
    docs_decorator=permissions.public,
)
add_handlers(api)
api.add_router("", accounts_router)
api.add_router("", show_router)
api.add_router("", shows_router)
api.add_router("", cues_router)
api.add_router("", playback_router)
api.add_router("", rehearsals_router)
api.add_router("", replays_router)
api.add_router("", community_router)
api.add_router("", auctions_router)
api.add_router("", captions_router)
api.add_router("", comment_buying_router)
api.add_router("", deals_router)
api.add_router("", giveaways_router)
api.add_router("", activations_router)
api.add_router("", selling_router)
api.add_router("", restreams_router)
api.add_router("", stage_router)
api.add_router("", checkout_router)
api.add_router("", waitlists_router)
api.add_router("", privacy_router)
