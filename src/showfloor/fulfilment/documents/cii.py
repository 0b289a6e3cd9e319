"""A document's facts as UN/CEFACT Cross Industry Invoice, profile EN 16931 of Factur-X.

The library checks the result against the schema of the profile. Amounts have the currency's own
decimals; EN 16931 takes at most two (BR-DEC), so a currency with three has no such file.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from drafthorse.models.accounting import ApplicableTradeTax, CategoryTradeTax, TradeAllowanceCharge
from drafthorse.models.document import Document as CrossIndustryInvoice
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration
from drafthorse.models.payment import PaymentMeans
from drafthorse.models.tradelines import LineItem

from showfloor.fulfilment.documents import facts as documents
from showfloor.fulfilment.documents import rules
from showfloor.fulfilment.documents.models import DocumentKind
from showfloor.fulfilment.documents.rules import Change, Content, Line, TaxCategory, TaxSum
from showfloor.kernel.money import Money, exponent

GUIDELINE: Final = "urn:cen.eu:en16931:2017"
SCHEMA: Final = "FACTUR-X_EN16931"
FILE_NAME: Final = "factur-x.xml"
DECIMALS_MAX: Final = 2
_TYPE_CODES: Final = {DocumentKind.INVOICE: "380", DocumentKind.CREDIT_NOTE: "381"}
_PIECE: Final = "C62"  # UN/ECE recommendation 20: one
_ONLINE_PAYMENT: Final = "68"  # UNTDID 4461
_PRICE_DECIMALS: Final = Decimal("0.000001")  # BT-146 may have more decimals than an amount


def is_possible(currency: str) -> bool:
    """Return whether EN 16931 can state amounts of the currency."""
    return exponent(currency) <= DECIMALS_MAX


def exemption_text(category: str, facts: Mapping[str, Any]) -> str:
    """Return the reason for a rate of 0, in the language of now (BT-120)."""
    match TaxCategory(category):
        case TaxCategory.REVERSE_CHARGE:
            return _("Reverse charge: the buyer owes the tax.")
        case TaxCategory.EXPORT:
            return _("Tax-free export.")
        case TaxCategory.INTRA_COMMUNITY:
            return _("Tax-free supply within the European Union.")
        case TaxCategory.EXEMPT:
            return str(facts["seller"]["exempt_note"])
        case _taxed:
            return ""


class _Writer:
    """Writes the facts of one document."""

    def __init__(self, number: str, facts: Mapping[str, Any]) -> None:
        self._number = number
        self._facts = facts
        self._currency = facts["currency"]
        self._content = rules.read(facts)

    def xml(self) -> bytes:
        kind = DocumentKind(self._facts["kind"])
        made = CrossIndustryInvoice()
        made.context.guideline_parameter.id = GUIDELINE
        made.header.id = self._number
        made.header.type_code = _TYPE_CODES[kind]
        made.header.issue_date_time = self._day("issued_on")
        self._notes(made)
        self._parties(made.trade)
        made.trade.delivery.event.occurrence = self._day("delivered_on")
        for position, line in enumerate(self._content.lines, start=1):
            made.trade.items.add(self._line(position, line))
        self._settlement(made.trade.settlement, kind)
        written: bytes = made.serialize(schema=SCHEMA)
        return written

    def _day(self, name: str) -> datetime:
        return _midnight(documents.day(self._facts, name))

    def _amount(self, minor: int) -> Decimal:
        return Decimal(Money(minor, self._currency).decimal)

    def _notes(self, made: Any) -> None:
        registration = self._facts["seller"]["registration"]
        if registration:
            note = IncludedNote()
            note.content = registration
            note.subject_code = "REG"
            made.header.notes.add(note)

    def _parties(self, trade: Any) -> None:
        seller, buyer = self._facts["seller"], self._facts["buyer"]
        party = trade.agreement.seller
        party.name = seller["name"]
        _address(party.address, seller)
        if seller["email"]:
            party.contact.person_name = seller["name"]
            party.contact.email.address = seller["email"]
            if seller["phone"]:
                party.contact.telephone.number = seller["phone"]
        for scheme, name in (("VA", "vat_id"), ("FC", "tax_number")):
            _register(party, scheme, seller[name])
        party = trade.agreement.buyer
        party.name = buyer["name"] or buyer["email"]
        _address(party.address, buyer)
        _register(party, "VA", buyer["vat_id"])
        trade.agreement.buyer_order.issuer_assigned_id = self._facts["order"]
        trade.delivery.ship_to.name = buyer["name"] or buyer["email"]
        _address(trade.delivery.ship_to.address, buyer)

    def _line(self, position: int, line: Line) -> LineItem:
        item = LineItem()
        item.document.line_id = str(position)
        item.product.name = line.name
        if line.sku:
            item.product.seller_assigned_id = line.sku
        if line.note:
            item.product.description = line.note
        price = self._amount(line.listed) / line.quantity
        item.agreement.net.amount = price.quantize(_PRICE_DECIMALS).normalize() + Decimal("0.00")
        item.delivery.billed_quantity = (Decimal(line.quantity), _PIECE)
        item.settlement.trade_tax.type_code = "VAT"
        item.settlement.trade_tax.category_code = line.category
        item.settlement.trade_tax.rate_applicable_percent = _rate(line.rate_bp)
        for change in line.allowances:
            item.settlement.allowance_charge.add(self._change(change, is_charge=False, taxed=False))
        item.settlement.monetary_summation.total_amount = self._amount(line.net)
        return item

    def _change(
        self, change: Change, *, is_charge: bool, taxed: bool = True
    ) -> TradeAllowanceCharge:
        made = TradeAllowanceCharge()
        made.indicator = is_charge
        made.actual_amount = self._amount(change.amount)
        made.reason = change.label or (_("Shipping") if is_charge else _("Discount"))
        if taxed:
            tax = CategoryTradeTax()
            tax.type_code = "VAT"
            tax.category_code = change.category
            tax.rate_applicable_percent = _rate(change.rate_bp)
            made.trade_tax.add(tax)
        return made

    def _settlement(self, settlement: Any, kind: DocumentKind) -> None:
        settlement.currency_code = self._currency
        means = PaymentMeans()
        means.type_code = _ONLINE_PAYMENT
        settlement.payment_means.add(means)
        for row in self._content.taxes:
            settlement.trade_tax.add(self._tax(row))
        for change in self._content.allowances:
            settlement.allowance_charge.add(self._change(change, is_charge=False))
        for change in self._content.charges:
            settlement.allowance_charge.add(self._change(change, is_charge=True))
        _sums(settlement.monetary_summation, self._content, self._currency)
        corrects = self._facts["corrects"]
        if corrects is not None:
            reference = settlement.invoice_referenced_document
            reference.issuer_assigned_id = corrects["number"]
            reference.issue_date_time = _midnight(date.fromisoformat(corrects["issued_on"]))

    def _tax(self, row: TaxSum) -> ApplicableTradeTax:
        made = ApplicableTradeTax()
        made.calculated_amount = self._amount(row.tax)
        made.type_code = "VAT"
        made.basis_amount = self._amount(row.net)
        made.category_code = row.category
        reason = exemption_text(row.category, self._facts)
        if reason:
            made.exemption_reason = reason
        code = rules.REASON_CODES.get(TaxCategory(row.category))
        if code is not None:
            made.exemption_reason_code = code
        made.rate_applicable_percent = _rate(row.rate_bp)
        return made


def _sums(sums: Any, content: Content, currency: str) -> None:
    def amount(minor: int) -> Decimal:
        return Decimal(Money(minor, currency).decimal)

    sums.line_total = amount(content.line_total)
    sums.charge_total = amount(content.charge_total)
    sums.allowance_total = amount(content.allowance_total)
    sums.tax_basis_total = amount(content.net)
    sums.tax_total = (amount(content.tax), currency)
    sums.grand_total = amount(content.gross)
    sums.prepaid_total = amount(content.gross)  # paid before it was issued
    sums.due_amount = amount(0)


def xml(number: str, facts: Mapping[str, Any]) -> bytes:
    """Return the document as XML, checked against the schema of its profile."""
    return _Writer(number, facts).xml()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a date, as format 102 has it


def _rate(rate_bp: int) -> Decimal:
    return Decimal(rules.percent(rate_bp))


def _address(address: Any, of: Mapping[str, str]) -> None:
    address.postcode = of["postal_code"]
    address.line_one = of["line1"]
    if of["line2"]:
        address.line_two = of["line2"]
    address.city_name = of["city"]
    address.country_id = of["country"]


def _register(party: Any, scheme: str, number: str) -> None:
    if number:
        registration = TaxRegistration()
        registration.id = (scheme, number)
        party.tax_registrations.add(registration)
