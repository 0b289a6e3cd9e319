"""Files of documents as HTTP responses."""

from django.http import HttpResponse

from showfloor.fulfilment.documents import services
from showfloor.fulfilment.documents.models import Document


def pdf_response(document: Document) -> HttpResponse:
    """Return the document's file, which nobody on the way keeps."""
    return download(services.pdf_of(document), document.number)


def download(pdf: bytes, name: str) -> HttpResponse:
    """Return a PDF under a name; signs that have a meaning in a header become dashes."""
    response = HttpResponse(pdf, content_type="application/pdf")
    safe = "".join(char if char.isascii() and char.isalnum() else "-" for char in name)
    response["Content-Disposition"] = f'attachment; filename="{safe}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
