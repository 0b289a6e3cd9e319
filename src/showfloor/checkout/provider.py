"""The payment provider of a brand: its own active account, else the one of the installation.

The composition of a process calls `use` with the installation's provider (the test provider, or
Stripe's test mode), and `offer` with the kinds of accounts that brands may have of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from showfloor.accounts.sealing import CannotOpen
from showfloor.checkout import payment_keys
from showfloor.checkout.payment_keys import Keys
from showfloor.checkout.payment_models import Payment, PaymentAccount, PaymentMode, SavedMethod
from showfloor.checkout.payment_rows import PaymentRow
from showfloor.checkout.ports import PaymentProvider
from showfloor.kernel.errors import NotFound, Unavailable
from showfloor.kernel.fresh import Fresh
from showfloor.kernel.ids import is_id

# A change of an account is known at once to the process that makes it, to others after this.
FRESH_S = 2.0
STALE_S = 10.0
BRANDS_MAX = 2000
CLIENTS_MAX = 500


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """The account that a client is made for. `account`: the provider's own name for it."""

    account: str
    is_test: bool
    publishable_key: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class Kind:
    """A provider at which brands may have accounts. `check` raises Invalid, which names the field,
    for keys that cannot be right."""

    label: str
    make: Callable[[AccountKeys], PaymentProvider]
    check: Callable[[AccountKeys], None]


@dataclass(frozen=True, slots=True)
class BrandProvider:
    """The provider for a brand's new payments. `account_id`: of the brand's own account; None: the
    installation's."""

    provider: PaymentProvider
    account_id: str | None = None


_installation: list[PaymentProvider] = []
_kinds: dict[str, Kind] = {}
_chosen = Fresh[str, "BrandProvider | None"](FRESH_S, STALE_S, BRANDS_MAX)
_clients: dict[tuple[str, str], PaymentProvider] = {}  # by account and the moment of its keys


def use(provider: PaymentProvider | None) -> None:
    """Take payments of brands without an account through `provider` from now on; None: no more."""
    _installation[:] = [] if provider is None else [provider]
    forget()


def offer(name: str, kind: Kind) -> None:
    """Let brands have accounts at this provider."""
    _kinds[name] = kind


def kinds() -> dict[str, Kind]:
    """Return the providers at which brands may have accounts, by name."""
    return dict(_kinds)


def forget(brand_id: str | None = None) -> None:
    """Look up the account of this brand (of every brand, for None) anew."""
    _chosen.forget(lambda key: brand_id is None or key == brand_id)


def of_brand(brand_id: str) -> BrandProvider:
    """The provider for new payments; Unavailable for a brand that takes none."""
    chosen = _chosen.get(brand_id, lambda: _choose(brand_id))
    if chosen is None:
        raise Unavailable(_("Payments are not available right now."), code="no-payments")
    return chosen


def find_of_brand(brand_id: str) -> PaymentProvider | None:
    """Return the same; None for a brand that takes no payments."""
    chosen = _chosen.get(brand_id, lambda: _choose(brand_id))
    return None if chosen is None else chosen.provider


def of_payment(payment: Payment | PaymentRow | SavedMethod) -> PaymentProvider | None:
    """Return the provider that has this payment, or this method, in its books; None when it cannot
    be asked now: it is no longer set up, or its keys cannot be opened."""
    if payment.payment_account_id is not None:
        return _client(PaymentAccount.objects.for_brand(payment.brand_id).get(
            pk=payment.payment_account_id
        ))  # fmt: skip
    found = next(iter(_installation), None)
    is_same = found is not None and (found.name, found.account) == (
        payment.provider, payment.account,
    )  # fmt: skip
    return found if is_same else None


def of_webhook(name: str, account_id: str | None) -> tuple[PaymentProvider, PaymentAccount | None]:
    """Return the provider that sends notices to an address, and the brand's account that the
    address is for; NotFound."""
    if account_id is None:
        found = next((one for one in _installation if one.name == name), None)
        if found is None:
            raise NotFound("There is no such payment provider.")
        return found, None
    rows = PaymentAccount.objects.all_brands()
    account = rows.filter(pk=account_id, provider=name).first() if is_id(account_id) else None
    client = _client(account) if account is not None else None
    if client is None:
        raise NotFound("There is no such payment account.")
    return client, account


def tells_all(name: str) -> bool:
    """Return whether a notice for the installation's account at this provider says all that it is
    about, so that reading it asks nobody; also where there is no such account."""
    return all(one.tells_all for one in _installation if one.name == name)


def _choose(brand_id: str) -> BrandProvider | None:
    account = PaymentAccount.objects.for_brand(brand_id).filter(active=True).first()
    if account is None:
        return next((BrandProvider(one) for one in _installation), None)
    client = _client(account)
    return None if client is None else BrandProvider(client, account.pk)


def _client(account: PaymentAccount) -> PaymentProvider | None:
    kind = _kinds.get(account.provider)
    if kind is None:
        return None
    named = (account.pk, account.keys_changed_at.isoformat())
    if named not in _clients:
        try:
            keys = payment_keys.unseal(account.sealed_keys)
        except CannotOpen:
            return None
        if len(_clients) >= CLIENTS_MAX:
            _clients.clear()
        _clients[named] = kind.make(
            AccountKeys(
                account.account, account.mode == PaymentMode.TEST, account.publishable_key, keys
            )
        )
    return _clients[named]
