"""The entries of reservations on a person's own stream."""

from typing import TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class ReservationMade(TypedDict):
    """`kind` and `ref`: what keeps the goods, and its id. `unit_amount`: of one unit, null for
    today's price. `expires_at`: by the server's clock."""

    reservation_id: str
    kind: str
    ref: str
    variant_id: str
    sku: str
    name: str  # of the product
    quantity: int
    unit_amount: int | None
    currency: str
    label: str
    expires_at: str


class ReservationEnded(TypedDict):
    """`state`: claimed, released or expired."""

    reservation_id: str
    kind: str
    ref: str
    variant_id: str
    state: str


PRIVATE_KINDS = (
    EntryKind(
        "reservation.made", Release.NOW, False, ReservationMade,
        "Goods are kept for you until `expires_at`; they are in your cart.", version=2,
    ),
    EntryKind(
        "reservation.ended", Release.NOW, False, ReservationEnded,
        "You have bought what was kept for you, or it is kept no longer.",
    ),
)  # fmt: skip
