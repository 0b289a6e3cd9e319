"""Back office: the days of a brand, what adds up and what does not, closing and reopening."""

from typing import Any, override

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.admin_base import BrandAdmin
from showfloor.accounts.models import Role, User
from showfloor.catalogue import amounts
from showfloor.fulfilment.daily_close import services
from showfloor.fulfilment.daily_close.models import CloseEvent, DailyClose
from showfloor.fulfilment.daily_close.rules import Difference, DifferenceKind, Section
from showfloor.kernel.clock import utc_now
from showfloor.kernel.csv_cells import BYTE_ORDER_MARK, csv_text
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.money import Money

_KINDS = {
    "charge": gettext_lazy("Captured"), "refund": gettext_lazy("Refunded"),
    "dispute": gettext_lazy("Disputed"), "other": gettext_lazy("Other movements"),
    "payout": gettext_lazy("Payout"),
}  # fmt: skip
_DIFFERENCES = {
    DifferenceKind.ONLY_OURS: gettext_lazy("The provider's books lack it"),
    DifferenceKind.ONLY_THEIRS: gettext_lazy("Our ledger lacks it"),
    DifferenceKind.OTHER_DAY: gettext_lazy("Both have it, on different days"),
    DifferenceKind.PAYOUT: gettext_lazy("The payout is not the sum of its movements"),
}


@admin.register(DailyClose)
class DailyCloseAdmin(BrandAdmin):
    can_add = can_delete_rows = False
    view_roles = (Role.PRODUCER, Role.CLERK)
    edit_roles = (Role.CLERK,)
    change_form_template = "admin/daily_close/dailyclose/change_form.html"
    fields = readonly_fields = ("day",)
    list_display = ("day", "state_text", "closed_by", "difference_count")
    list_filter = ("closed_at",)
    search_fields = ("closed_by",)
    list_select_related = ("brand",)
    date_hierarchy = "day"

    @override
    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<str:close_id>/csv/", self.admin_site.admin_view(self.csv_page),
            name="daily_close_dailyclose_csv",
        )  # fmt: skip
        return [own, *super().get_urls()]

    @admin.display(description=gettext_lazy("state"), ordering="closed_at")
    def state_text(self, row: DailyClose) -> str:
        return _("Closed") if row.closed_at is not None else _("Open")

    @override
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        if request.method == "POST" and object_id is not None:
            return self._act(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _act(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        if not self.has_change_permission(request, row) or not isinstance(request.user, User):
            raise PermissionDenied
        try:
            if request.POST.get("action") == "reopen":
                services.reopen(row, request.POST.get("reason", ""), utc_now(), by=request.user)
            else:
                services.close(row, utc_now(), by=request.user)
        except ShowfloorError as error:
            self.message_user(request, error.message, messages.ERROR)
        return HttpResponseRedirect(request.path)

    @override
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any,
        obj: DailyClose | None = None, **kwargs: Any,
    ) -> HttpResponse:  # fmt: skip
        assert obj is not None, "a day is not added by hand"
        context |= {
            "close": obj, "may_act": self.has_change_permission(request, obj),
            "is_over": utc_now() >= services.bounds(obj.brand, obj.day)[1],
            "sections": [_shown(one) for one in services.sections_of(obj)],
            "events": CloseEvent.objects.for_brand(obj.brand_id).filter(close=obj),
        }  # fmt: skip
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    def csv_page(self, request: HttpRequest, close_id: str) -> HttpResponse:
        """Send the day as CSV: sums, payouts and differences, a line each."""
        row = self._row(request, close_id)
        text = BYTE_ORDER_MARK + csv_text([_HEADINGS, *_csv_rows(row)])
        response = HttpResponse(text, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="daily-close-{row.day}.csv"'
        return response

    def _row(self, request: HttpRequest, object_id: str) -> DailyClose:
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404(_("There is no such thing here."))
        found: DailyClose = row
        return found


def _shown(section: Section) -> dict[str, Any]:
    """Return a section as texts of the page."""

    def money(minor: int) -> str:
        return amounts.localised(minor, section.currency)

    kinds = sorted({*section.ours, *section.theirs}, key=list(_KINDS).index)
    return {
        "title": f"{section.account} · {section.currency}",
        "is_test": section.is_test,
        "rows": [
            {
                "label": _KINDS[kind], "ours": money(section.ours.get(kind, 0)),
                "theirs": money(section.theirs.get(kind, 0)),
                "differs": kind != "other"
                and section.ours.get(kind, 0) != section.theirs.get(kind, 0),
            }
            for kind in kinds
        ],
        "foreign": money(section.foreign) if section.foreign_count else "",
        "foreign_count": section.foreign_count,
        "fees": money(-section.fees),
        "net": money(section.net),
        "payouts": [
            {"name": one.name, "state": one.state, "amount": money(one.stated)}
            for one in section.payouts
        ],
        "differences": [_difference(one, money) for one in section.differences],
    }  # fmt: skip


def _difference(one: Difference, money: Any) -> dict[str, Any]:
    return {
        "kind": _DIFFERENCES[DifferenceKind(one.kind)], "what": _KINDS[one.what],
        "reference": one.reference, "order": one.order, "ours": money(one.ours),
        "theirs": money(one.theirs),
    }  # fmt: skip


_HEADINGS = (
    "day", "account", "currency", "test", "line", "what", "reference", "order", "ours", "provider",
)  # fmt: skip


def _csv_rows(row: DailyClose) -> list[list[object]]:
    found: list[list[object]] = []
    for one in services.sections_of(row):
        begin = [row.day.isoformat(), one.account, one.currency, one.is_test]

        def plain(minor: int, currency: str = one.currency) -> str:
            return Money(minor, currency).decimal

        found += [
            [*begin, "sum", kind, "", "", plain(one.ours.get(kind, 0)),
             plain(one.theirs.get(kind, 0))]
            for kind in sorted({*one.ours, *one.theirs})
        ]  # fmt: skip
        found.append([*begin, "fees", "", "", "", "", plain(-one.fees)])
        found.append([*begin, "net", "", "", "", "", plain(one.net)])
        if one.foreign_count:
            found.append([*begin, "not ours", "", "", "", "", plain(one.foreign)])
        found += [
            [*begin, "payout", payout.state, payout.name, "", plain(payout.summed),
             plain(payout.stated)]
            for payout in one.payouts
        ]  # fmt: skip
        found += [
            [*begin, "difference", f"{each.what} {each.kind}", each.reference, each.order,
             plain(each.ours), plain(each.theirs)]
            for each in one.differences
        ]  # fmt: skip
    return found
