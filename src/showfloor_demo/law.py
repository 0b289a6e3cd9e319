"""The legal texts of the demo's brands: short, plainly invented, and of no use for a real shop."""

from showfloor.accounts.models import Brand, User
from showfloor.fulfilment.documents.models import InvoiceSettings
from showfloor.kernel.clock import utc_now
from showfloor.legal import queries, services
from showfloor.legal.models import LegalText, SellerProfile
from showfloor.legal.rules import Text
from showfloor_demo.house import House

_COMPANY = {"en": "Ltd (invented)", "de": "GmbH (erfunden)"}
_NOTE = {
    "en": "This is the demo of Showfloor. {name} does not exist, and nothing is sold or sent.",
    "de": "Dies ist die Vorführung von Showfloor. {name} gibt es nicht; nichts wird verkauft"
    " oder versandt.",
}
_BODY = {
    "en": {
        Text.IMPRINT: "## Who runs these pages\n\n{name} Ltd (invented)\n1 Example Street\n"
        "12345 Sampleton\n\nE-mail: hello@{domain}",
        Text.TERMS: "## 1. How a contract is made\n\nYou order with the button “Order with"
        " obligation to pay”. The contract is made when we confirm the order by e-mail.\n\n"
        "## 2. Prices\n\nPrices include value added tax. Shipping is shown before you order.",
        Text.PRIVACY: "## What we keep\n\n- The name that you choose, and what you write.\n"
        "- What you order, and where it goes.\n\nWe set only the cookies that these pages need.",
        Text.WITHDRAWAL: "## Right of withdrawal\n\nYou can withdraw within 14 days of the day on"
        " which the goods arrive, without a reason, with the function “Withdraw from contract"
        " here” at the foot of every page, by e-mail to hello@{domain}, or by post.\n\n"
        "## Effects\n\nWe pay back everything, including standard delivery, within 14 days.",
        Text.SHIPPING: "## Delivery\n\nTo the countries at checkout, in two to four working days."
        "\n\n## Returns\n\nAnnounce a return on the page of your order within 30 days.",
    },
    "de": {
        Text.IMPRINT: "## Wer diese Seiten betreibt\n\n{name} GmbH (erfunden)\nBeispielstraße 1\n"
        "12345 Musterstadt\n\nE-Mail: hallo@{domain}",
        Text.TERMS: "## 1. Vertragsschluss\n\nBestellt wird mit dem Knopf „Zahlungspflichtig"
        " bestellen“. Der Vertrag kommt zustande, wenn wir die Bestellung per E-Mail bestätigen."
        "\n\n## 2. Preise\n\nDie Preise enthalten die Umsatzsteuer. Die Versandkosten stehen vor"
        " der Bestellung fest.",
        Text.PRIVACY: "## Was wir aufbewahren\n\n- Den gewählten Namen und was geschrieben wird.\n"
        "- Was bestellt wird und wohin es geht.\n\nWir setzen nur Cookies, die diese Seiten"
        " brauchen.",
        Text.WITHDRAWAL: "## Widerrufsrecht\n\nBinnen 14 Tagen ab Erhalt der Ware, ohne Angabe von"
        " Gründen: mit der Funktion „Vertrag hier widerrufen“ am Fuß jeder Seite, per E-Mail an"
        " hallo@{domain} oder per Post.\n\n## Folgen\n\nWir zahlen alles zurück, einschließlich"
        " der Standardlieferung, binnen 14 Tagen.",
        Text.SHIPPING: "## Lieferung\n\nIn die Länder an der Kasse, in zwei bis vier Werktagen."
        "\n\n## Rücksendungen\n\nEine Rücksendung wird auf der Seite der Bestellung innerhalb von"
        " 30 Tagen angemeldet.",
    },
}  # fmt: skip


def _sell_as(house: House, brand: Brand) -> None:
    """Enter an invented seller, whose invoices begin with the demo."""
    seller = {
        "company": f"{brand.name} {_COMPANY[brand.language]}", "line1": "Beispielstraße 1",
        "postal_code": "12345", "city": "Musterstadt", "country": "DE",
        "email": f"hallo@{house.brand.domain}", "tax_number": "00/000/00000",
    }  # fmt: skip
    SellerProfile.objects.for_brand(brand).get_or_create(brand=brand, defaults=seller)
    InvoiceSettings.objects.for_brand(brand).get_or_create(brand=brand)


def publish_texts(house: House, brand: Brand, owner: User) -> None:
    """Publish what the brand lacks of its texts, in its own language and in English."""
    if not queries.missing(brand):
        return
    _sell_as(house, brand)
    values = {"name": brand.name, "domain": house.brand.domain}
    for language, texts in _BODY.items():
        for kind, body in texts.items():
            text, is_new = LegalText.objects.for_brand(brand).get_or_create(
                brand=brand, kind=kind, language=language,
                defaults={"draft": f"{_NOTE[language]}\n\n{body}".format(**values)},
            )  # fmt: skip
            if is_new:
                services.publish(text, owner, utc_now())
