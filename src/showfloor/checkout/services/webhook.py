"""A provider's notices: each is taken once, in the transaction of its effect."""

import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from showfloor.accounts.transactions import verb
from showfloor.checkout import provider
from showfloor.checkout.models import Payment, WebhookInbox
from showfloor.checkout.ports import BadSignature, BadWebhook, UnrelatedWebhook, WebhookEvent
from showfloor.checkout.services import settlement
from showfloor.kernel.errors import Invalid, NotFound, NotSignedIn
from showfloor.stock import services as stock

log = logging.getLogger(__name__)

DUPLICATE = "duplicate"
UNKNOWN = "unknown-payment"
OTHER = "not-for-us"


def receive(provider_name: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Take a notice; the outcome in a word. NotSignedIn when it was not signed, or not lately;
    Invalid when nothing can be read from it.

    Once this returns, the provider need not send it again, whatever the outcome is.
    """
    through = provider.current()
    if through.name != provider_name:
        raise NotFound("There is no such payment provider.")
    try:
        event = through.verify_webhook(headers, body, now)
    except BadSignature as error:
        log.warning("webhook_refused provider=%s why=%s", provider_name, error)
        raise NotSignedIn("The signature is not good.", code="bad-signature") from None
    except BadWebhook as error:
        log.warning("webhook_unreadable provider=%s why=%s", provider_name, error)
        raise Invalid(f"The notice can't be read: {error}.", code="bad-notice") from None
    except UnrelatedWebhook as error:
        log.warning("webhook_not_for_us provider=%s what=%s", provider_name, error)
        return OTHER
    return _take(provider_name, event, now)


@verb
def _take(provider_name: str, event: WebhookEvent, now: datetime) -> str:
    payments = Payment.objects.all_brands().filter(provider=provider_name)
    payment = payments.filter(pk=event.payment.payment_id).first()
    if payment is None:
        log.warning("webhook_unknown event=%s payment=%s", event.event_id, event.payment.payment_id)
        return UNKNOWN
    inbox = WebhookInbox(
        brand_id=payment.brand_id, provider=provider_name, event_id=event.event_id,
        payment=payment, kind=event.kind, received_at=now,
    )  # fmt: skip
    with stock.writing():
        try:
            with transaction.atomic():
                inbox.save(force_insert=True)
        except IntegrityError:
            return DUPLICATE
        settled = settlement.settle(payment.brand_id, payment.pk, event.payment, "webhook", now)
        inbox.outcome = settled.outcome
        inbox.save(update_fields=["outcome"])
    if settled.outcome == settlement.MISMATCH:
        log.error("webhook_mismatch event=%s payment=%s", event.event_id, payment.pk)
    return settled.outcome
