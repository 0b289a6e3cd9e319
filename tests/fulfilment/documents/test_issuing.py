"""Invoices and credit notes of orders: issued once, in rings without gaps, given to their buyer."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import order_links
from showfloor.checkout.models import Order
from showfloor.checkout.services import reconciliation, refunds
from showfloor.fulfilment import refunds as order_refunds
from showfloor.fulfilment import shipments
from showfloor.fulfilment.documents import facts, failures, services
from showfloor.fulfilment.documents.jobs import issue_documents
from showfloor.fulfilment.documents.models import (
    Document,
    DocumentFailure,
    DocumentFile,
    InvoiceSettings,
    IssueMoment,
)
from showfloor.fulfilment.rules import UNDO_FOR
from showfloor.kernel.clock import utc_now
from showfloor.outbox.jobs import send_messages
from tests.checkout.shopping import deliver
from tests.conftest import make_staff
from tests.fulfilment.documents.conftest import Buy, make_seller


def issued(brand: Brand) -> list[tuple[str, int, int, int]]:
    """Return number, net, tax and gross of the brand's documents, the first one first."""
    rows = Document.objects.for_brand(brand).order_by("issued_at", "position")
    return [(one.number, one.net, one.tax, one.gross) for one in rows]


def refund(order: Order, amount: int, testpay: TestPay) -> None:
    refunds.request(order, amount, "as agreed", f"refund-{amount}", utc_now())
    reconciliation.send_refunds(utc_now())
    deliver(testpay)


def test_paid_order_gets_one_invoice(seller: InvoiceSettings, buy: Buy, brand: Brand) -> None:
    buy()
    assert (issue_documents(), issue_documents()) == (1, 0)
    assert issued(brand) == [("R-00001", 3756, 714, 4470)]
    (document,) = Document.objects.for_brand(brand)
    assert document.content["seller"]["vat_id"] == "DE123456789"
    assert document.content["buyer"]["city"] == "Berlin"


def test_order_that_cannot_be_invoiced_keeps_no_other_from_its_invoice(
    seller: InvoiceSettings, buy: Buy, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = buy("CREAM"), buy("BRUSH")
    sold = facts.sold

    def fails(order: Order) -> Any:
        if order.pk == broken.pk:
            raise ValueError("no rate of tax")
        return sold(order)

    now = utc_now()
    with monkeypatch.context() as patch:
        patch.setattr(facts, "sold", fails)
        assert (services.issue_due(now), services.issue_due(now)) == (1, 0)  # tried once
        assert services.issue_due(now + failures.FIRST_WAIT) == 0
    (document,) = Document.objects.for_brand(brand)
    assert document.order_id == good.pk
    assert failures.counts() == {brand.slug: 1}
    failure = DocumentFailure.objects.for_brand(brand).get()
    assert (failure.order_id, failure.error) == (broken.pk, "ValueError: no rate of tax")
    assert (failure.attempts, failure.due_at) == (2, now + 3 * failures.FIRST_WAIT)
    assert services.issue_due(now + 2 * failures.FIRST_WAIT) == 0  # mended, but not yet due
    assert services.issue_due(now + timedelta(days=30)) == 1  # never given up
    assert [number for number, *_sums in issued(brand)] == ["R-00001", "R-00002"]
    assert failures.counts() == {}


@pytest.mark.parametrize("error", [DataError, IntegrityError])
def test_order_that_the_database_refuses_keeps_no_other_from_its_invoice(
    seller: InvoiceSettings, buy: Buy, brand: Brand, monkeypatch: pytest.MonkeyPatch,
    error: type[DatabaseError],
) -> None:  # fmt: skip
    broken, good = buy("CREAM"), buy("BRUSH")
    sold = facts.sold

    def refused(order: Order) -> Any:
        if order.pk == broken.pk:
            raise error("unsupported Unicode escape sequence")
        return sold(order)

    monkeypatch.setattr(facts, "sold", refused)
    assert services.issue_due(utc_now()) == 1
    assert Document.objects.for_brand(brand).get().order_id == good.pk
    assert failures.of(broken) is not None


def test_database_that_is_away_is_no_failure_of_an_order(
    seller: InvoiceSettings, buy: Buy, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(order: Order) -> Any:
        raise OperationalError("the connection is lost")

    buy()
    with monkeypatch.context() as patch:
        patch.setattr(facts, "sold", away)
        with pytest.raises(OperationalError):
            services.issue_due(utc_now())
    assert failures.counts() == {}
    assert services.issue_due(utc_now()) == 1


def test_clerk_reads_why_a_document_failed_and_has_it_made_again(
    seller: InvoiceSettings, buy: Buy, brand: Brand, client: Client, stranger: User
) -> None:
    order, now = buy(), utc_now()
    failures.note(order, ValueError("no rate of tax"), now)
    assert issue_documents() == 0
    page = reverse("admin:checkout_order_change", args=[order.pk])
    listed = reverse("admin:documents_documentfailure_changelist")
    again = {"action": "try_again", "_selected_action": [str(failures.all_of(order).get().pk)]}
    client.force_login(stranger)
    client.post(listed, again)
    client.post(page, {"action": "document"})
    assert issue_documents() == 0
    client.force_login(make_staff(brand, Role.CLERK, "clerk@example.test"))
    assert "could not be made: ValueError: no rate of tax" in client.get(page).content.decode()
    assert "no rate of tax" in client.get(listed).content.decode()
    assert client.post(page, {"action": "document"}).status_code == 302
    assert (issue_documents(), failures.counts()) == (1, {})
    failures.note(order, ValueError("no rate of tax"), now)
    again["_selected_action"] = [str(failures.all_of(order).get().pk)]
    assert client.post(listed, again).status_code == 302
    assert (issue_documents(), failures.counts()) == (0, {})  # it has its invoice


def test_nothing_is_issued_before_the_sellers_details_are_entered(buy: Buy, brand: Brand) -> None:
    order = buy()
    assert issue_documents() == 0
    seller = make_seller(brand)
    assert issue_documents() == 0  # paid before the details: none by itself
    InvoiceSettings.objects.for_brand(brand).update(issue_from=order.placed_at, issued_up_to="")
    assert issue_documents() == 1
    assert (
        services.issue_invoice(order, seller, utc_now()) == Document.objects.for_brand(brand).get()
    )


def test_refunds_get_credit_notes_that_name_the_invoice(
    seller: InvoiceSettings, buy: Buy, brand: Brand, testpay: TestPay
) -> None:
    order = buy()
    refund(order, 1000, testpay)
    refund(order, 3470, testpay)
    assert (issue_documents(), issue_documents()) == (3, 0)
    assert issued(brand) == [
        ("R-00001", 3756, 714, 4470), ("G-00001", 840, 160, 1000), ("G-00002", 2916, 554, 3470),
    ]  # fmt: skip
    note = Document.objects.for_brand(brand).get(number="G-00002")
    assert note.corrects is not None
    assert note.content["corrects"]["number"] == note.corrects.number == "R-00001"


def test_credit_note_of_a_refund_by_line_names_the_goods(
    seller: InvoiceSettings, buy: Buy, brand: Brand, testpay: TestPay
) -> None:
    order = buy()
    (line,) = order.lines.all()
    made = order_refunds.refund_lines(
        order, {line.pk: 1}, shipping=490, restock=True, reason="", key="k", now=utc_now()
    )
    reconciliation.send_refunds(utc_now())
    deliver(testpay)
    assert issue_documents() == 2
    note = Document.objects.for_brand(brand).get(kind="credit-note")
    assert (note.net, note.tax) == (made.taxes[0]["net"], made.taxes[0]["tax"])
    assert [(one["sku"], one["quantity"], one["gross"]) for one in note.content["lines"]] == [
        ("CREAM", 1, 1990), ("", 1, 490),
    ]  # fmt: skip


def test_full_refund_gives_the_invoice_back_line_by_line(
    seller: InvoiceSettings, buy: Buy, brand: Brand, testpay: TestPay
) -> None:
    refund(buy(), 4470, testpay)
    assert issue_documents() == 2
    invoice, note = Document.objects.for_brand(brand).order_by("-kind")
    assert invoice.content["lines"] == note.content["lines"]
    assert invoice.content["charges"] == note.content["charges"]


def test_test_orders_have_a_ring_of_their_own(
    seller: InvoiceSettings, buy: Buy, brand: Brand
) -> None:
    buy("A", is_test=True)
    buy("B")
    buy("C", is_test=True)
    assert issue_documents() == 3
    assert sorted(row[0] for row in issued(brand)) == ["R-00001", "TEST-R-00001", "TEST-R-00002"]


def test_brand_can_issue_invoices_when_goods_are_sent(buy: Buy, brand: Brand) -> None:
    make_seller(brand, issue_at=IssueMoment.SHIPMENT)
    order = buy()
    assert issue_documents() == 0
    (line,) = order.lines.all()
    now = utc_now()
    shipments.ship(order, {line.pk: 1}, shipments.Parcel(), "key", now)
    assert services.issue_due(now) == 0  # the parcel can still be taken back
    later = now + UNDO_FOR
    assert (services.issue_due(later), services.issue_due(later)) == (1, 0)


def test_document_is_not_written_twice(seller: InvoiceSettings, buy: Buy, brand: Brand) -> None:
    buy()
    issue_documents()
    document = Document.objects.for_brand(brand).get()
    with pytest.raises(AssertionError, match="written once"):
        document.save()


def test_files_bytes_are_kept(seller: InvoiceSettings, buy: Buy, brand: Brand) -> None:
    buy()
    issue_documents()
    document = Document.objects.for_brand(brand).get()
    made = services.pdf_of(document)
    Brand.objects.filter(pk=brand.pk).update(name="Renamed", accent="#000000")
    assert (
        services.pdf_of(document) == made == bytes(DocumentFile.objects.for_brand(brand).get().pdf)
    )


def test_buyer_loads_the_invoice_by_the_orders_link(
    seller: InvoiceSettings, buy: Buy, brand: Brand, client: Client
) -> None:
    """The link of the mail works before the job has run: the invoice is issued on the way."""
    order = buy()
    assert send_messages() == 1
    (found,) = re.findall(r"/order/\S+/documents/invoice", str(mail.outbox[0].body))
    answer = client.get(found)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="R-00001.pdf"'
    assert answer.content.startswith(b"%PDF-1.7")
    page = client.get(order_links.path_of(order)).text
    document = Document.objects.for_brand(brand).get()
    assert f"/documents/{document.pk}" in page
    assert "Invoice R-00001 (PDF)" in page


def test_documents_of_other_orders_are_not_found(
    seller: InvoiceSettings, buy: Buy, brand: Brand, client: Client
) -> None:
    first, second = buy("A"), buy("B")
    issue_documents()
    of_first = services.documents_of(first).get()
    path = order_links.path_of(second)
    assert client.get(f"{path}/documents/{of_first.pk}").status_code == 404
    assert client.get(f"{path}x/documents/invoice").status_code == 404
    assert client.get(f"/orders/{first.number}/documents/invoice").status_code == 302


def test_clerk_loads_documents_of_her_brand_alone(
    seller: InvoiceSettings, buy: Buy, brand: Brand, producer: User, stranger: User, client: Client
) -> None:
    buy()
    issue_documents()
    address = f"/admin/documents/document/{Document.objects.for_brand(brand).get().pk}/pdf/"
    client.force_login(producer)
    assert client.get(address)["Content-Type"] == "application/pdf"
    client.force_login(stranger)
    assert client.get(address).status_code in {302, 404}
