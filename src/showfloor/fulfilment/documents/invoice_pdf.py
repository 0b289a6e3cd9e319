"""An invoice or a credit note as PDF/A-3 with its data inside (Factur-X)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import formats, translation
from django.utils.translation import gettext as _

from showfloor.accounts.countries import country_name
from showfloor.catalogue import amounts
from showfloor.fulfilment.documents import cii, new_pages, paper, rules
from showfloor.fulfilment.documents import facts as documents
from showfloor.fulfilment.documents.models import DocumentKind
from showfloor.fulfilment.documents.paper import Column, FileInfo
from showfloor.fulfilment.documents.rules import Content

if TYPE_CHECKING:
    from showfloor.fulfilment.documents.pages import Paper

_FX: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
# The properties of Factur-X, and the description of their schema that PDF/A asks for.
_XMP: Final = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_FX}"><fx:DocumentType>INVOICE</fx:DocumentType>'
    f"<fx:DocumentFileName>{cii.FILE_NAME}</fx:DocumentFileName><fx:Version>1.0</fx:Version>"
    "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"
    '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>'
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema'
    f"</pdfaSchema:schema><pdfaSchema:namespaceURI>{_FX}</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"
    + "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
        for name, text in (
            ("DocumentFileName", "name of the embedded XML invoice file"),
            ("DocumentType", "INVOICE"),
            ("Version", "The actual version of the Factur-X XML schema"),
            ("ConformanceLevel", "The conformance level of the embedded Factur-X data"),
        )
    )
    + "</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>"
    "</rdf:Description>"
)


def pdf(number: str, facts: Mapping[str, Any], issued_at: datetime) -> bytes:
    """Return the document as PDF, in its buyer's language; the same facts give the same bytes."""
    with translation.override(facts["language"]):
        return _draw(number, facts, issued_at.astimezone(UTC).replace(microsecond=0))


def _draw(number: str, facts: Mapping[str, Any], made_at: datetime) -> bytes:
    content = rules.read(facts)
    is_credit = facts["kind"] == DocumentKind.CREDIT_NOTE
    title = f"{_('Credit note') if is_credit else _('Invoice')} {number}"
    with_data = cii.is_possible(facts["currency"])
    info = FileInfo(
        title, facts["seller"]["name"], facts["language"], made_at, facts["accent"],
        _footer(facts), _XMP if with_data else "",
    )  # fmt: skip
    drawn = new_pages.begin(info, _texts(facts))
    if with_data:
        drawn.embed_file(
            bytes=cii.xml(number, facts), basename=cii.FILE_NAME, mime_type="text/xml",
            associated_file_relationship="Alternative", modification_date=made_at,
            desc="Factur-X",
        )  # fmt: skip
    drawn.brand_line(facts["brand"])
    buyer = facts["buyer"]
    drawn.beside(paper.address_lines(buyer, country_name(buyer["country"])), _dates(number, facts))
    drawn.heading(title)
    if facts["is_test"]:
        drawn.text_block(paper.test_note(), bold=True)
    if is_credit:
        drawn.text_block(
            _("It corrects invoice %(number)s of %(day)s.")
            % {"number": facts["corrects"]["number"], "day": _day(facts["corrects"]["issued_on"])}
        )
    drawn.ln(2)
    _table(drawn, content, facts["currency"])
    _sums(drawn, content, facts)
    drawn.text_block(_("Paid. Nothing is left to pay.") if not is_credit
                     else _("The amount goes back the way it was paid."))  # fmt: skip
    return drawn.bytes_of()


def _texts(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text of the buyer's and the seller's."""
    for party in (facts["buyer"], facts["seller"]):
        yield from party.values()
        yield country_name(party["country"])
    yield facts["brand"]
    for line in facts["lines"]:
        yield f"{line['name']}{line['note']}{line['sku']}"
        yield from (one["label"] for one in line["allowances"])
    yield from (one["label"] for one in (*facts["allowances"], *facts["charges"]))


def _dates(number: str, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        (_("Number"), number),
        (_("Date"), _day(facts["issued_on"])),
        (_("Delivery date"), _day(facts["delivered_on"])),
        (_("Order number"), facts["order"]),
        (_("Ordered"), _day(facts["ordered_on"])),
    ]
    if facts["buyer"]["vat_id"]:
        rows.append((_("Your VAT number"), facts["buyer"]["vat_id"]))
    return rows


def _day(text: str) -> str:
    return str(formats.date_format(documents.day({"day": text}, "day"), "DATE_FORMAT"))


def _table(drawn: "Paper", content: Content, currency: str) -> None:
    def money(minor: int) -> str:
        return amounts.localised(minor, currency)

    rows = []
    for position, line in enumerate(content.lines, start=1):
        below = [line.note, line.sku]
        below += [f"{one.label or _('Discount')}: {money(-one.amount)}" for one in line.allowances]
        text = "\n".join([line.name, *(part for part in below if part)])
        unit = amounts.localised((2 * line.listed + line.quantity) // (2 * line.quantity), currency)
        rows.append(
            (str(position), text, str(line.quantity), unit, _rate(line.rate_bp), money(line.net))
        )
    drawn.rows(
        [
            Column("#", 6), Column(_("Item"), 78), Column(_("Quantity"), 17, is_number=True),
            Column(_("Net price"), 25, is_number=True), Column(_("Tax"), 14, is_number=True),
            Column(_("Net"), 27, is_number=True),
        ],
        rows,
    )  # fmt: skip


def _sums(drawn: "Paper", content: Content, facts: Mapping[str, Any]) -> None:
    def money(minor: int) -> str:
        return amounts.localised(minor, facts["currency"])

    rows = []
    for one in content.charges:
        label = f"{_('Shipping')} ({one.label})" if one.label else _("Shipping")
        rows.append((f"{label}, {_rate(one.rate_bp)}", money(one.amount)))
    rows += [(f"{one.label or _('Discount')}", money(-one.amount)) for one in content.allowances]
    rows.append((_("Sum, net"), money(content.net)))
    for tax in content.taxes:
        label = _("%(tax_rate)s tax on %(net)s") % {
            "tax_rate": _rate(tax.rate_bp), "net": money(tax.net),
        }  # fmt: skip
        rows.append((label, money(tax.tax)))
    rows.append((_("Total"), money(content.gross)))
    drawn.sums(rows)
    for text in dict.fromkeys(cii.exemption_text(tax.category, facts) for tax in content.taxes):
        if text:
            drawn.text_block(text)


def _rate(rate_bp: int) -> str:
    return f"{formats.number_format(rules.percent(rate_bp))} %"


def _footer(facts: Mapping[str, Any]) -> str:
    seller = facts["seller"]
    place = f"{seller['postal_code']} {seller['city']}, {country_name(seller['country'])}"
    first = " · ".join(
        part for part in (seller["name"], seller["line1"], seller["line2"], place) if part
    )
    numbers = []
    if seller["vat_id"]:
        numbers.append(f"{_('VAT number')}: {seller['vat_id']}")
    if seller["tax_number"]:
        numbers.append(f"{_('Tax number')}: {seller['tax_number']}")
    numbers += [part for part in (seller["email"], seller["phone"]) if part]
    return "\n".join(part for part in (first, " · ".join(numbers), seller["registration"]) if part)
