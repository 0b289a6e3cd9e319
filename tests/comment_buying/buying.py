"""Shows in which comments buy, and people who write."""

from typing import Any

from showfloor.accounts.models import User
from showfloor.accounts.tokens import Claims
from showfloor.catalogue.models import Variant
from showfloor.checkout.models import Reservation
from showfloor.comment_buying import deciding, services
from showfloor.comment_buying.models import CommentRequest
from showfloor.comment_buying.services import BuyingDraft, CodeDraft
from showfloor.community.chat import posting
from showfloor.community.chat.posting import MessageRequest, MessageResult
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from tests.support.shows import product_ids, started_before


def selling(show: Show, by: User, **fields: Any) -> Show:
    """The show, live for a minute; its products, of five units each, have the codes ROSE and 12."""
    live = started_before(shows.start(show, by), 60)
    switch(live, by, **fields)
    return live


def switch(show: Show, by: User, **fields: Any) -> None:
    rose, other = product_ids(show)[:2]
    given = {"is_on": True, "codes": [CodeDraft("ROSE", rose), CodeDraft("12", other)], **fields}
    services.save(show, BuyingDraft(**given), by)


def say(show: Show, who: Claims, text: str, client_id: str = "", language: str = "") -> str:
    """Write in the chat; return the state of the message."""
    request = MessageRequest(who, client_id or new_id(), text, None, language)
    (answer,) = posting.say(show.pk, [request])
    assert isinstance(answer, MessageResult), answer
    return answer.state


def decided(show: Show) -> int:
    return sum(iter(deciding.run, 0))


def kept(show: Show) -> list[tuple[str, int, str]]:
    """Owner, units and state of what comments have kept, the oldest first."""
    rows = Reservation.objects.for_brand(show.brand_id).filter(source__startswith="comment:")
    return list(rows.order_by("created_at", "pk").values_list("owner", "quantity", "state"))


def refusals(who: Claims) -> list[str]:
    """The reasons that a person was told."""
    entries = personal_stream.read(who.brand, who.sub)
    return [one.body["reason"] for one in entries if one.kind == "comment.refused"]


def states(show: Show) -> list[tuple[str, str]]:
    rows = CommentRequest.objects.for_brand(show.brand_id).order_by("asked_at", "pk")
    return list(rows.values_list("state", "reason"))


def first_variant(show: Show) -> Variant:
    return Variant.objects.for_brand(show.brand_id).get(product=product_ids(show)[0])
