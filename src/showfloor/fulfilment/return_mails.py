"""Mails about goods that come back: the receipt of a withdrawal, and how to send a return."""

from collections.abc import Sequence

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import brand_mail, brand_urls, time_zones
from showfloor.accounts.models import Brand
from showfloor.checkout import order_links
from showfloor.checkout.models import OrderLine
from showfloor.fulfilment import return_links, returns, withdrawals
from showfloor.fulfilment.return_models import OrderReturn, Withdrawal
from showfloor.outbox import kinds
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import OutgoingMessage


def register() -> None:
    """Tell the outbox what the mails of this module are called, and how they are rendered."""
    kinds.register(
        MessageKind(withdrawals.MAIL_KIND, gettext_lazy("Receipt of a withdrawal"), _withdrawal)
    )
    kinds.register(MessageKind(returns.MAIL_KIND, gettext_lazy("Return announced"), _return))


def _withdrawal(message: OutgoingMessage) -> Content:
    made = Withdrawal.objects.for_brand(message.brand_id or "").get(pk=message.cause_id)
    with (
        translation.override(made.language),
        timezone.override(time_zones.zone(made.brand.time_zone)),
    ):
        subject = _("We have received your withdrawal (%(contract)s)") % {"contract": made.contract}
        parts = [
            _("Hello %(name)s,") % {"name": made.name},
            _("%(brand)s has received your statement of withdrawal. Keep this mail.")
            % {"brand": made.brand.name},
            content_of(made),
            _("Where money is to go back, it does within 14 days of this statement."),
        ]
        if made.order is not None:
            parts.append(order_links.url_of(made.order))
        return _content(made.brand, subject, parts)


def content_of(made: Withdrawal) -> str:
    """Return the content of a statement with its date and time, as the receipt says it."""
    lines = [
        _("Statement: I withdraw from the contract named below."),
        _("Name: %(name)s") % {"name": made.name},
        _("Contract: %(contract)s") % {"contract": made.contract},
        _("Goods: %(goods)s") % {"goods": "; ".join(goods_of(made))},
        _("E-mail for this confirmation: %(email)s") % {"email": made.email},
        _("Submitted on: %(moment)s") % {"moment": moment_of(made)},
    ]
    return "\n".join(lines)


def goods_of(made: Withdrawal) -> list[str]:
    """Return the goods of a statement: lines of the order, or the words of the person."""
    if made.units and made.order_id is not None:
        lines = OrderLine.objects.for_brand(made.brand_id).filter(order=made.order_id)
        return [
            f"{made.units[one.pk]} × {one.product_name}" for one in lines if one.pk in made.units
        ]
    return [" ".join(made.part.split())] if made.part else [_("the whole contract")]


def moment_of(made: Withdrawal) -> str:
    """Return the date and the time of a statement, to the second, with the zone."""
    local = timezone.localtime(made.submitted_at, time_zones.zone(made.brand.time_zone))
    return f"{date_format(local, 'DATE_FORMAT')}, {local:%H:%M:%S} ({local.tzname()})"


def _return(message: OutgoingMessage) -> Content:
    made = OrderReturn.objects.for_brand(message.brand_id or "").get(pk=message.cause_id)
    order = made.order
    with translation.override(order.language):
        policy = returns.policy(made.brand_id)
        names = {"number": order.number, "brand": order.brand.name}
        slip = brand_urls.absolute(order.brand, return_links.path_of(made))
        parts = [
            _("Hello %(name)s,") % {"name": order.name},
            _("You send something of your order %(number)s back to %(brand)s:") % names,
            "\n".join(
                f"{one.quantity} × {one.line.product_name}"
                for one in made.lines.select_related("line")
            ),
            policy.instructions.strip(),
            _("Your return slip, to be put into the parcel:"),
            policy.label_url or slip,
        ]
        subject = _("How to send back goods of order %(number)s") % names
        return _content(order.brand, subject, parts)


def _content(brand: Brand, subject: str, parts: Sequence[str]) -> Content:
    headline = brand_mail.one_line(subject)
    text = "\n\n".join(part for part in parts if part)
    html = brand_mail.html_of(brand, text, headline)
    signed = f"{text}\n{brand_mail.SIGNATURE}{brand.name}\n{brand_urls.home(brand)}\n"
    return Content(brand_mail.sender(brand), headline, signed, html)
