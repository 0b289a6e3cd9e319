"""The command of buyers on the open connection of a show."""

from collections.abc import Sequence
from typing import TypedDict

from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts import bans
from showfloor.accounts.languages import spoken
from showfloor.checkout import queries
from showfloor.checkout.buyer import Buyer, buyer_of
from showfloor.checkout.services import cart, checkout
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Forbidden, ShowfloorError
from showfloor.kernel.problems import problem
from showfloor.outbox import idempotency
from showfloor.outbox.idempotency import Reply
from showfloor.stock.services import writing
from showfloor.timeline import command_bodies
from showfloor.timeline.commands import Command, CommandKind, Lane, Outcome

OPERATION = "checkout.begin"


class HoldIn(TypedDict):
    """No keys: the lines of the cart are held."""


def begin(buyer: Buyer, key: str) -> Reply:
    """Begin a checkout of the buyer's cart under an idempotency key, whichever way it was asked."""
    asked = idempotency.request(
        buyer.brand.pk, buyer.owner, OPERATION, {idempotency.HEADER: key}, {}
    )
    if idempotency.find(asked) is None:
        cart.drop_unsold(buyer)

    def effect() -> Reply:
        return Reply(201, queries.checkout_view(checkout.begin(buyer, utc_now())))

    return idempotency.once(asked, effect, writing)


def hold(show_id: str, commands: Sequence[Command]) -> Sequence[Outcome]:
    """Each command is a transaction of its own: one buyer's hold is not another's business."""
    return [_hold_one(command) for command in commands]


def _hold_one(command: Command) -> Outcome:
    buyer = buyer_of(command.claims)
    with translation.override(spoken(command.language, buyer.brand.language)):
        try:
            command_bodies.read(command.body, HoldIn)
            if bans.is_banned(buyer.brand.pk, buyer.owner, buyer.network):
                raise Forbidden(_("You can't take part here."), code="banned")
            return Outcome(result={"checkout": dict(begin(buyer, command.id).body)})
        except ShowfloorError as error:
            return Outcome(problem=problem(error))


COMMANDS = (
    CommandKind(
        "hold", Lane.PROMPT, HoldIn, hold,
        "Freeze the cart's prices and hold its stock: the beginning of a checkout.",
    ),
)  # fmt: skip
