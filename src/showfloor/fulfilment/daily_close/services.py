"""The daily close: fetching the providers' books, the figures of a day, closing and reopening."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts import time_zones
from showfloor.accounts.models import Brand, User
from showfloor.accounts.transactions import verb, write
from showfloor.checkout import provider
from showfloor.checkout.models import EventKind, Order, Payment, PaymentEvent
from showfloor.checkout.ports import ProviderUnavailable
from showfloor.fulfilment.daily_close import rules
from showfloor.fulfilment.daily_close.models import BalanceLine, CloseEvent, DailyClose, Payout
from showfloor.fulfilment.daily_close.payout_ports import PayoutBooks
from showfloor.fulfilment.daily_close.rules import Books, Movement, PayoutSum, Section
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid

log = logging.getLogger(__name__)

LOOK_BACK: Final = timedelta(days=4)  # a provider may book late; a line is stored once
AROUND: Final = timedelta(days=7)  # in which the like of a movement is looked for
LINES_MAX: Final = 20_000  # of one account in one run
_OURS: Final[Mapping[str, tuple[str, int]]] = {
    EventKind.CAPTURED: ("charge", 1), EventKind.REFUNDED: ("refund", -1),
    EventKind.DISPUTED: ("dispute", -1), EventKind.DISPUTE_WON: ("dispute", 1),
}  # fmt: skip

type _Key = tuple[str, str, bool]  # account, currency, whether no money moves


# --- the providers' books


def fetch(now: datetime) -> int:
    """Store what the books of every brand's accounts say since the last look; return how many new
    lines there are. An account that does not answer is asked again the next time."""
    found = 0
    for brand in Brand.objects.order_by("pk"):
        chosen = _books_of(brand)
        if chosen is None:
            continue
        books, shared = chosen
        try:
            found += _fetch_account(brand, books, now - LOOK_BACK, is_shared=shared)
        except ProviderUnavailable as error:
            log.warning("payouts_unavailable brand=%s error=%s", brand.pk, error)
        _open_days(brand, now)
    return found


def _books_of(brand: Brand) -> tuple[PayoutBooks, bool] | None:
    """Return the books of the account that takes the brand's payments, and whether it belongs to
    the installation."""
    client = provider.find_of_brand(brand.pk)
    if not isinstance(client, PayoutBooks):
        return None
    return client, provider.of_brand(brand.pk).account_id is None


def _fetch_account(brand: Brand, books: Any, since: datetime, *, is_shared: bool) -> int:
    named = {"provider": books.name, "account": books.account, "is_test": books.is_test}
    movements = list(_bounded(books.movements(since)))
    mine, others = set[str](), set[str]()
    if is_shared:
        mine, others = _owners(brand, {one.reference for one in movements})
    rows = [
        BalanceLine(
            brand=brand, name=one.id, kind=one.kind.value, reference=one.reference,
            amount=one.amount, fee=one.fee, currency=one.currency, at=one.at,
            is_foreign=is_shared and one.reference not in mine, **named,
        )
        for one in movements
        if not is_shared or one.reference not in others  # another brand's money is not shown here
    ]  # fmt: skip
    payouts = list(_bounded(books.payouts(since)))
    parts = {one.id: list(_bounded(books.movements_of(one.id))) for one in payouts}
    if is_shared:
        _leave_to_others(brand, books, [one.id for one in movements if one.reference in others])
    return _store(brand, rows, payouts, parts, {**named, "is_shared": is_shared})


@verb
def _leave_to_others(brand: Brand, books: Any, names: Sequence[str]) -> None:
    """Delete lines that were nobody's when they came, and are known as another brand's by now."""
    with write():
        lines = BalanceLine.objects.for_brand(brand).filter(is_foreign=True, name__in=names)
        lines.filter(provider=books.name, account=books.account).delete()


def _owners(brand: Brand, references: set[str]) -> tuple[set[str], set[str]]:
    """Return the references of the brand's own payments, and those of other brands."""
    brands = list(Brand.objects.values_list("pk", flat=True))  # the index begins with the brand
    rows = Payment.objects.all_brands().filter(brand__in=brands, reference__in=references - {""})
    mine, others = set[str](), set[str]()
    for reference, brand_id in rows.values_list("reference", "brand_id"):
        (mine if brand_id == brand.pk else others).add(reference)
    return mine, others - mine


def _bounded[T](items: Iterator[T]) -> Iterator[T]:
    for count, one in enumerate(items):
        if count >= LINES_MAX:
            log.warning("payouts_cut lines=%d", count)
            return
        yield one


@verb
def _store(
    brand: Brand, rows: Sequence[BalanceLine], payouts: Sequence[Any],
    parts: Mapping[str, Sequence[str]], named: Mapping[str, Any],
) -> int:  # fmt: skip
    of_account = {key: named[key] for key in ("provider", "account")}
    lines = BalanceLine.objects.for_brand(brand).filter(**of_account)
    with write():
        known = lines.count()
        BalanceLine.objects.all_brands().bulk_create(rows, ignore_conflicts=True)
        known_now = [one.name for one in rows if not one.is_foreign]
        lines.filter(is_foreign=True, name__in=known_now).update(is_foreign=False)
        for one in payouts:
            Payout.objects.all_brands().update_or_create(
                brand=brand, name=one.id, **of_account,
                defaults={
                    "state": one.state, "stated": one.amount, "currency": one.currency,
                    "at": one.at, "is_test": named["is_test"], "is_shared": named["is_shared"],
                },
            )  # fmt: skip
            lines.filter(name__in=parts[one.id]).update(payout=one.id)
        return lines.count() - known


@verb
def _open_days(brand: Brand, now: datetime) -> None:
    """Make a row for each day that is over and on which money moved."""
    zone = time_zones.zone(brand.time_zone)
    today = now.astimezone(zone).date()
    with write():
        for back in range(1, LOOK_BACK.days + 1):
            day = today - timedelta(days=back)
            if any(_is_moved(brand, day)):
                DailyClose.objects.all_brands().get_or_create(brand=brand, day=day)


def _is_moved(brand: Brand, day: date) -> Iterator[bool]:
    begin, end = bounds(brand, day)
    yield _events(brand).filter(at__gte=begin, at__lt=end).exists()
    yield BalanceLine.objects.for_brand(brand).filter(at__gte=begin, at__lt=end).exists()


# --- the figures of a day


def bounds(brand: Brand, day: date) -> tuple[datetime, datetime]:
    """Return the moments at which the brand's day begins and ends."""
    zone = time_zones.zone(brand.time_zone)
    return (
        datetime.combine(day, time(), zone),
        datetime.combine(day + timedelta(days=1), time(), zone),
    )


def figures(brand: Brand, day: date) -> list[Section]:
    """Return the day by account and currency, as both books stand now."""
    begin, end = bounds(brand, day)
    ours, theirs = _ours(brand, begin, end), _theirs(brand, begin, end)
    payouts, foreign = _payouts(brand, begin, end), _foreign(brand, begin, end)
    keys = {key for found in (ours, theirs) for key, rows in found.items()
            if any(one.today for one in rows)} | payouts.keys() | foreign.keys()  # fmt: skip
    return [
        rules.section(
            Books(
                *key, ours.get(key, []), theirs.get(key, []), payouts.get(key, ()),
                foreign.get(key, ()),
            )
        )
        for key in sorted(keys)
    ]  # fmt: skip


def _events(brand: Brand) -> QuerySet[PaymentEvent]:
    return PaymentEvent.objects.for_brand(brand).filter(kind__in=_OURS)


def _ours(brand: Brand, begin: datetime, end: datetime) -> dict[_Key, list[Movement]]:
    events = _events(brand).filter(at__gte=begin - AROUND, at__lt=end + AROUND)
    rows = list(events.select_related("payment").order_by("at", "pk"))
    orders = dict(
        Order.objects.for_brand(brand)
        .filter(checkout__in={one.payment.checkout_id for one in rows})
        .values_list("checkout_id", "number")
    )
    found: dict[_Key, list[Movement]] = defaultdict(list)
    for one in rows:
        payment = one.payment
        kind, sign = _OURS[one.kind]
        key = (f"{payment.provider} {payment.account}", payment.currency, payment.is_test)
        amount = sign * int(one.detail.get("amount", payment.amount))
        found[key].append(
            Movement(
                kind,
                payment.reference,
                amount,
                begin <= one.at < end,
                order=orders.get(payment.checkout_id, ""),
                name=payment.pk,
            )
        )
    return found


def _theirs(brand: Brand, begin: datetime, end: datetime) -> dict[_Key, list[Movement]]:
    around = BalanceLine.objects.for_brand(brand).filter(
        at__gte=begin - AROUND, at__lt=end + AROUND
    )
    rows = around.filter(is_foreign=False)
    numbers = _order_numbers(brand, {one.reference for one in rows})
    found: dict[_Key, list[Movement]] = defaultdict(list)
    for one in rows.order_by("at", "pk"):
        found[f"{one.provider} {one.account}", one.currency, one.is_test].append(
            Movement(
                one.kind,
                one.reference,
                one.amount,
                begin <= one.at < end,
                one.fee,
                numbers.get(one.reference, ""),
                one.name,
            )
        )
    return found


def _foreign(brand: Brand, begin: datetime, end: datetime) -> dict[_Key, list[int]]:
    """Return what moved on a shared account that day with no payment of any brand behind it."""
    rows = BalanceLine.objects.for_brand(brand).filter(is_foreign=True)
    found: dict[_Key, list[int]] = defaultdict(list)
    for one in rows.filter(at__gte=begin, at__lt=end):
        found[f"{one.provider} {one.account}", one.currency, one.is_test].append(one.amount)
    return found


def _order_numbers(brand: Brand, references: set[str]) -> dict[str, str]:
    payments = Payment.objects.for_brand(brand).filter(reference__in=references - {""})
    return dict(payments.values_list("reference", "checkout__order__number"))


def _payouts(brand: Brand, begin: datetime, end: datetime) -> dict[_Key, list[PayoutSum]]:
    found: dict[_Key, list[PayoutSum]] = defaultdict(list)
    for one in Payout.objects.for_brand(brand).filter(at__gte=begin, at__lt=end).order_by("at"):
        lines = BalanceLine.objects.for_brand(brand).filter(
            provider=one.provider, account=one.account, payout=one.name, is_foreign=False
        )
        summed = sum(line.amount - line.fee for line in lines)
        stated = summed if one.is_shared else one.stated  # the brand's part of a shared account
        key = (f"{one.provider} {one.account}", one.currency, one.is_test)
        found[key].append(PayoutSum(one.name, one.state, stated, summed))
    return found


# --- closing


@verb
def close(found: DailyClose, now: datetime, *, by: User) -> DailyClose:
    """Freeze the figures of a day as they stand, differences included. Conflict for a day that is
    closed or not over."""
    with write():
        row = _locked(found)
        if row.closed_at is not None:
            raise Conflict(_("This day is closed already."), code="closed")
        if now < bounds(row.brand, row.day)[1]:
            raise Conflict(_("This day is not over yet."), code="not-over")
        sections = figures(row.brand, row.day)
        row.figures = {"sections": [one.row() for one in sections]}
        row.difference_count = sum(len(one.differences) for one in sections)
        row.closed_at, row.closed_by = now, by.email
        row.save()
        _remember(row, "closed", now, by)
    return row


@verb
def reopen(found: DailyClose, reason: str, now: datetime, *, by: User) -> DailyClose:
    """Open a closed day again; Invalid without a reason."""
    if not reason.strip():
        raise Invalid(_("Say why the day is opened again."), field="reason")
    with write():
        row = _locked(found)
        if row.closed_at is None:
            raise Conflict(_("This day is open."), code="open")
        _remember(row, "reopened", now, by, reason.strip()[:300])
        row.closed_at, row.closed_by, row.figures, row.difference_count = None, "", {}, 0
        row.save()
    return row


def _locked(found: DailyClose) -> DailyClose:
    rows = DailyClose.objects.for_brand(found.brand_id).select_related("brand")
    return rows.select_for_update(of=("self",)).get(pk=found.pk)


def _remember(row: DailyClose, kind: str, now: datetime, by: User, reason: str = "") -> None:
    CloseEvent(
        close=row, kind=kind, at=now, by=by.email, reason=reason, figures=row.figures
    ).save(force_insert=True)  # fmt: skip


def sections_of(found: DailyClose) -> list[Section]:
    """Return what a day's page shows: frozen figures of a closed day, else those of now."""
    if found.closed_at is None:
        return figures(found.brand, found.day)
    return [_read(one) for one in found.figures["sections"]]


def _read(row: Mapping[str, Any]) -> Section:
    made = Section(**{key: value for key, value in row.items() if key != "net"})
    return replace(
        made,
        payouts=[PayoutSum(**one) for one in row["payouts"]],
        differences=[rules.Difference(**one) for one in row["differences"]],
    )


def fetch_payouts() -> int:
    """Do the job: fetch the books of all accounts."""
    return fetch(utc_now())
