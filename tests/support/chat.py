"""Saying something in a show, for tests that want the row."""

from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services
from showfloor.community.chat.models import Message
from showfloor.shows.models import Show


def post_message(
    show: Show, viewer: Claims, client_id: str, text: str, reply_to: str | None = None
) -> Message:
    """Say it as `services.say` does, and return the row; raise what is refused."""
    said = services.say(show, viewer, client_id, text, reply_to)
    return Message.objects.for_brand(show.brand_id).get(pk=said.message_id)
