"""The first page of the back office: live shows, sales, waiting work, and the steps that a new
brand has to take before it sells."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from showfloor.accounts.admin_base import staff_roles
from showfloor.accounts.models import Brand, Role
from showfloor.catalogue import amounts
from showfloor.catalogue.models import Feed, ImportJob, ImportState, Product, Variant
from showfloor.catalogue.queries import on_sale
from showfloor.checkout.models import (
    Order,
    OrderLine,
    OrderState,
    Payment,
    ShippingOption,
)
from showfloor.community.notices import queries as notices
from showfloor.fulfilment import queries as fulfilment
from showfloor.fulfilment.documents.models import DocumentFailure
from showfloor.kernel.clock import utc_now
from showfloor.legal import queries as legal
from showfloor.outbox.models import MessageState, OutgoingMessage
from showfloor.shows.models import Show, ShowState
from showfloor.site.context import payments_warning

BRANDS_MAX = 5  # on one page
TOLD_MAX = 20  # brands of which the doctor tells
_SOLD = (OrderState.PLACED, OrderState.CONFIRMED, OrderState.COMPLETED)
_SELLS_FOR = timedelta(days=7)
_SHOWS_MAX, _SELLERS_MAX, _ORDERS_MAX = 3, 5, 5  # of one brand


@dataclass(frozen=True, slots=True)
class Step:
    """One step of setting up a brand. `why`: the consequence of leaving it out."""

    title: str
    why: str
    url: str
    done: bool


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Seller:
    """A product among those that sold most lately. `image`: an address; empty without one."""

    name: str
    image: str
    units: int
    amount: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The page's part about one brand, for a person of this role."""

    brand: Brand
    steps: list[Step]
    live: list[Show]
    coming: list[Show]
    sellers: list[Seller]
    orders: list[Order]
    figures: list[Figure]
    waiting: list[Figure]

    @property
    def steps_done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def is_set_up(self) -> bool:
        return self.steps_done == len(self.steps)


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    roles = staff_roles(request)
    brands = Brand.objects.filter(pk__in=roles).order_by("name")[:BRANDS_MAX]
    return context | {"panels": [panel(brand, roles[brand.pk]) for brand in brands]}


def panel(brand: Brand, role: Role) -> Panel:
    sells = role in {Role.OWNER, Role.PRODUCER, Role.CLERK}  # others see no money
    live = Show.objects.for_brand(brand).filter(state=ShowState.LIVE).order_by("starts_at")
    return Panel(
        brand=brand,
        steps=set_up(brand) if role is Role.OWNER else [],
        live=list(live[:5]),
        coming=list(_coming(brand)),
        sellers=_sellers(brand) if sells else [],
        orders=list(_latest_orders(brand)) if sells else [],
        figures=_figures(brand) if sells else [],
        waiting=[one for one in _waiting(brand, role) if one.value != "0"],
    )


def set_up(brand: Brand) -> list[Step]:
    """Return the steps before a first sale, in their order."""
    return [
        *selling_steps(brand),
        Step(
            _("Payment"), payments_warning([brand.pk]),
            reverse("admin:checkout_paymentaccount_changelist"), not payments_warning([brand.pk]),
        ),
        Step(
            _("Sender of mails"),
            _("Confirmations do not leave this machine: EMAIL_URL and EMAIL_FROM are not set."),
            "", settings.SHOWFLOOR.demo or _sends_mail(),
        ),
        Step(
            _("First show"), _("No show is planned."), reverse("console"),
            Show.objects.for_brand(brand).filter(is_test=False, starts_at__isnull=False).exists(),
        ),
    ]  # fmt: skip


def missing_steps() -> dict[str, list[Step]]:
    """Return by slug what each of the first brands has yet to enter before it can sell."""
    brands = Brand.objects.order_by("slug")[:TOLD_MAX]
    return {
        brand.slug: [step for step in selling_steps(brand) if not step.done] for brand in brands
    }


def selling_steps(brand: Brand) -> list[Step]:
    """Return what a brand itself has to enter before it can sell."""
    ways = ShippingOption.objects.for_brand(brand).filter(active=True, currency=brand.currency)
    sold = Variant.objects.for_brand(brand).filter(on_sale(), prices__currency=brand.currency)
    lacking = legal.profile(brand.pk).lacking()
    return [
        Step(
            _("Products"), _("There is nothing to show or sell."),
            reverse("admin:catalogue_product_changelist"), sold.exists(),
        ),
        Step(
            _("Shipping"), _("Without a way of sending, nobody knows what sending costs."),
            reverse("admin:checkout_shippingoption_changelist"), ways.exists(),
        ),
        Step(
            _("Legal texts"), _legal_step(brand), reverse("admin:legal_legaltext_changelist"),
            not legal.missing(brand),
        ),
        Step(
            _("Seller's details"), _seller_step(lacking),
            reverse("admin:legal_sellerprofile_changelist"), not lacking,
        ),
    ]  # fmt: skip


def _legal_step(brand: Brand) -> str:
    names = legal.names(legal.missing(brand))
    return _("No show can be public yet. Missing: %(names)s.") % {"names": names}


def _seller_step(lacking: list[str]) -> str:
    return _("No invoice can be made. Missing: %(names)s.") % {"names": ", ".join(lacking)}


def _sends_mail() -> bool:
    sender = settings.SHOWFLOOR.email_from.rstrip(">").rpartition("@")[2]
    return bool(settings.SHOWFLOOR.email_url) and sender not in {"", "localhost"}


def _figures(brand: Brand) -> list[Figure]:
    orders = Order.objects.for_brand(brand).filter(state__in=_SOLD, currency=brand.currency)
    told = orders.filter(placed_at__gte=utc_now() - _SELLS_FOR).aggregate(
        count=Count("pk"), sum=Sum("total")
    )
    sold = amounts.localised(told["sum"] or 0, brand.currency)
    address = reverse("admin:checkout_order_changelist")
    return [
        Figure(_("Orders in seven days"), str(told["count"]), address),
        Figure(_("Sold in seven days"), sold, address),
        Figure(
            _("Products on sale"),
            str(Product.objects.for_brand(brand).filter(published=True).count()),
            reverse("admin:catalogue_product_changelist"),
        ),
    ]


def _coming(brand: Brand) -> QuerySet[Show]:
    planned = Show.objects.for_brand(brand).filter(state=ShowState.SCHEDULED)
    return planned.order_by("starts_at")[:_SHOWS_MAX]


def _sellers(brand: Brand) -> list[Seller]:
    """The products that sold most units lately; a name and a picture are those of the order."""
    sold = (
        OrderLine.objects.for_brand(brand)
        .filter(
            order__state__in=_SOLD,
            order__is_test=False,
            order__currency=brand.currency,
            order__placed_at__gte=utc_now() - _SELLS_FOR,
        )
        .values("product_name")
        .annotate(
            units=Sum("quantity"), amount=Sum(F("price") * F("quantity")), picture=Max("image")
        )
        .order_by("-units", "product_name")[:_SELLERS_MAX]
    )
    return [
        Seller(
            name=row["product_name"],
            image=default_storage.url(row["picture"]) if row["picture"] else "",
            units=row["units"],
            amount=amounts.localised(row["amount"], brand.currency),
        )
        for row in sold
    ]


def _latest_orders(brand: Brand) -> QuerySet[Order]:
    return Order.objects.for_brand(brand).order_by("-placed_at", "-pk")[:_ORDERS_MAX]


def _waiting(brand: Brand, role: Role) -> list[Figure]:
    """Return the counts of the work that waits for people of this role."""
    sells = role in {Role.OWNER, Role.PRODUCER, Role.CLERK}
    decides = role in {Role.OWNER, Role.PRODUCER, Role.MODERATOR}
    return [
        *(_waiting_notices(brand) if decides else []),
        *(_waiting_sales(brand) if sells else []),
    ]


def _waiting_notices(brand: Brand) -> list[Figure]:
    found = notices.waiting(brand)
    return [
        Figure(
            _("Notices of illegal content"), str(found.notices),
            reverse("admin:community_contentnotice_changelist") + "?state__exact=open",
        ),
        Figure(
            _("Complaints about decisions"), str(found.complaints),
            reverse("admin:community_noticecomplaint_changelist") + "?state__exact=open",
        ),
    ]  # fmt: skip


def _waiting_sales(brand: Brand) -> list[Figure]:
    failed = Q(image="") & ~Q(image_error="")
    counts = [
        (_("Files to agree to"), "admin:catalogue_product_import",
         ImportJob.objects.for_brand(brand).filter(state=ImportState.READ)),
        (_("Feeds that fail"), "admin:catalogue_feed_changelist",
         Feed.objects.for_brand(brand).filter(failed_at__isnull=False)),
        (_("Refunds that are due"), "admin:checkout_payment_changelist",
         Payment.objects.for_brand(brand).filter(refund_due=True)),
        (_("Documents that could not be made"), "admin:documents_documentfailure_changelist",
         DocumentFailure.objects.for_brand(brand)),
        (_("Mails that failed"), "admin:outbox_outgoingmessage_changelist",
         OutgoingMessage.objects.for_brand(brand).filter(state=MessageState.FAILED)),
        (_("Pictures that could not be fetched"), "admin:catalogue_product_changelist",
         Product.objects.for_brand(brand).filter(failed)),
    ]  # fmt: skip
    others = [Figure(title, str(rows.count()), reverse(name)) for title, name, rows in counts]
    return [*_waiting_orders(brand), *others]


def _waiting_orders(brand: Brand) -> list[Figure]:
    """Return how many orders wait for each kind of work, with the list of them."""
    found = fulfilment.counts(Order.objects.for_brand(brand), utc_now())
    orders = reverse("admin:checkout_order_changelist")
    return [
        Figure(
            _("Orders: %(work)s") % {"work": work.label}, str(count), f"{orders}?work={work.value}"
        )
        for work, count in found.items()
    ]
