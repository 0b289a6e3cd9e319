"""Payment methods that members keep for their next purchases.

A method is kept when the member agreed to it while paying, and the provider's report says that it
keeps it. A removed one belongs to nobody from that moment on; a job lets the provider forget it,
for no call goes out inside a transaction.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb, write
from showfloor.checkout import provider
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Checkout, PaymentEvent, SavedMethod
from showfloor.checkout.payment_ledger import Event
from showfloor.checkout.payment_models import EventKind, PaymentMode
from showfloor.checkout.payment_rows import PaymentRow
from showfloor.checkout.ports import PaymentProvider, ProviderUnavailable, StoredMethod
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import NotFound
from showfloor.kernel.ids import is_id

log = logging.getLogger(__name__)

METHODS_MAX: Final = 10  # of one member; the one that was used longest ago gives way
BATCH: Final = 50
ASK_AGAIN: Final = timedelta(minutes=1)
AGREED: Final = "agreed_to_keep"  # in the first event of a payment: the proof of the consent


@dataclass(frozen=True, slots=True)
class NewMethod:
    """A method that the provider keeps since a payment of this owner; "" for nobody's, which the
    provider is to forget."""

    payment: PaymentRow
    owner: str
    method: StoredMethod


def of(buyer: Buyer) -> list[SavedMethod]:
    """Return the member's methods at the account that takes new payments, the one used last first;
    none for a guest, or where nothing can be paid."""
    if not buyer.is_known:
        return []
    chosen = provider.find_of_brand(buyer.brand.pk)
    return [] if chosen is None else list(_usable(buyer, chosen))


@verb
def remove(buyer: Buyer, method_id: str, now: datetime) -> list[SavedMethod]:
    """Remove one of the member's methods; NotFound."""
    with write():
        mine = _rows(buyer.brand.pk).filter(owner=buyer.owner, pk=method_id)
        if not is_id(method_id) or not buyer.is_known or not _leave(mine, now):
            raise NotFound(_("There is no such payment method."))
    return of(buyer)


@verb
def remove_all(brand_id: str, owner: str, now: datetime) -> int:
    """Remove all methods of a person, of every account; return how many."""
    with write():
        return _leave(_rows(brand_id).filter(owner=owner), now)


@verb
def remove_unused(before: datetime, limit: int) -> int:
    """Remove methods that nobody has paid with since a time."""
    with write():
        old = SavedMethod.objects.all_brands().filter(removed_at=None, used_at__lt=before)
        ids = list(old.order_by("used_at").values_list("pk", flat=True)[:limit])
        return _leave(SavedMethod.objects.all_brands().filter(pk__in=ids), utc_now())


@verb
def forget_gone(before: datetime, limit: int) -> int:
    """Delete rows that no provider could be asked about for so long."""
    with write():
        gone = SavedMethod.objects.all_brands().filter(removed_at__lt=before)
        ids = list(gone.order_by("removed_at").values_list("pk", flat=True)[:limit])
        SavedMethod.objects.all_brands().filter(pk__in=ids).delete()
    return len(ids)


def let_providers_forget(now: datetime) -> int:
    """Ask providers to forget what was removed; return how many methods they forgot."""
    due = SavedMethod.objects.all_brands().filter(removed_at__isnull=False)
    due = due.filter(Q(asked_at=None) | Q(asked_at__lte=now - ASK_AGAIN))
    done = 0
    for method in due.order_by(F("asked_at").asc(nulls_first=True), "removed_at")[:BATCH]:
        _note_asked(method, now)
        through = provider.of_payment(method)
        try:
            if through is not None:
                through.forget(stored(method), with_customer=not _has_others(method))
                _delete(method)
                done += 1
        except ProviderUnavailable as error:
            log.warning("saved_method_not_forgotten method=%s error=%s", method.pk, error)
    return done


def stored(method: SavedMethod) -> StoredMethod:
    """Return the method as its provider knows it."""
    return StoredMethod(
        method.customer, method.reference, method.card_brand, method.last4, method.exp_month,
        method.exp_year,
    )  # fmt: skip


# --- inside the transactions of payments


class OfBuyers:
    """The methods that a batch of buyers pay with, and the customers of those who keep one more."""

    def __init__(
        self, brand_id: str, chosen: PaymentProvider | None, method_ids: Iterable[str],
        keepers: Iterable[str],
    ) -> None:  # fmt: skip
        ids, owners = {one for one in method_ids if is_id(one)}, set(keepers)
        self._methods: dict[tuple[str, str], SavedMethod] = {}
        self._customers: dict[str, str] = {}
        if chosen is None or not (ids or owners):
            return
        rows = _at(_rows(brand_id), chosen).filter(Q(pk__in=ids) | Q(owner__in=owners))
        for row in rows:
            self._methods[row.owner, row.pk] = row
            self._customers.setdefault(row.owner, row.customer)

    def find(self, owner: str, method_id: str) -> SavedMethod | None:
        return self._methods.get((owner, method_id))

    def customer(self, owner: str) -> str:
        return self._customers.get(owner, "")


def mark_used(brand_id: str, methods: Sequence[SavedMethod], now: datetime) -> None:
    _rows(brand_id).filter(pk__in=[one.pk for one in methods]).update(used_at=now)


def has_agreed(events: Sequence[Event]) -> bool:
    """Return whether the buyer of a payment agreed that its method is kept."""
    return bool(events) and events[0][1].get(AGREED) is True


def was_withdrawn(events: Sequence[Event]) -> bool:
    """Return whether the buyer who agreed was erased while the payment was open."""
    return any(kind == EventKind.CONSENT_WITHDRAWN for kind, _detail in events)


@verb
def withdraw_consent(brand_id: str, being_paid: QuerySet[Checkout], now: datetime) -> None:
    """Keep no method of the payments of these checkouts, for a buyer who is erased."""
    rows = PaymentEvent.objects.for_brand(brand_id)
    with write():
        ids = list(being_paid.order_by("pk").select_for_update(of=("self",)))
        agreed = rows.filter(payment__checkout__in=ids, **{f"detail__{AGREED}": True}, number=1)
        withdrawn = rows.filter(kind=EventKind.CONSENT_WITHDRAWN).values("payment")
        for event in agreed.exclude(payment__in=withdrawn).select_related("payment"):
            last = rows.filter(payment=event.payment).count()
            PaymentEvent(
                payment=event.payment, number=last + 1, kind=EventKind.CONSENT_WITHDRAWN,
                source="us", at=now,
            ).save()  # fmt: skip


def was_agreed(brand_id: str, payment_id: str) -> bool:
    """Return the same about a payment that an earlier call began: a repeated one agrees to nothing
    more."""
    first = PaymentEvent.objects.for_brand(brand_id).filter(payment=payment_id, number=1)
    return first.filter(**{f"detail__{AGREED}": True}).exists()


def keep(brand_id: str, kept: Sequence[NewMethod], now: datetime) -> None:
    """Write down what providers keep since these payments, each once; a method that was removed
    meanwhile stays removed."""
    SavedMethod.objects.all_brands().bulk_create(
        [_row(brand_id, one, now) for one in kept], ignore_conflicts=True
    )
    for owner in sorted({one.owner for one in kept if one.owner}):
        mine = list(_rows(brand_id).filter(owner=owner).values_list("pk", flat=True))
        _leave(_rows(brand_id).filter(pk__in=mine[METHODS_MAX:]), now)


def remove_unknown(brand_id: str, named: Iterable[tuple[str, str]], now: datetime) -> None:
    """Remove methods that their provider does not know any more. `named`: who paid, and with the id
    of which method; a repeated call can name one of somebody else."""
    for owner, method_id in named:
        _leave(_rows(brand_id).filter(owner=owner, pk=method_id), now)


# --- rows


def _row(brand_id: str, kept: NewMethod, now: datetime) -> SavedMethod:
    payment, method = kept.payment, kept.method
    return SavedMethod(
        brand_id=brand_id, owner=kept.owner, provider=payment.provider,
        payment_account_id=payment.payment_account_id, account=payment.account,
        customer=method.customer, reference=method.reference, card_brand=method.brand[:30],
        last4=method.last4[:4], exp_month=method.exp_month, exp_year=method.exp_year,
        agreed_at=payment.created_at, used_at=now, removed_at=None if kept.owner else now,
    )  # fmt: skip


def _rows(brand_id: str) -> QuerySet[SavedMethod]:
    """Return the methods that belong to somebody."""
    return SavedMethod.objects.for_brand(brand_id).filter(removed_at=None)


def _at(rows: QuerySet[SavedMethod], chosen: PaymentProvider) -> QuerySet[SavedMethod]:
    """Return those that an account keeps. Its name is the same in both modes of a provider, which
    know nothing of each other's methods."""
    mode = PaymentMode.TEST if chosen.is_test else PaymentMode.LIVE
    of_mode = Q(payment_account=None) | Q(payment_account__mode=mode)
    return rows.filter(of_mode, provider=chosen.name, account=chosen.account)


def _usable(buyer: Buyer, chosen: PaymentProvider) -> QuerySet[SavedMethod]:
    return _at(_rows(buyer.brand.pk), chosen).filter(owner=buyer.owner)


def _leave(rows: QuerySet[SavedMethod], now: datetime) -> int:
    return rows.update(removed_at=now, owner="")


def _has_others(method: SavedMethod) -> bool:
    same: Mapping[str, Any] = {
        name: getattr(method, name) for name in ("provider", "account", "customer")
    }
    return _rows(method.brand_id).filter(**same).exists()


@verb
def _note_asked(method: SavedMethod, now: datetime) -> None:
    with write():
        SavedMethod.objects.for_brand(method.brand_id).filter(pk=method.pk).update(asked_at=now)


@verb
def _delete(method: SavedMethod) -> None:
    with write():
        method.delete()
