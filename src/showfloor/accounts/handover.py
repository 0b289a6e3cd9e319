"""The handover of what a guest has to the account that the guest signs in to: cart, checkouts and
rights, requests, entries and prizes, waits and answers, each by the room that keeps them.

It happens wherever a request shows both, the session and the guest's cookie, so no way of signing
in is forgotten. The cookie stays: there may be things of another brand, and a second handover of
the same things finds nothing to hand over. So a room with a limit of one person keeps, beside the
owner, the subject that a thing came from: else signing in would empty what the guest has had.
"""

from collections.abc import Callable
from dataclasses import dataclass

from showfloor.accounts.subjects import Subject
from showfloor.kernel.listeners import Listeners


@dataclass(frozen=True, slots=True)
class Handover:
    """`guest` and `owner` are the `sub` of a token: before, and from now on."""

    brand_id: str
    guest: str
    owner: str


_handovers = Listeners[Handover]()


def on_handover(listener: Callable[[Handover], object]) -> Callable[[], None]:
    """Call `listener` whenever a token is made for someone with a guest's cookie: it must be cheap
    where there is nothing to take over. The result ends that."""
    return _handovers.subscribe(listener)


def hand_over(brand_id: str, guest_id: str, owner: str) -> None:
    _handovers.tell(Handover(brand_id, str(Subject.guest(guest_id)), owner))
