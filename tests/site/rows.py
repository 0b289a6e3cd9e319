"""One row of everything that the back office shows, for a brand."""

from datetime import timedelta
from typing import Any

from django.db import models

from showfloor.accounts.mail_layout import MailLayout
from showfloor.accounts.models import Ban, Brand, Member, Role, StaffInvitation, StaffRole, User
from showfloor.catalogue.models import Category, Feed, Price, PriceChange, Product, Variant
from showfloor.checkout.models import (
    Checkout,
    DownloadFile,
    Entitlement,
    Order,
    OrderLine,
    Payment,
    PaymentAccount,
    PaymentEvent,
    ProductGrant,
    ShippingOption,
)
from showfloor.community.models import (
    AuditEntry,
    ContentNotice,
    NoticeComplaint,
    WordRule,
)
from showfloor.fulfilment.daily_close.models import DailyClose
from showfloor.fulfilment.documents.models import Document, DocumentFailure, InvoiceSettings
from showfloor.fulfilment.return_models import (
    OrderReturn,
    ReturnLine,
    ReturnPolicy,
    Withdrawal,
)
from showfloor.kernel.clock import utc_now
from showfloor.legal.models import LegalOverride, LegalText, LegalVersion, SellerProfile
from showfloor.outbox.models import MailWording, OutgoingMessage
from showfloor.outbox.services import cause_of
from showfloor.pricing.models import (
    Bundle,
    BundleItem,
    FreeGift,
    Market,
    MarketExclusion,
    PriceList,
    PriceListItem,
    TaxRate,
    VatCheck,
    Voucher,
)
from showfloor.restreams.models import RestreamDestination
from showfloor.shows.models import Broadcast, Host, RundownItem, Show
from showfloor.shows.services import ShowDraft, create_show
from showfloor.stock.models import Hold, Location, LowStockAlarm, Stock, StockSettings

type Rows = dict[type[models.Model], models.Model]


def make_rows(brand: Brand, tag: str) -> Rows:
    """`tag` is in every text, so that a page that shows one of these rows can be told."""
    rows: list[models.Model] = [brand, *_people(brand, tag)]
    category = Category.objects.create(brand=brand, name=f"{tag} category")
    product = Product.objects.create(
        brand=brand, reference=f"{tag}-product", name=f"{tag} product", category=category,
        option_names=["Shade"],
    )  # fmt: skip
    variant = Variant.objects.create(
        brand=brand, product=product, sku=f"{tag}-sku", options={"Shade": "Rosé"}
    )
    price = Price.objects.create(variant=variant, currency="EUR", amount=1250)
    stock = Stock.objects.create(brand=brand, variant=variant, on_hand=5, reserved=1)
    hold = Hold.objects.create(
        stock=stock, owner=f"{tag}-checkout", quantity=1, created_at=utc_now(),
        expires_at=utc_now() + timedelta(minutes=10),
    )  # fmt: skip
    stocked: list[models.Model] = [
        Location.objects.create(brand=brand, name=f"{tag} depot"),
        StockSettings.objects.create(brand=brand, low_at=5),
        LowStockAlarm.objects.create(
            stock=stock, raised_at=utc_now(), available=4, threshold=5, told_at=utc_now()
        ),
    ]
    host = Host.objects.create(brand=brand, name=f"{tag} host")
    show = create_show(brand, ShowDraft(title=f"{tag} show", host_ids=[host.pk]))
    rundown = RundownItem.objects.create(show=show, product=product, position=1)
    broadcast = Broadcast.objects.create(show=show, number=1, started_at=utc_now())
    rows += [category, product, variant, price, stock, hold, host, show, rundown, broadcast]
    rows += stocked
    rows.append(
        Feed.objects.create(brand=brand, name=f"{tag} feed", url=f"https://{tag}.test/feed.xml")
    )
    rows += _sale(brand, tag, variant, show)
    rows += _prices(brand, tag, variant)
    rows += _moderation(brand, tag, show)
    rows += [*_law(brand, tag), *_notices(brand, tag)]
    return {type(row): row for row in rows}


def _prices(brand: Brand, tag: str, variant: Variant) -> list[models.Model]:
    market = Market.objects.create(brand=brand, name=f"{tag} market", code="ch", currency="CHF")
    gone = MarketExclusion.objects.create(market=market, product=variant.product)
    prices = PriceList.objects.create(brand=brand, name=f"{tag} list", starts_at=utc_now())
    item = PriceListItem.objects.create(
        price_list=prices, variant=variant, amount=900, since=utc_now()
    )
    change = PriceChange.objects.for_brand(brand).filter(variant=variant).latest("at")
    return [market, gone, prices, item, change]


def _people(brand: Brand, tag: str) -> list[models.Model]:
    user = User.objects.create_user(f"{tag}@people.test", first_name=tag, last_name="person")
    return [
        user,
        StaffRole.objects.create(brand=brand, user=user, role=Role.HOST),
        StaffInvitation.objects.create(
            brand=brand,
            email=f"{tag}@invited.test",
            invited_by=user,
            expires_at=utc_now() + timedelta(days=7),
        ),
        Member.objects.create(brand=brand, user=user, display_name=f"{tag} member"),
        Ban.objects.create(brand=brand, subject=f"g:{tag}", name=f"{tag} troll", banned_by=user),
        RestreamDestination.objects.create(
            brand=brand, name=f"{tag} platform", address="rtmps://live.example.com/app"
        ),
    ]


def _coming_back(brand: Brand, tag: str, order: Order, line: OrderLine) -> list[models.Model]:
    stated = Withdrawal.objects.create(
        brand=brand, order=order, name=f"{tag} buyer", contract=f"{tag} order",
        email=f"{tag}@buyer.test", submitted_at=utc_now(),
    )  # fmt: skip
    made = OrderReturn.objects.create(
        brand=brand, order=order, number=1, note=f"{tag} note", requested_at=utc_now()
    )
    row = ReturnLine.objects.create(order_return=made, line=line, quantity=1, reason="fit")
    return [stated, made, row, ReturnPolicy.objects.create(brand=brand, address=f"{tag} street")]


def _notices(brand: Brand, tag: str) -> list[models.Model]:
    notice = ContentNotice.objects.create(
        brand=brand, location=f"/{tag}", kind="other", category="other", content=f"{tag} words",
        explanation=f"{tag} explanation", submitted_at=utc_now(), due_at=utc_now(),
        state="lawful", decided_at=utc_now(), reason=f"{tag} reason",
    )  # fmt: skip
    complaint = NoticeComplaint.objects.create(
        notice=notice, side="notifier", text=f"{tag} complaint", submitted_at=utc_now(),
        state="rejected", decided_at=utc_now(), answer=f"{tag} answer",
    )  # fmt: skip
    return [notice, complaint]


def _law(brand: Brand, tag: str) -> list[models.Model]:
    text = LegalText.objects.create(brand=brand, kind="terms", language="en", draft=f"{tag} terms")
    return [
        text,
        LegalVersion.objects.create(
            text=text, number=1, body=f"{tag} terms", published_at=utc_now()
        ),
        SellerProfile.objects.create(brand=brand, company=f"{tag} company", country="DE"),
        LegalOverride.objects.create(brand=brand, missing=["imprint"], reason=f"{tag} reason"),
    ]


def _moderation(brand: Brand, tag: str, show: Show) -> list[models.Model]:
    return [
        WordRule.objects.create(brand=brand, pattern=f"{tag} word", action="block"),
        AuditEntry.objects.create(
            brand=brand, show=show, at=utc_now(), actor=f"u:{tag}", actor_name=f"{tag} moderator",
            action="shield.on", target_name=f"{tag} viewer",
        ),
    ]  # fmt: skip


def _failure(tag: str, order: Order) -> Any:
    return DocumentFailure.objects.create(
        brand=order.brand, order=order, error=f"{tag} error", failed_at=utc_now(), due_at=utc_now()
    )


def _offers(brand: Brand, tag: str, variant: Variant) -> list[models.Model]:
    bundle = Bundle.objects.create(brand=brand, name=f"{tag} set", price=1, currency="EUR")
    return [
        Voucher.objects.create(brand=brand, code=f"{tag.upper()}-TEN", kind="amount", value=1),
        FreeGift.objects.create(
            brand=brand, name=f"{tag} pouch", amount_from=10**9, variant=variant, currency="EUR"
        ),
        bundle,
        BundleItem.objects.create(bundle=bundle, variant=variant),
    ]


def _sale(brand: Brand, tag: str, variant: Variant, show: Show) -> list[models.Model]:
    money: dict[str, Any] = {
        "currency": "EUR",
        "subtotal": 1250,
        "tax_included": 200,
        "total": 1250,
    }
    shipping = ShippingOption.objects.create(brand=brand, name=f"{tag} parcel")
    checkout = Checkout.objects.create(  # type: ignore[misc]  # fields of **money
        brand=brand, owner=f"g:{tag}", created_at=utc_now(), expires_at=utc_now(),
        state="completed", **money,
    )  # fmt: skip
    order = Order.objects.create(  # type: ignore[misc]
        brand=brand, number=f"{tag[:4].upper()}-1", checkout=checkout, owner=f"g:{tag}",
        email=f"{tag}@buyer.test", name=f"{tag} buyer", placed_at=utc_now(),
        show=show, **money,
    )  # fmt: skip
    line = OrderLine.objects.create(
        order=order, variant=variant, position=0, sku=f"{tag}-sku", product_name=f"{tag} product",
        options={"Shade": "Rosé"}, quantity=1, price=1250,
    )  # fmt: skip
    payment = Payment.objects.create(
        brand=brand, checkout=checkout, provider="test", account="acct", attempt_key=f"{tag}-key",
        request_key="key", reference=f"{tag}-reference", amount=1250, currency="EUR",
        created_at=utc_now(),
    )  # fmt: skip
    event = PaymentEvent.objects.create(
        payment=payment, number=1, kind="created", source="us", at=utc_now()
    )
    mail = OutgoingMessage.objects.create(
        brand=brand, cause=cause_of(order), kind="order-confirmed", recipient=f"{tag}@buyer.test",
        message_id=f"<{tag}@showfloor>", due_at=utc_now(), created_at=utc_now(),
    )  # fmt: skip
    rate = TaxRate.objects.create(brand=brand, country="DE", rate_bp=700, source=f"{tag} source")
    check = VatCheck.objects.create(
        brand=brand, number=f"{tag}-vat", is_valid=True, checked_at=utc_now()
    )
    account = PaymentAccount.objects.create(
        brand=brand, provider="stripe", mode="test", account=f"{tag}-account", sealed_keys="",
        created_at=utc_now(), keys_changed_at=utc_now(), active=False,
    )  # fmt: skip
    day = DailyClose.objects.create(
        brand=brand, day=utc_now().date(), closed_by=f"{tag}@clerk.test"
    )
    layout = MailLayout.objects.create(brand=brand, header=f"{tag} header")
    words = MailWording.objects.create(
        brand=brand, kind="order-confirmed", language="en", subject=f"{tag} subject"
    )
    company = InvoiceSettings.objects.create(brand=brand, invoice_prefix=f"{tag}-"[:12])
    document = Document.objects.create(
        brand=brand, kind="invoice", position=1, number=f"{tag}-R-1", order=order, currency="EUR",
        net=1050, tax=200, gross=1250, content={}, issued_at=utc_now(),
    )  # fmt: skip
    grant = ProductGrant.objects.create(
        brand=brand, product=variant.product, kind="attend", show=show
    )
    file = DownloadFile.objects.create(brand=brand, name=f"{tag}.pdf", content=f"{tag}.pdf")
    right = Entitlement.objects.create(
        brand=brand, owner=f"g:{tag}", kind="attend", target=show.pk, title=f"{tag} show",
        order_line=line, quantity=1, granted_at=utc_now(),
    )  # fmt: skip
    coming = _coming_back(brand, tag, order, line)
    return [
        *coming, *_offers(brand, tag, variant), grant, file, right, rate,
        check, shipping, checkout, order, line, payment, event, mail, account, layout,
        company, document, _failure(tag, order), day, words,
    ]  # fmt: skip
