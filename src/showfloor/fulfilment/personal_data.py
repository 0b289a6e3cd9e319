"""Personal data of the life of an order, and its erasure.

An order's rows are the brand's books: the law asks for them, so they stay as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts.row_values import row_values
from showfloor.checkout.personal_data import orders_of
from showfloor.fulfilment import history
from showfloor.fulfilment.models import OrderEvent, OrderRefund, OrderTag, Shipment
from showfloor.fulfilment.return_models import OrderReturn, ReturnLabel, Withdrawal
from showfloor.kernel.slices import Erasure, PersonalColumns
from showfloor.outbox.personal_data import delete_caused_by

_STAFF: Final = "the link is emptied with the account"


def erase(order: Erasure) -> Mapping[str, int]:
    """Delete mails about parcels, refunds and returns of this person, and labels of returns."""
    deleted = 0
    own = list(orders_of(order.brand_id, order.subject))
    for one in own:
        deleted += delete_caused_by(order.brand_id, history.causes_of(one))
    labels = ReturnLabel.objects.for_brand(order.brand_id).filter(order_return__order__in=own)
    return {"mails": deleted, "return_labels": labels.delete()[0]}


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return parcels, refunds, and what staff wrote about orders of this person."""
    own = orders_of(brand_id, subject).values("pk")
    shipments = Shipment.objects.for_brand(brand_id).filter(order__in=own)
    refunds = OrderRefund.objects.for_brand(brand_id).filter(order__in=own)
    events = OrderEvent.objects.for_brand(brand_id).filter(order__in=own)
    tags = OrderTag.objects.for_brand(brand_id).filter(order__in=own)
    return {
        "shipments": row_values(
            shipments, order="order__number", carrier="carrier",
            tracking_number="tracking_number", shipped_at="shipped_at", undone_at="undone_at",
        ),
        "refunds": row_values(
            refunds, order="order__number", amount="amount", currency="order__currency",
            reason="reason", created_at="created_at",
        ),
        "order_history": row_values(
            events, order="order__number", kind="kind", at="at", detail="detail"
        ),
        "withdrawals": row_values(
            Withdrawal.objects.for_brand(brand_id).filter(order__in=own), name="name",
            contract="contract", email="email", part="part", submitted_at="submitted_at",
            state="state",
        ),
        "returns": row_values(
            OrderReturn.objects.for_brand(brand_id).filter(order__in=own), order="order__number",
            state="state", note="note", answer="answer", requested_at="requested_at",
        ),
        "order_tags": row_values(tags, order="order__number", tag="name"),
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "fulfilment.Shipment", ("tracking_number", "tracking_url", "by"),
        "to send what was bought, and to say where it is", "with the order",
        f"kept by law; of staff: {_STAFF}",
    ),
    PersonalColumns(
        "fulfilment.OrderRefund", ("reason", "by"), "the brand's books: money that goes back",
        "with the order", f"kept by law; of staff: {_STAFF}",
    ),
    PersonalColumns(
        "fulfilment.RefundLine", ("deduction_reason",),
        "the brand's books: why less than the price went back", "with the order", "kept by law",
    ),
    PersonalColumns(
        "fulfilment.ReturnLabel", ("content",), "to bring goods back: a carrier's label",
        "until the return is closed: `return_labels` at most", "deleted",
    ),
    PersonalColumns(
        "fulfilment.OrderEvent", ("detail", "by"),
        "the history of an order: what was done to it, when, by whom", "with the order",
        f"kept by law; of staff: {_STAFF}",
    ),
    PersonalColumns(
        "fulfilment.Withdrawal", ("name", "contract", "email", "part", "language", "note", "by"),
        "to prove that, when and from what somebody withdrew", "with the order; ten years without",
        f"kept by law; of staff: {_STAFF}",
    ),
    PersonalColumns(
        "fulfilment.OrderReturn", ("note", "answer", "by"), "goods that come back",
        "with the order", f"kept by law; of staff: {_STAFF}",
    ),
    PersonalColumns(
        "fulfilment.OrderTag", ("name",), "to find orders that need the same work",
        "with the order", "kept by law",
    ),
)  # fmt: skip
