"""Files of an order's invoices and credit notes, for its buyer."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions
from showfloor.accounts.permissions import MemberRequest
from showfloor.checkout import order_links
from showfloor.checkout import queries as checkout
from showfloor.fulfilment.documents import queries as documents
from showfloor.fulfilment.documents.responses import pdf_response
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import NotFound
from showfloor.site.personal_pages import requested_brand


@never_cache
@require_safe
@permissions.signed("the order's link")
def by_link(request: HttpRequest, signed: str, name: str) -> HttpResponse:
    """Send a document to the bearer of its order's link."""
    response = pdf_response(documents.document_of(order_links.read(signed, utc_now()), name))
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_safe
@permissions.member_page
def own(request: MemberRequest, number: str, name: str, brand: str = "") -> HttpResponse:
    """Send a document of one of the person's orders."""
    rows = checkout.orders_of(request.user, requested_brand(request, brand))
    order = rows.select_related("brand").filter(number=number).first()
    if order is None:
        raise NotFound(_("There is no such order among yours."))
    return pdf_response(documents.document_of(order, name))
