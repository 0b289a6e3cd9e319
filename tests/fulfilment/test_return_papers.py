"""Papers and money of a return: the slip, the clerk's label, a deduction for a loss of value."""

import io
from datetime import timedelta

import pypdfium2
import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from showfloor.accounts.models import Brand, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout import order_links
from showfloor.checkout.models import Order, ShippingOption
from showfloor.checkout.services import reconciliation
from showfloor.fulfilment import (
    labels,
    refunds,
    retention,
    return_links,
    returns,
    shipments,
)
from showfloor.fulfilment.documents import services as documents
from showfloor.fulfilment.documents.models import Document
from showfloor.fulfilment.models import OrderRefund, RefundLine
from showfloor.fulfilment.return_models import OrderReturn, ReturnLabel
from showfloor.fulfilment.returns import Received
from showfloor.fulfilment.shipments import Parcel
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.ids import new_id
from showfloor.legal.models import LegalText, SellerProfile
from showfloor.legal.rules import Text
from showfloor.outbox import services as outbox
from showfloor.outbox.jobs import send_messages
from showfloor.outbox.models import MailWording, OutgoingMessage
from showfloor.stock import locations
from showfloor.stock.models import Location, Stock
from tests.checkout.shopping import Shopper, deliver
from tests.fulfilment.conftest import CREAM, line
from tests.fulfilment.documents.conftest import make_seller
from tests.stock.helpers import broken_invariants
from tests.support import law
from tests.support.people import sign_in_confirmed

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def ship(order: Order) -> None:
    units = {line(order, "CREAM").pk: 3, line(order, "BRUSH").pk: 1}
    when = utc_now() - timedelta(days=1)
    shipments.ship(order, units, Parcel("DHL", "00340434161094042557"), new_id(), when, tell=False)


def announced(order: Order, units: int = 2) -> OrderReturn:
    one = line(order, "CREAM")
    ship(order)
    return returns.announce(order, {one.pk: units}, {one.pk: "fit"}, utc_now(), key=new_id())


def page_of(order: Order) -> str:
    return Client().get(order_links.path_of(order)).content.decode()


def informed(
    order: Order, *, names_loss: bool = True, body: str = "You answer for a loss of value."
) -> None:
    """Let the order be made under information on withdrawal."""
    LegalText.objects.create(
        brand=order.brand, kind=Text.WITHDRAWAL, language=order.brand.language,
        names_loss=names_loss,
    )  # fmt: skip
    version = law.publish(order.brand, Text.WITHDRAWAL, body)
    Order.objects.all_brands().update(legal_versions={"withdrawal": version.pk})
    order.refresh_from_db()


# --- the slip


def test_slip_is_a_file_with_the_sellers_address_where_the_policy_has_none(
    order: Order, brand: Brand, client: Client
) -> None:
    SellerProfile.objects.create(
        brand=brand, company="Maison Test GmbH", line1="Lindenallee 5", postal_code="50667",
        city="Köln", country="DE",
    )  # fmt: skip
    made = announced(order)
    page = client.get(return_links.path_of(made)).content.decode()
    assert "Lindenallee 5<br>50667 Köln" in page
    assert f"{return_links.path_of(made)}/pdf" in page
    answer = client.get(f"{return_links.path_of(made)}/pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for said in (f"Return {order.number}/R1", "Maison Test GmbH", "Lindenallee 5", "Product CREAM"):
        assert said in text
    page_of_paper = pypdfium2.PdfDocument(answer.content)[0].render().to_pil().convert("L")
    table = page_of_paper.crop((0, page_of_paper.height // 4, page_of_paper.width, 400))
    assert table.resize((1, 1)).getpixel((0, 0)) > 200  # dark squares, and nothing else is dark
    assert client.get(f"{return_links.path_of(made)}/pdf").content == answer.content
    assert client.get(f"{return_links.path_of(made)[:-2]}xx/pdf").status_code == 404


# --- the label


def test_clerk_uploads_a_label_and_the_buyer_gets_its_link(
    order: Order, clerk: User, client: Client
) -> None:
    sign_in_confirmed(client, clerk)
    made = announced(order)
    send_messages()
    mail.outbox.clear()
    url = reverse("admin:fulfilment_orderreturn_change", args=[made.pk])
    one = line(order, "CREAM").pk
    typed = {f"units_{one}": "2", f"condition_{one}": "as-new", "outcome": "label"}
    assert "Upload a PDF or a PNG." in client.post(url, typed).content.decode()
    wrong = {**typed, "label": SimpleUploadedFile("label.pdf", b"<html>")}
    assert "Upload a PDF or a PNG." in client.post(url, wrong).content.decode()
    assert ReturnLabel.objects.for_brand(order.brand).count() == 0
    good = {**typed, "label": SimpleUploadedFile("label.pdf", PDF)}
    assert client.post(url, good).status_code == 302
    made.refresh_from_db()
    assert made.state == "requested"  # a label receives nothing
    assert OrderRefund.objects.for_brand(order.brand).count() == 0
    send_messages()
    [told] = mail.outbox
    assert return_links.label_path(made) in str(told.body)
    anybody = Client()
    page = anybody.get(return_links.path_of(made)).content.decode()
    assert f'href="{return_links.label_path(made)}"' in page
    file = anybody.get(return_links.label_path(made))
    assert (file.content, file["Content-Type"]) == (PDF, "application/pdf")
    assert file["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file["Content-Security-Policy"]
    returns.refuse(made, "No.", utc_now(), by=clerk)
    assert anybody.get(return_links.label_path(made)).status_code == 404  # gone with the return


def test_label_that_is_replaced_or_of_a_closed_return_brings_no_mail(
    order: Order, clerk: User
) -> None:
    made = announced(order)
    send_messages()
    mail.outbox.clear()
    labels.add(made, PDF, utc_now(), by=clerk)
    last = labels.add(made, PDF, utc_now(), by=clerk)
    rows = OutgoingMessage.objects.for_brand(order.brand).filter(kind=returns.LABEL_MAIL)
    assert [one.cause for one in rows] == [outbox.cause_of(last)]
    returns.refuse(made, "No.", utc_now(), by=clerk)
    assert not rows.all().exists()
    send_messages()
    assert len(mail.outbox) == 1  # the refusal


def test_label_of_another_kind_or_size_is_refused() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (40, 60)).save(stream, "PNG")
    assert labels.kind_of(stream.getvalue()) == "png"
    assert labels.kind_of(PDF) == "pdf"
    stream = io.BytesIO()
    Image.new("RGB", (4, 6)).save(stream, "JPEG")
    for content in (b"", b"%PDF-1.4 cut off", stream.getvalue(), b"\x89PNG\r\n\x1a\nno picture"):
        with pytest.raises(Invalid) as refused:
            labels.kind_of(content)
        assert refused.value.field == "label"
    with pytest.raises(Invalid, match="At most 2 MB"):
        labels.kind_of(PDF.replace(b"endobj", b"x" * labels.BYTES_MAX))


# --- a brand's own words


def test_brands_own_words_stand_before_what_the_mail_has_to_say(order: Order) -> None:
    MailWording.objects.create(
        brand=order.brand, kind=returns.MAIL_KIND, language=order.language,
        subject="Bye, {{ number }}", text="Dear {{ name }}, sorry that it did not fit.",
    )  # fmt: skip
    made = announced(order)
    mail.outbox.clear()
    send_messages()
    [told] = [one for one in mail.outbox if one.subject == f"Bye, {order.number}"]
    assert str(told.body).startswith(f"Dear {order.name}, sorry that it did not fit.")
    assert "2 × Product CREAM" in str(told.body)
    assert return_links.path_of(made) in str(told.body)
    assert "Hello" not in str(told.body)


# --- loss of value


def test_deduction_keeps_money_and_says_so_everywhere(
    order: Order, clerk: User, testpay: TestPay, brand: Brand
) -> None:
    make_seller(brand, issue_from=utc_now() - timedelta(days=2))
    informed(order)
    made = announced(order)
    documents.issue_due(utc_now())
    one = line(order, "CREAM")
    came = {one.pk: Received(2, "opened", deduction=500, deduction_reason="  Half is  used. ")}
    returns.receive(made, came, 0, utc_now(), by=clerk)
    refund = OrderRefund.objects.for_brand(brand).get()
    row = RefundLine.objects.for_brand(brand).get()
    assert refund.amount == 2 * CREAM - 500
    assert (row.amount, row.deduction, row.deduction_reason) == (2 * CREAM, 500, "Half is used.")
    assert sum(part["net"] + part["tax"] for part in refund.taxes) == refund.amount
    assert "of “Product CREAM” kept for a loss of value: Half is used." in page_of(order)
    mail.outbox.clear()
    send_messages()
    [told] = [one for one in mail.outbox if "Money goes back" in one.subject]
    assert "kept for a loss of value: Half is used." in str(told.body)
    reconciliation.send_refunds(utc_now())
    deliver(testpay)
    documents.issue_due(utc_now())
    note = Document.objects.for_brand(brand).get(kind="credit-note")
    [goods] = note.content["lines"]
    assert (note.gross, goods["gross"], goods["quantity"]) == (2 * CREAM - 500, 2 * CREAM - 500, 2)
    [kept] = goods["allowances"]
    assert kept["label"] == "Loss of value: Half is used."
    assert goods["listed"] - kept["amount"] == goods["net"] == note.net
    assert documents.pdf_of(note).startswith(b"%PDF-")


def test_label_of_a_return_that_is_never_closed_is_forgotten(order: Order, clerk: User) -> None:
    made, now = announced(order), utc_now()
    labels.add(made, PDF, now, by=clerk)
    [kept] = retention.KEPT
    assert (kept.forget(now, 10), kept.forget(now + timedelta(seconds=1), 10)) == (0, 1)
    made.refresh_from_db()
    assert (made.state, labels.is_there(made)) == ("requested", False)


def test_buyer_hears_why_nothing_is_paid_back(order: Order, clerk: User, brand: Brand) -> None:
    informed(order)
    made, one = announced(order), line(order, "CREAM")
    send_messages()
    mail.outbox.clear()
    all_of_it = Received(2, "damaged", deduction=2 * CREAM, deduction_reason="Used up.")
    returns.receive(made, {one.pk: all_of_it}, 0, utc_now(), by=clerk)
    assert OrderRefund.objects.for_brand(brand).get().amount == 0
    send_messages()
    [told] = mail.outbox
    assert f"goods you sent back ({order.number})" in told.subject
    assert "no money goes back" in str(told.body)
    assert "€39.80 kept for a loss of value: Used up." in str(told.body)


@pytest.mark.parametrize("known", [None, False, True])
def test_nothing_is_deducted_where_the_buyer_was_not_told(
    order: Order, clerk: User, known: bool | None
) -> None:
    if known is not None:  # the mark alone says nothing: the sentence was taken out
        informed(order, names_loss=known, body="Send it back." if known else "A loss of value.")
    made = announced(order)
    came = {line(order, "CREAM").pk: Received(2, "opened", deduction=1, deduction_reason="Used.")}
    with pytest.raises(Conflict) as refused:
        returns.receive(made, came, 0, utc_now(), by=clerk)
    assert refused.value.code == "loss-not-named"
    made.refresh_from_db()
    assert made.state == "requested"
    assert OrderRefund.objects.for_brand(order.brand).count() == 0


@pytest.mark.parametrize(
    ("came", "field"),
    [
        (Received(2, "opened", deduction=500), "deduction_reason"),
        (Received(2, "as-new", deduction=500, deduction_reason="Used."), "condition"),
        (Received(2, "opened", deduction=2 * CREAM + 1, deduction_reason="Used."), "deduction"),
        (Received(2, "opened", deduction=-1, deduction_reason="Used."), "deduction"),
        (Received(0, "opened", deduction=1, deduction_reason="Used."), "units"),
    ],
)
def test_deduction_that_cannot_be_names_its_field_and_changes_nothing(
    order: Order, clerk: User, came: Received, field: str
) -> None:
    informed(order)
    made = announced(order)
    one = line(order, "CREAM").pk
    with pytest.raises(Invalid) as refused:
        returns.receive(made, {one: came}, 0, utc_now(), by=clerk)
    assert (refused.value.field or "").removesuffix(f".{one}") == field
    made.refresh_from_db()
    assert made.state == "requested"
    assert OrderRefund.objects.for_brand(order.brand).count() == 0


def test_back_office_offers_a_deduction_only_where_the_buyer_was_told(
    order: Order, clerk: User, client: Client
) -> None:
    sign_in_confirmed(client, clerk)
    made = announced(order)
    one = line(order, "CREAM").pk
    url = reverse("admin:fulfilment_orderreturn_change", args=[made.pk])
    assert f"deduction_{one}" not in client.get(url).content.decode()
    informed(order)
    assert f"deduction_{one}" in client.get(url).content.decode()
    typed = {
        "outcome": "received", f"units_{one}": "2", f"condition_{one}": "opened",
        f"deduction_{one}": "5.00", f"deduction_reason_{one}": "Half is used.",
    }  # fmt: skip
    assert client.post(url, typed).status_code == 302
    assert OrderRefund.objects.for_brand(order.brand).get().amount == 2 * CREAM - 500


# --- stock


def test_refunded_units_return_to_the_location_that_they_were_sold_from(
    cream: Variant, shopper: Shopper, testpay: TestPay, brand: Brand, post: ShippingOption
) -> None:
    main = locations.main_location(brand.pk)
    depot = Location.objects.all_brands().create(brand=brand, name="Depot", position=1)
    moved = locations.moved()
    locations.transfer(brand.pk, cream.pk, 10, source=main.pk, target=depot.pk, cause=moved)
    shopper.pay(shopper.ready("CREAM", 3))
    deliver(testpay)
    order = Order.objects.for_brand(brand).get()
    one = line(order, "CREAM").pk

    def units() -> dict[str | None, int]:
        return locations.units_of(Stock.objects.for_brand(brand).get(variant=cream))

    assert units() == {None: 0, depot.pk: 7}
    refunds.refund_lines(order, {one: 1}, restock=True, reason="", key="1", now=utc_now())
    assert units() == {None: 0, depot.pk: 8}
    Location.objects.for_brand(brand).filter(pk=depot.pk).update(archived=True)
    refunds.refund_lines(order, {one: 2}, restock=True, reason="", key="2", now=utc_now())
    assert units() == {None: 2, depot.pk: 8}  # the depot is closed by now
    assert broken_invariants() == []
