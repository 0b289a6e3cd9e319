"""Documents as pages and mails link them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from showfloor.accounts import brand_urls
from showfloor.checkout import order_links
from showfloor.checkout.models import Order
from showfloor.fulfilment.documents import services
from showfloor.fulfilment.documents.models import Document
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import NotFound

INVOICE = "invoice"  # stands for an order's invoice in addresses, before it has a number


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """A document to load. `name`: its last part of an address."""

    title: str
    name: str


def links(order: Order) -> Iterator[DocumentLink]:
    """Yield the documents that an order's buyer may load, those that are about to be issued
    included."""
    found = list(services.documents_of(order))
    if not found and _will_be_issued(order):
        yield DocumentLink(_("Invoice"), INVOICE)
    for document in found:
        yield DocumentLink(f"{document.get_kind_display()} {document.number}", document.pk)


def mail_links(order: Order) -> list[tuple[str, str]]:
    """Return title and address of the documents, for a mail about the order."""
    begin = brand_urls.absolute(order.brand, order_links.path_of(order))
    return [(one.title, f"{begin}/documents/{one.name}") for one in links(order)]


def document_of(order: Order, name: str) -> Document:
    """Return one of an order's documents by the last part of its address; NotFound. An invoice that
    is due is issued."""
    if name == INVOICE:
        settings = services.settings_of(order.brand_id)
        found = None
        if settings is not None and _will_be_issued(order):
            found = services.issue_invoice(order, settings, utc_now())
    else:
        found = services.documents_of(order).filter(pk=name).first()
    if found is None:
        raise NotFound(_("There is no such document."))
    return found


def _will_be_issued(order: Order) -> bool:
    settings = services.settings_of(order.brand_id)
    if settings is None or not services.is_due(order, settings, utc_now()):
        return False
    assert order.confirmed_at is not None, "an order whose invoice is due was paid"
    return order.confirmed_at >= settings.issue_from
