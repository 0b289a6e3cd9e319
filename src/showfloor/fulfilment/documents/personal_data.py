"""Personal data of documents: a buyer's name and address on invoices.

The law asks a seller to keep invoices (six to ten years in the European Union), unchanged.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Q
from django.db.models.functions import Lower

from showfloor.accounts.row_values import row_values
from showfloor.accounts.services import emails_of_member
from showfloor.fulfilment.documents.models import Document
from showfloor.kernel.slices import PersonalColumns


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the documents of this person's orders."""
    own, mails = Q(order__owner=subject), emails_of_member(brand_id, subject)
    rows = Document.objects.for_brand(brand_id).alias(lower_email=Lower("order__email"))
    rows = rows.filter(own | Q(lower_email__in=mails) if mails else own)
    return {
        "documents": row_values(
            rows, number="number", kind="kind", issued_at="issued_at", gross="gross",
            currency="currency", content="content",
        )
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "documents.DocumentFailure", ("error",), "to mend what keeps an order from its document",
        "until the document is made", "with the order's books, kept by law",
    ),
    PersonalColumns(
        "documents.Document", ("content",), "the brand's books: invoices and credit notes",
        "with the order", "kept by law",
    ),
    PersonalColumns(
        "documents.DocumentFile", ("pdf",), "the brand's books: the document as it was sent",
        "with the order", "kept by law",
    ),
)  # fmt: skip
