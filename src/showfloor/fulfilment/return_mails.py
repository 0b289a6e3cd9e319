"""Mails about goods that come back: the receipt of a withdrawal, and how to send a return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import brand_urls, time_zones
from showfloor.accounts.models import Brand
from showfloor.checkout import order_links, sample_orders
from showfloor.checkout.models import OrderLine
from showfloor.fulfilment import return_links, returns, withdrawals
from showfloor.fulfilment.return_models import (
    OrderReturn,
    ReturnLabel,
    ReturnLine,
    Withdrawal,
)
from showfloor.kernel.clock import utc_now
from showfloor.outbox import kinds, text_mail
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import OutgoingMessage
from showfloor.outbox.wording import Wording, worded

NAMES: Final = ("name", "brand", "number", "order_url")
RETURN_NAMES: Final = (*NAMES, "goods", "slip_url")


def register() -> None:
    """Tell the outbox what the mails of this module are called, and how they are rendered."""
    kinds.register(
        MessageKind(
            withdrawals.MAIL_KIND, gettext_lazy("Receipt of a withdrawal"), _withdrawal, NAMES,
            _sample_withdrawal,
        )
    )  # fmt: skip
    for kind, label in (
        (returns.MAIL_KIND, gettext_lazy("Return announced")),
        (returns.LABEL_MAIL, gettext_lazy("Label of a return")),
        (returns.REFUSED_MAIL, gettext_lazy("Return refused")),
    ):
        sample = partial(_sample_return, kind=kind)
        kinds.register(MessageKind(kind, label, _return, RETURN_NAMES, sample))


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail as paragraphs: `greeting` gives way to a brand's own words, `facts` never do."""

    kind: str
    subject: str
    greeting: Sequence[str]
    facts: Sequence[str]
    values: Mapping[str, str]


def _withdrawal(message: OutgoingMessage) -> Content:
    made = Withdrawal.objects.for_brand(message.brand_id or "").get(pk=message.cause_id)
    return _receipt(made)


def _sample_withdrawal(brand: Brand, language: str) -> Content:
    order = sample_orders.sample_order(brand, language)
    return _receipt(
        Withdrawal(
            brand=brand, order=order, name=order.name, contract=order.number, email=order.email,
            language=language, submitted_at=utc_now(),
        )
    )  # fmt: skip


def _receipt(made: Withdrawal) -> Content:
    with (
        translation.override(made.language),
        timezone.override(time_zones.zone(made.brand.time_zone)),
    ):
        url = order_links.url_of(made.order) if made.order is not None else ""
        values = {
            "name": made.name, "brand": made.brand.name, "number": made.contract, "order_url": url,
        }  # fmt: skip
        letter = _Letter(
            withdrawals.MAIL_KIND,
            _("We have received your withdrawal (%(contract)s)") % {"contract": made.contract},
            [
                _("Hello %(name)s,") % values,
                _("%(brand)s has received your statement of withdrawal. Keep this mail.") % values,
            ],
            [
                content_of(made),
                _("Where money is to go back, it does within 14 days of this statement."),
                url,
            ],
            values,
        )
        return _content(made.brand, made.language, letter)


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
    """Return the mail about a return; that of a label is caused by the label."""
    brand_id, pk = message.brand_id or "", message.cause_id
    if message.kind == returns.LABEL_MAIL:
        label = ReturnLabel.objects.for_brand(brand_id).select_related("order_return").get(pk=pk)
        return _about_return(label.order_return, message.kind)
    return _about_return(OrderReturn.objects.for_brand(brand_id).get(pk=pk), message.kind)


def _sample_return(brand: Brand, language: str, *, kind: str) -> Content:
    order = sample_orders.sample_order(brand, language)
    made = OrderReturn(brand=brand, order=order, number=1, requested_at=utc_now())
    goods = [ReturnLine(order_return=made, line=one, quantity=1) for one in order.lines.all()]
    with translation.override(language):
        made.answer = _("The seal was broken.")
    return _about_return(made, kind, goods)


def _about_return(
    made: OrderReturn, kind: str, goods: Sequence[ReturnLine] | None = None
) -> Content:
    order = made.order
    if goods is None:
        goods = list(made.lines.select_related("line").order_by("line__position"))
    with translation.override(order.language):
        values = {
            "name": order.name, "brand": order.brand.name, "number": order.number,
            "order_url": order_links.url_of(order),
            "goods": "\n".join(f"{one.quantity} × {one.line.product_name}" for one in goods),
            "slip_url": brand_urls.absolute(order.brand, return_links.path_of(made)),
        }  # fmt: skip
        return _content(order.brand, order.language, _letter(made, kind, values))


def _letter(made: OrderReturn, kind: str, values: Mapping[str, str]) -> _Letter:
    hello = _("Hello %(name)s,") % values
    match kind:
        case returns.LABEL_MAIL:
            return _Letter(
                kind, _("The label for your return of order %(number)s") % values,
                [hello, _("%(brand)s has a label for your return of order %(number)s. Stick it on"
                          " the parcel.") % values],
                [brand_urls.absolute(made.order.brand, return_links.label_path(made)),
                 _("The return slip belongs into the parcel:"), values["slip_url"]],
                values,
            )  # fmt: skip
        case returns.REFUSED_MAIL:
            return _Letter(
                kind, _("Your return of order %(number)s was refused") % values,
                [hello, _("%(brand)s does not take back from order %(number)s:") % values],
                [values["goods"], _("Reason: %(reason)s") % {"reason": made.answer},
                 _("Your order, with everything that happened to it:"), values["order_url"]],
                values,
            )  # fmt: skip
    policy = returns.policy(made.brand_id)
    return _Letter(
        kind, _("How to send back goods of order %(number)s") % values,
        [hello,
         _("You send something of your order %(number)s back to %(brand)s:") % values],
        [values["goods"], policy.instructions.strip(),
         _("Your return slip, to be put into the parcel:"), values["slip_url"],
         *([_("The label:"), policy.label_url] if policy.label_url else [])],
        values,
    )  # fmt: skip


def _content(brand: Brand, language: str, letter: _Letter) -> Content:
    ours = Wording(letter.subject, letter.subject, "\n\n".join(letter.greeting))
    words = worded(brand.pk, letter.kind, language, ours, letter.values)
    parts = [words.lead, *letter.facts]
    return text_mail.content(brand, words.subject, parts, headline=words.headline)
