"""Payment accounts of brands: keys come in, are sealed, and are never shown again."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.accounts.sealing import CannotOpen
from showfloor.accounts.transactions import verb, write
from showfloor.checkout import payment_keys, provider
from showfloor.checkout.models import PaymentAccount
from showfloor.checkout.payment_keys import Keys
from showfloor.checkout.payment_models import PaymentMode
from showfloor.checkout.provider import AccountKeys
from showfloor.kernel.errors import Invalid

log = logging.getLogger(__name__)

NO_KEYS = Keys("")


@dataclass(frozen=True, slots=True)
class NewKeys:
    """Keys as somebody typed them; an empty text leaves the key as it is."""

    secret: str = ""
    webhook_secret: str = ""


def check(account: PaymentAccount, typed: NewKeys) -> Keys:
    """Return the keys that the account has after this change; Invalid names the field."""
    kind = provider.kinds().get(account.provider)
    if kind is None:
        raise Invalid(_("This server knows no such provider."), field="provider")
    keys = _keys_of(account).changed(typed.secret, typed.webhook_secret)
    if not keys.secret:
        raise Invalid(_("Enter the secret key."), field="secret_key")
    kind.check(
        AccountKeys(
            account.account, account.mode == PaymentMode.TEST, account.publishable_key, keys
        )
    )
    return keys


@verb
def save(account: PaymentAccount, typed: NewKeys, now: datetime) -> None:
    """Write a new or changed account. An active one takes the place of the brand's active one."""
    keys = check(account, typed)
    with write():
        account.sealed_keys = payment_keys.seal(keys)
        account.keys_changed_at = now
        if account._state.adding:
            account.created_at = now
        if account.active:
            others = PaymentAccount.objects.for_brand(account.brand_id).filter(active=True)
            others.exclude(pk=account.pk).update(active=False)
        account.save()
        brand_id = account.brand_id
    provider.forget(brand_id)


@verb
def seal_again() -> int:
    """Seal keys anew that an earlier secret key of the installation has sealed; return how many."""
    done = 0
    with write():
        for account in PaymentAccount.objects.all_brands().select_for_update():
            if payment_keys.is_current(account.sealed_keys):
                continue
            try:
                account.sealed_keys = payment_keys.seal(payment_keys.unseal(account.sealed_keys))
            except CannotOpen as error:
                log.error("payment_keys_unreadable brand=%s error=%s", account.brand_id, error)  # noqa: TRY400
                continue
            account.save(update_fields=["sealed_keys"])
            done += 1
    return done


def active() -> QuerySet[PaymentAccount]:
    """Return the active accounts of all brands."""
    rows = PaymentAccount.objects.all_brands().filter(active=True)
    return rows.select_related("brand").order_by("brand__slug")


def every_brand_has_one() -> bool:
    """Return whether there are brands, and each has an active account of its own."""
    brands = Brand.objects.exclude(pk__in=active().values("brand_id"))
    return Brand.objects.exists() and not brands.exists()


def unreadable(accounts: Iterable[PaymentAccount]) -> list[PaymentAccount]:
    """Return the accounts whose keys cannot be opened: their brands take no payments."""
    found = []
    for account in accounts:
        try:
            payment_keys.unseal(account.sealed_keys)
        except CannotOpen:
            found.append(account)
    return found


def _keys_of(account: PaymentAccount) -> Keys:
    """The keys so far; none for a new account, or where they cannot be opened any more."""
    try:
        return payment_keys.unseal(account.sealed_keys) if account.sealed_keys else NO_KEYS
    except CannotOpen:
        return NO_KEYS
