"""Acts of the list of orders that answer with a file: exports, packing slips, a pick list.

Each takes the chosen orders, or all that the list's filters leave.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.checkout.models import Order
from showfloor.fulfilment.documents import slips
from showfloor.fulfilment.documents.responses import download
from showfloor.fulfilment.exports import files, tables
from showfloor.fulfilment.exports.tables import Table
from showfloor.kernel.clock import utc_now

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_ACTIONS = (
    "print_packing_slips", "print_pick_list", "export_orders", "export_orders_xlsx", "export_lines",
    "export_lines_xlsx",
)  # fmt: skip


class OrderFiles:
    """The acts, for the admin of orders."""

    # Of the admin.
    message_user: Any
    get_object: Any
    has_view_permission: Any
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<str:order_id>/packing-slip/", self.admin_site.admin_view(self.packing_slip_page),
            name="checkout_order_packing_slip",
        )  # fmt: skip
        return [own, *super().get_urls()]  # type: ignore[misc]

    def packing_slip_page(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """Send the packing slip of one order of the person's brands; 404 for another's."""
        order = self.get_object(request, order_id)
        if order is None or not self.has_view_permission(request, order):
            raise Http404(_("There is no such thing here."))
        return download(slips.packing_slips([order], utc_now()), f"packing-slip-{order.number}")

    @admin.action(description=gettext_lazy("Print packing slips (PDF)"), permissions=["view"])
    def print_packing_slips(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        return self._paper(request, queryset, slips.packing_slips, "packing-slips")

    @admin.action(description=gettext_lazy("Print a pick list (PDF)"), permissions=["view"])
    def print_pick_list(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._paper(request, queryset, slips.pick_list, "pick-list")

    @admin.action(description=gettext_lazy("Export orders as CSV"), permissions=["view"])
    def export_orders(self, request: HttpRequest, queryset: QuerySet[Any]) -> StreamingHttpResponse:
        return _csv(tables.ORDERS, queryset)

    @admin.action(description=gettext_lazy("Export orders as XLSX"), permissions=["view"])
    def export_orders_xlsx(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> StreamingHttpResponse:
        return _xlsx(tables.ORDERS, queryset)

    @admin.action(description=gettext_lazy("Export order lines as CSV"), permissions=["view"])
    def export_lines(self, request: HttpRequest, queryset: QuerySet[Any]) -> StreamingHttpResponse:
        return _csv(tables.LINES, queryset)

    @admin.action(description=gettext_lazy("Export order lines as XLSX"), permissions=["view"])
    def export_lines_xlsx(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> StreamingHttpResponse:
        return _xlsx(tables.LINES, queryset)

    def _paper(
        self, request: HttpRequest, queryset: QuerySet[Any],
        draw: Callable[[Sequence[Order], datetime], bytes], name: str,
    ) -> HttpResponse | None:  # fmt: skip
        rows = queryset.select_related("brand").prefetch_related(None)
        orders = list(rows.prefetch_related(slips.with_lines())[: slips.ORDERS_MAX + 1])
        if not orders:
            return None
        if len(orders) > slips.ORDERS_MAX:
            sentence = _("At most %(count)d orders at once.") % {"count": slips.ORDERS_MAX}
            self.message_user(request, sentence, messages.ERROR)
            return None
        return download(draw(orders, utc_now()), name)


def _csv(table: Table, orders: QuerySet[Order]) -> StreamingHttpResponse:
    return _named(StreamingHttpResponse(files.csv_parts(table, orders), content_type=_CSV),
                  f"{table.name}.csv")  # fmt: skip


def _xlsx(table: Table, orders: QuerySet[Order]) -> StreamingHttpResponse:
    return _named(StreamingHttpResponse(files.xlsx_parts(table, orders), content_type=_XLSX),
                  f"{table.name}.xlsx")  # fmt: skip


def _named(response: StreamingHttpResponse, name: str) -> StreamingHttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
