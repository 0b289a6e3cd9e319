"""A provider's notices: each is taken once, in the transaction of its effect."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from showfloor.checkout import payment_rows, provider
from showfloor.checkout.payment_rows import Notice
from showfloor.checkout.ports import (
    BadSignature,
    BadWebhook,
    ProviderUnavailable,
    UnrelatedWebhook,
    WebhookEvent,
)
from showfloor.checkout.services import settlement
from showfloor.checkout.services.settlement import News
from showfloor.kernel.errors import Invalid, NotSignedIn, Unavailable

log = logging.getLogger(__name__)

NOTICE_BYTES_MAX = 64 * 1024
UNKNOWN = "unknown-payment"
OTHER = "not-for-us"


@dataclass(frozen=True, slots=True)
class Address:
    """The address at which a notice came in. `account_id`: of a brand's own account; None: the
    address of the installation's provider."""

    provider: str
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice that was signed for an account. `account_id`: the brand's own; None: the
    installation's."""

    provider: str
    account_id: str | None
    event: WebhookEvent


def read(address: Address, headers: Mapping[str, str], body: bytes, now: datetime) -> Taken | str:
    """Return what a notice says, or an outcome in a word where that is nothing to us. NotFound for
    an address that is nobody's; NotSignedIn when it was not signed, or not lately; Invalid when
    nothing can be read from it."""
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
    return Taken(address.provider, account.pk if account is not None else None, event)


def may_ask(address: Address) -> bool:
    """Return whether `read` may have to ask somebody: the database for a brand's own account, or a
    provider whose notices do not say all."""
    return address.account_id is not None or not provider.tells_all(address.provider)


def receive(address: Address, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Take a notice; the outcome in a word, or the errors of `read`.

    Once this returns, the provider need not send it again, whatever the outcome is.
    """
    found = read(address, headers, body, now)
    if isinstance(found, str):
        return found
    (outcome,) = take_many([found], now)
    return outcome


def take_many(taken: Sequence[Taken], now: datetime) -> list[str]:
    """Take many notices, in one transaction for each brand; return the outcome of each."""
    outcomes = [UNKNOWN] * len(taken)
    of_brands: dict[str, dict[int, News]] = {}
    with connection.cursor() as cursor:
        named = {one.event.payment.payment_id for one in taken}
        accounts = payment_rows.accounts_of(cursor, named)
    for number, one in enumerate(taken):
        told, event = one.event.payment, one.event
        payment = accounts.get(told.payment_id)
        # Who can sign for one brand's account says nothing about another's.
        is_theirs = payment is not None and (payment.provider, payment.account_id) == (
            one.provider, one.account_id,
        )  # fmt: skip
        if payment is None or not is_theirs:
            log.warning("webhook_unknown event=%s payment=%s", event.event_id, told.payment_id)
            continue
        notice = Notice(one.provider, event.event_id, event.kind)
        news = News(told.payment_id, told, "webhook", notice)
        of_brands.setdefault(payment.brand_id, {})[number] = news
    for brand_id, news_of in of_brands.items():
        settled = settlement.settle_many(brand_id, list(news_of.values()), now)
        for (number, news), came in zip(news_of.items(), settled, strict=True):
            outcomes[number] = came.outcome
            if came.outcome == settlement.MISMATCH:
                name = news.notice.event_id if news.notice is not None else ""
                log.error("webhook_mismatch event=%s payment=%s", name, news.payment_id)
    return outcomes
