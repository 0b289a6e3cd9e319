"""Back office: orders as clerks work on them. Every change goes through a verb of the room."""

import copy
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from showfloor.accounts.admin_base import BrandAdmin, OwnFieldFilter, money_text
from showfloor.accounts.models import Role, User
from showfloor.checkout import order_search
from showfloor.checkout.models import Order
from showfloor.fulfilment import carriers, notes, order_forms, order_sheet, queries, shipments
from showfloor.fulfilment.models import OrderTag
from showfloor.fulfilment.order_files import FILE_ACTIONS, OrderFiles
from showfloor.fulfilment.order_forms import FORMS, OrderForm, ParcelFields
from showfloor.fulfilment.queries import Work
from showfloor.fulfilment.return_admin import OrderReturnAdmin as OrderReturnAdmin
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.pricing.models import DeletedMarket, Market

BULK_MAX = 200  # orders in one action
TAGS_SHOWN_MAX = MARKETS_SHOWN_MAX = 100  # in the filter
HOME_MARKET = "home"  # in the filter's address: no id of ours has four letters


class WorkFilter(OwnFieldFilter):
    title = gettext_lazy("waits for")
    parameter_name = "work"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(work.value, work.label) for work in Work]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        if chosen not in Work.values:
            return queryset
        return queries.waiting_for(queryset, Work(chosen), utc_now())


class TagFilter(OwnFieldFilter):
    title = gettext_lazy("tag")
    parameter_name = "tag"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = OrderTag.objects.for_brands(model_admin.visible_brand_ids(request))
        names = rows.order_by("name").values_list("name", flat=True).distinct()[:TAGS_SHOWN_MAX]
        return [(name, name) for name in names]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(tags__name=self.value()) if self.value() else queryset


class MarketFilter(OwnFieldFilter):
    """Orders of one market; those without one were made in the brand's home market."""

    title = gettext_lazy("market")
    parameter_name = "market"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        brands = model_admin.visible_brand_ids(request)
        rows = [
            row
            for model in (Market, DeletedMarket)
            for row in model.objects.for_brands(brands)[:MARKETS_SHOWN_MAX]
        ]
        found = [(row.pk, row.name) for row in rows]
        return [(HOME_MARKET, _("Home market")), *found] if found else []

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(market="" if chosen == HOME_MARKET else chosen)


class BulkShipForm(ParcelFields):
    """The parcels of many orders go with one carrier, and each number is typed on its order."""

    tracking_number = None  # type: ignore[assignment]
    tracking_url = None  # type: ignore[assignment]


class BulkTagForm(forms.Form):
    tag = order_forms.TagForm.base_fields["tag"]


@admin.register(Order)
class OrderAdmin(OrderFiles, BrandAdmin):
    can_add = can_delete_rows = False
    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.CLERK,)
    change_form_template = "admin/checkout/order/change_form.html"
    list_before_template = "admin/checkout/order/work.html"
    fields = readonly_fields = ("number",)  # the page is `order_sheet`
    list_display = (
        "number", "placed_at", "name", "total_text", "state", "payment_state", "tags_text",
        "is_test", "show",
    )  # fmt: skip
    list_filter = (
        WorkFilter, "state", "payment_state", TagFilter, MarketFilter, "is_test", "show",
        "placed_at",
    )  # fmt: skip
    list_select_related = ("show", "brand")
    search_fields = ("number",)  # the search is `order_search`
    search_help_text = gettext_lazy(
        "Words of the number, the e-mail address, the name or the products, or a tracking number; "
        "the newest 1,000"
    )
    date_hierarchy = "placed_at"
    actions = ("ship_selected", "tag_selected", *FILE_ACTIONS)

    class Media:
        js = ("admin/orders.js",)

    # --- the list

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        rows: QuerySet[Order] = super().get_queryset(request).prefetch_related("tags")
        return rows.annotate(answer_by=queries.deadline()) if _sorts_by_deadline(request) else rows

    @override
    def get_ordering(self, request: HttpRequest) -> Any:
        if _sorts_by_deadline(request):
            return (queries.deadline().asc(nulls_last=True),)
        return super().get_ordering(request)

    @override
    def get_list_display(self, request: HttpRequest) -> Any:
        shown = tuple(super().get_list_display(request))
        return (shown[0], "answer_by", *shown[1:]) if _sorts_by_deadline(request) else shown

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        counts = queries.counts(self.get_queryset(request).order_by(), utc_now())
        chosen = request.GET.get("work", "")
        work = [
            {"value": one.value, "label": one.label, "count": count, "chosen": one.value == chosen}
            for one, count in counts.items()
        ]
        page: HttpResponse = super().changelist_view(
            request, {"work": work, "work_chosen": chosen, **(extra_context or {})}
        )
        return page

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        sent = queries.shipped_under(queryset, search_term)
        return sent if sent.exists() else order_search.matching(queryset, search_term), False

    @admin.display(description=gettext_lazy("total"), ordering="total")
    def total_text(self, order: Order) -> str:
        return money_text(order.total, order.currency)

    @admin.display(description=gettext_lazy("tags"))
    def tags_text(self, order: Any) -> str:
        return ", ".join(tag.name for tag in order.tags.all())

    @admin.display(description=gettext_lazy("answer by"), ordering="answer_by")
    def answer_by(self, order: Any) -> Any:
        return order.answer_by

    # --- acts on many orders

    @admin.action(description=gettext_lazy("Mark as shipped"), permissions=["change"])
    def ship_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        def act(order: Order, form: Any) -> None:
            units = shipments.open_units(order)
            shipments.ship(
                order, units, form.parcel(), new_id(), utc_now(), by=_person(request),
                tell=bool(form.cleaned_data["tell"]),
            )  # fmt: skip

        title = _("Mark as shipped, with all that is still to be sent")
        return self._bulk(request, queryset, BulkShipForm, title, act)

    @admin.action(description=gettext_lazy("Tag"), permissions=["change"])
    def tag_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        def act(order: Order, form: Any) -> None:
            notes.add_tag(order, form.cleaned_data["tag"], utc_now(), by=_person(request))

        return self._bulk(request, queryset, BulkTagForm, _("Put a tag on orders"), act)

    def _bulk(
        self, request: HttpRequest, queryset: QuerySet[Any], kind: type[forms.Form], title: str,
        act: Any,
    ) -> HttpResponse | None:  # fmt: skip
        """Ask once what is to be done with the chosen orders, then do it with each by itself."""
        chosen = list(queryset.filter(
            brand_id__in=self.editable_brand_ids(request)
        ).select_related("brand")[: BULK_MAX + 1])  # fmt: skip
        if len(chosen) > BULK_MAX:
            sentence = _("At most %(count)d orders at once.") % {"count": BULK_MAX}
            self.message_user(request, sentence, messages.ERROR)
            return None
        form = kind(request.POST if "confirm" in request.POST else None)
        if not form.is_bound or not form.is_valid():
            return self._ask(request, chosen, form, title)
        done = 0
        for order in chosen:
            try:
                act(order, form)
                done += 1
            except ShowfloorError as error:
                self.message_user(request, f"{order.number}: {error.message}", messages.ERROR)
        if done:
            text = ngettext("%(count)d order done.", "%(count)d orders done.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        return None

    def _ask(
        self, request: HttpRequest, chosen: list[Order], form: forms.Form, title: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "title": title, "form": form,
            "orders": chosen, "action": request.POST.get("action"), "opts": self.opts,
            "carriers": carriers.CARRIERS,
        }  # fmt: skip
        return TemplateResponse(request, "admin/checkout/order/bulk.html", context)

    # --- one order

    @override
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        if request.method == "POST" and object_id is not None:
            return self._act(request, object_id, form_url)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _act(self, request: HttpRequest, object_id: str, form_url: str) -> HttpResponse:
        """Do what a form of the order's page asks for; show it again with what is wrong."""
        order = self.get_object(request, object_id)
        if order is None:
            raise Http404(_("There is no such thing here."))
        kind = FORMS.get(request.POST.get("action", ""))
        if kind is None or not self.has_change_permission(request, order):
            raise PermissionDenied
        form = kind(request.POST, order_sheet.sheet_of(order, utc_now()))
        if form.is_valid():
            try:
                done = form.act(_person(request), utc_now())
            except ShowfloorError as error:
                form.refuse(error)
            else:
                self.message_user(request, done, messages.SUCCESS)
                return HttpResponseRedirect(request.path)
        return self._again(request, object_id, form_url, form)

    def _again(
        self, request: HttpRequest, object_id: str, form_url: str, form: OrderForm
    ) -> HttpResponse:
        shown = copy.copy(request)
        shown.method = "GET"
        page = super().changeform_view(shown, object_id, form_url, {"failed": form})
        page.status_code = 422
        return page

    @override
    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Order | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        assert obj is not None, "the back office makes no orders"
        sheet = order_sheet.sheet_of(obj, utc_now())
        failed = context.get("failed")
        may_act = self.has_change_permission(request, obj)
        context["sheet"], context["may_act"] = sheet, may_act
        context["order_forms"] = order_forms.offered(sheet, failed) if may_act else []
        context["carriers"] = carriers.CARRIERS
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page


def _sorts_by_deadline(request: HttpRequest) -> bool:
    return request.GET.get("work") == Work.DISPUTED.value


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
