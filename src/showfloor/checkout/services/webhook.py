"""A provider's notices: each is taken once, in the transaction of its effect."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from showfloor.accounts.transactions import verb
from showfloor.checkout import provider
from showfloor.checkout.models import Payment, PaymentAccount, WebhookInbox
from showfloor.checkout.ports import (
    BadSignature,
    BadWebhook,
    ProviderUnavailable,
    UnrelatedWebhook,
    WebhookEvent,
)
from showfloor.checkout.services import settlement
from showfloor.kernel.errors import Invalid, NotSignedIn, Unavailable
from showfloor.stock import services as stock

log = logging.getLogger(__name__)

DUPLICATE = "duplicate"
UNKNOWN = "unknown-payment"
OTHER = "not-for-us"


@dataclass(frozen=True, slots=True)
class Address:
    """The address at which a notice came in. `account_id`: of a brand's own account; None: the
    address of the installation's provider."""

    provider: str
    account_id: str | None = None


def receive(address: Address, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Take a notice; the outcome in a word. NotFound for an address that is nobody's; NotSignedIn
    when it was not signed, or not lately; Invalid when nothing can be read from it.

    Once this returns, the provider need not send it again, whatever the outcome is.
    """
    through, account = provider.of_webhook(address.provider, address.account_id)
    try:
        event = through.verify_webhook(headers, body, now)
    except BadSignature as error:
        log.warning("webhook_refused provider=%s why=%s", address.provider, error)
        raise NotSignedIn("The signature is not good.", code="bad-signature") from None
    except BadWebhook as error:
        log.warning("webhook_unreadable provider=%s why=%s", address.provider, error)
        raise Invalid(f"The notice can't be read: {error}.", code="bad-notice") from None
    except ProviderUnavailable:
        raise Unavailable("The provider does not say what it means; send it again.") from None
    except UnrelatedWebhook as error:
        log.info("webhook_not_for_us provider=%s what=%s", address.provider, error)
        return OTHER
    return _take(address.provider, account, event, now)


@verb
def _take(
    provider_name: str, account: PaymentAccount | None, event: WebhookEvent, now: datetime
) -> str:
    payment = _named(provider_name, account, event)
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


def _named(
    provider_name: str, account: PaymentAccount | None, event: WebhookEvent
) -> Payment | None:
    """The payment that an event is about, among those of the account that it came for: who can
    sign for one brand's account says nothing about another's."""
    payments = Payment.objects.all_brands().filter(
        provider=provider_name, payment_account=account, pk=event.payment.payment_id
    )
    return payments.first()
