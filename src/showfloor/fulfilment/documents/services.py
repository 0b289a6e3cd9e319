"""Issuing of invoices and credit notes, and their files.

A number is taken under a lock on its ring, in the transaction that writes the document: one that
fails takes no number. A document is issued once for each cause, however often it is asked for.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError
from django.db.models import Exists, OuterRef, Q, QuerySet

from showfloor.accounts.transactions import verb, write
from showfloor.checkout import payment_ledger
from showfloor.checkout.models import (
    EventKind,
    Order,
    OrderState,
    Payment,
    PaymentEvent,
)
from showfloor.checkout.ports import RefundState
from showfloor.fulfilment.documents import facts, failures, invoice_pdf, rules
from showfloor.fulfilment.documents.models import (
    Document,
    DocumentFailure,
    DocumentFile,
    DocumentKind,
    InvoiceSettings,
    IssueMoment,
    NumberRing,
)
from showfloor.fulfilment.models import Shipment
from showfloor.fulfilment.rules import UNDO_FOR
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.ids import made_ms, new_id
from showfloor.legal import queries as legal

log = logging.getLogger(__name__)

PAGE: Final = 500  # events
PAGES_PER_RUN: Final = 100
ISSUED_PER_RUN: Final = 200
RETRIED_PER_RUN: Final = 20  # orders whose document could not be made
# An event's id is made before its transaction commits: a run looks this far back again.
OVERLAP: Final = timedelta(seconds=30)
_NUMBER_DIGITS: Final = 5
_TEST_PREFIX: Final = "TEST-"
_NEWS: Final = (EventKind.CAPTURED, EventKind.REFUNDED)


def settings_of(brand_id: str) -> InvoiceSettings | None:
    """Return how the brand issues invoices; None while it does not, or lacks a detail that the law
    asks of them."""
    found = InvoiceSettings.objects.for_brand(brand_id).first()
    return None if found is None or legal.profile(brand_id).lacking() else found


def documents_of(order: Order) -> QuerySet[Document]:
    """Return an order's documents, the first one first."""
    rows = Document.objects.for_brand(order.brand_id).filter(order=order)
    return rows.order_by("issued_at", "position")


# --- issuing


@verb
def issue_invoice(order: Order, settings: InvoiceSettings, now: datetime) -> Document | None:
    """Return the order's invoice, issued if it is the first time; None for an order that was not
    paid."""
    with write():
        known = documents_of(order).filter(kind=DocumentKind.INVOICE).first()
        if known is not None or order.confirmed_at is None:
            return known
        ring = _locked_ring(order.brand_id, DocumentKind.INVOICE, is_test=order.is_test)
        known = documents_of(order).filter(kind=DocumentKind.INVOICE).first()
        if known is not None:  # another worker held the ring
            return known
        seller = legal.profile(order.brand_id)
        content = rules.invoice(facts.sold(order), small_business=bool(seller.exempt_note))
        document = _document(order, settings, DocumentKind.INVOICE, ring, now)
        document.content = facts.of_invoice(order, seller, content, now)
        return _written(document, content, ring)


@verb
def issue_credit_notes(order: Order, settings: InvoiceSettings, now: datetime) -> list[Document]:
    """Issue a credit note for each refund of the order that has none and is through; return the new
    ones. An order without an invoice needs none."""
    issued = []
    with write():
        invoice = documents_of(order).filter(kind=DocumentKind.INVOICE).first()
        if invoice is None:
            return []
        ring = _locked_ring(order.brand_id, DocumentKind.CREDIT_NOTE, is_test=order.is_test)
        seller = legal.profile(order.brand_id)
        known = list(documents_of(order).filter(kind=DocumentKind.CREDIT_NOTE))
        causes = {one.cause for one in known}
        of = rules.read(invoice.content)
        for cause, key, amount in _refunds(order):
            left = of.gross - sum(one.gross for one in known)
            if cause in causes or not left:
                continue
            earlier = [rules.read(one.content) for one in known]
            label, returned, rows = facts.given_back(order, key, invoice.number)
            content = rules.credit(of, earlier, min(amount, left), label, returned, rows)
            document = _document(order, settings, DocumentKind.CREDIT_NOTE, ring, now)
            document.cause, document.corrects = cause, invoice
            document.content = facts.of_credit(order, seller, content, invoice, now)
            known.append(_written(document, content, ring))
            issued.append(known[-1])
    return issued


def _locked_ring(brand_id: str, kind: DocumentKind, *, is_test: bool) -> NumberRing:
    """Return the ring, locked until the transaction ends: the next one waits for its number."""
    rows = NumberRing.objects.for_brand(brand_id).filter(kind=kind, is_test=is_test)
    NumberRing.objects.all_brands().get_or_create(brand_id=brand_id, kind=kind, is_test=is_test)
    return rows.select_for_update(of=("self",)).get()


def _document(
    order: Order, settings: InvoiceSettings, kind: DocumentKind, ring: NumberRing, now: datetime
) -> Document:
    prefix = settings.invoice_prefix if kind is DocumentKind.INVOICE else settings.credit_prefix
    number = f"{_TEST_PREFIX * order.is_test}{prefix}{ring.next_number:0{_NUMBER_DIGITS}d}"
    return Document(
        brand_id=order.brand_id, kind=kind, is_test=order.is_test, position=ring.next_number,
        number=number, order=order, currency=order.currency, issued_at=now,
    )  # fmt: skip


def _written(document: Document, content: rules.Content, ring: NumberRing) -> Document:
    document.net, document.tax, document.gross = content.net, content.tax, content.gross
    document.save(force_insert=True)
    ring.next_number += 1
    NumberRing.objects.all_brands().filter(pk=ring.pk).update(next_number=ring.next_number)
    return document


def _refunds(order: Order) -> list[tuple[str, str, int]]:
    """Return cause, key and amount of the refunds that are through, in their order, without money
    that was never for this order."""
    payments = Payment.objects.for_brand(order.brand_id).filter(checkout=order.checkout_id)
    found: list[tuple[datetime, str, str, int]] = []
    captured = 0
    for payment in payments.order_by("created_at", "pk").prefetch_related("events"):
        events = list(payment.events.all())
        ledger = payment_ledger.add_up(payment.amount, [(one.kind, one.detail) for one in events])
        captured += ledger.captured
        times = {
            one.detail.get("id", "all"): one.at
            for one in reversed(events)
            if one.kind == EventKind.REFUNDED
        }
        found += [
            (times[refund.id], f"{payment.pk} {refund.id}", refund.key, refund.amount)
            for refund in ledger.refunds.values()
            if refund.state == RefundState.SUCCEEDED
        ]
    beyond = rules.surplus(captured, order.total)
    left = []
    for _at, cause, key, amount in sorted(found):
        never_ours = min(beyond, amount)
        beyond -= never_ours
        if amount > never_ours:
            left.append((cause, key, amount - never_ours))
    return left


# --- the job


def issue_due(now: datetime) -> int:
    """Issue what payments and refunds since the last run ask for, of every brand whose details are
    complete; return how many documents."""
    rows = InvoiceSettings.objects.all_brands().select_related("brand")
    return sum(
        _issue_of(settings, now) + _try_again(settings, now)
        for settings in rows.order_by("pk")
        if not legal.profile(settings.brand_id).lacking()
    )


def _issue_of(settings: InvoiceSettings, now: datetime) -> int:
    """Go through the events from where the last run ended, a page at a time."""
    begin = _id_at(settings.issue_from)
    if settings.issued_up_to:
        begin = max(begin, _id_at_ms(made_ms(settings.issued_up_to) - _ms(OVERLAP)))
    events = PaymentEvent.objects.for_brand(settings.brand_id).filter(kind__in=_NEWS)
    columns = events.order_by("pk").values_list("pk", "kind", "payment__checkout_id")
    issued = _issue_shipped(settings, now) if settings.issue_at == IssueMoment.SHIPMENT else 0
    for _page in range(PAGES_PER_RUN):
        page = list(columns.filter(pk__gt=begin)[:PAGE])
        issued += _issue_page(settings, page, now)
        begin = page[-1][0] if len(page) == PAGE else _id_at(now)
        if len(page) < PAGE or issued >= ISSUED_PER_RUN:
            break
    if begin > settings.issued_up_to:
        _remember(settings, begin)
    return issued


def _issue_shipped(settings: InvoiceSettings, now: datetime) -> int:
    """Issue invoices of orders whose first parcel can no longer be undone."""
    invoices = Document.objects.for_brand(settings.brand_id).filter(
        kind=DocumentKind.INVOICE, order=OuterRef("pk")
    )
    sent = Shipment.objects.for_brand(settings.brand_id).filter(
        undone_at=None, shipped_at__gte=settings.issue_from, shipped_at__lte=now - UNDO_FOR
    )
    rows = Order.objects.for_brand(settings.brand_id).filter(
        ~Exists(invoices), ~_has_failed(), pk__in=sent.values("order"),
        confirmed_at__gte=settings.issue_from,
    )  # fmt: skip
    return sum(
        _issue_by_itself(order, settings, now) for order in _with_lines(rows)[:ISSUED_PER_RUN]
    )


def _try_again(settings: InvoiceSettings, now: datetime) -> int:
    """Issue what failed before and is due."""
    issued = 0
    for failure in failures.due(settings.brand_id, now)[:RETRIED_PER_RUN]:
        order = _with_lines(Order.objects.for_brand(settings.brand_id)).get(pk=failure.order_id)
        issued += _issue_by_itself(order, settings, now)
        failure.refresh_from_db()
        if failure.due_at <= now:  # it has not failed again
            failures.forget(failure)
    return issued


def _has_failed() -> Exists:
    return Exists(DocumentFailure.objects.all_brands().filter(order=OuterRef("pk")))


def _issue_by_itself(order: Order, settings: InvoiceSettings, now: datetime) -> int:
    """Issue what an order is due; return how many documents. Its trouble keeps no other order from
    its document, also where the database refuses its content."""
    before = documents_of(order).count()
    try:
        if is_due(order, settings, now):
            issue_invoice(order, settings, now)
        issue_credit_notes(order, settings, now)
    except (OperationalError, InterfaceError):  # the database is away
        raise
    except Exception as error:
        log.exception("document_failed order=%s", order.number)
        failures.note(order, error, now)
    return documents_of(order).count() - before


def _with_lines(orders: QuerySet[Order]) -> QuerySet[Order]:
    rows = orders.select_related("brand").prefetch_related("lines")
    return rows.order_by("confirmed_at", "pk")


def _issue_page(
    settings: InvoiceSettings, page: Sequence[tuple[str, str, str]], now: datetime
) -> int:
    rows = Order.objects.for_brand(settings.brand_id).filter(~_has_failed())
    invoices = Document.objects.for_brand(settings.brand_id).filter(
        kind=DocumentKind.INVOICE, order=OuterRef("pk")
    )
    refunded = {checkout for _pk, kind, checkout in page if kind == EventKind.REFUNDED}
    rows = rows.filter(checkout__in={checkout for _pk, _kind, checkout in page})
    due = _with_lines(rows.filter(~Exists(invoices) | Q(checkout__in=refunded)))
    return sum(_issue_by_itself(order, settings, now) for order in due)


def is_due(order: Order, settings: InvoiceSettings, now: datetime) -> bool:
    """Return whether the moment has come at which the brand issues the invoice of this order."""
    if order.confirmed_at is None:
        return False
    if settings.issue_at == IssueMoment.PAYMENT:
        return True
    return order.state == OrderState.COMPLETED or _is_shipped(order, now)


def _is_shipped(order: Order, now: datetime) -> bool:
    rows = Shipment.objects.for_brand(order.brand_id).filter(order=order, undone_at=None)
    return rows.filter(shipped_at__lte=now - UNDO_FOR).exists()


@verb
def _remember(settings: InvoiceSettings, reached: str) -> None:
    with write():
        InvoiceSettings.objects.all_brands().filter(pk=settings.pk).update(issued_up_to=reached)


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _id_at(moment: datetime) -> str:
    return _id_at_ms(to_epoch_ms(moment))


def _id_at_ms(ms: int) -> str:
    """Return the smallest id of a millisecond."""
    return new_id(ms)[:10] + "0" * 16


# --- files


def pdf_of(document: Document) -> bytes:
    """Return the bytes of a document, made and stored if it is the first time."""
    stored = _stored(document)
    if stored is not None:
        return stored
    made = invoice_pdf.pdf(document.number, document.content, document.issued_at)
    return _keep(document, made)


@verb
def _keep(document: Document, pdf: bytes) -> bytes:
    """Store the bytes; return those of whoever was first."""
    with write():
        row, _made = DocumentFile.objects.all_brands().get_or_create(
            document=document,
            defaults={
                "pdf": pdf, "sha256": hashlib.sha256(pdf).hexdigest(), "made_at": utc_now(),
            },
        )  # fmt: skip
    return bytes(row.pdf)


def _stored(document: Document) -> bytes | None:
    rows = DocumentFile.objects.for_brand(document.brand_id).filter(document=document)
    found = rows.values_list("pdf", flat=True).first()
    return None if found is None else bytes(found)
