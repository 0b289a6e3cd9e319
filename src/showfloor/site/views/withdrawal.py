"""The withdrawal function: a statement, a page that asks to confirm it, and its receipt.

Directive 2011/83/EU Art. 11a. Everybody may use it: from the page of an order, or from the foot of
every page of the brand, without an account, without the link of the order, without JavaScript. A
statement that waits to be confirmed travels in the page, signed; nothing is stored before.
"""

from datetime import datetime
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand
from showfloor.checkout import order_links
from showfloor.checkout.models import Order
from showfloor.fulfilment import return_links, return_mails, withdrawals
from showfloor.fulfilment.withdrawal_rules import Statement
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, RateLimited, ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.site import order_page
from showfloor.site.personal_pages import personal_page

_SALT = "showfloor.withdrawal-statement"
_GOOD_FOR_S = 3600
# Each statement sends a mail to an address that somebody types.
_per_network = Allowances(20, 20 / 3600)
_per_address = Allowances(5, 5 / 3600)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.public
def withdraw(request: HttpRequest, brand: str) -> HttpResponse:
    """Withdraw from a contract with this brand, by the number of the order."""
    return _withdraw(request, permissions.brand_named("brand", brand), None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.signed("the order's link")
def withdraw_order(request: HttpRequest, signed: str) -> HttpResponse:
    """Withdraw from the contract of the order of a link, or from a part of it."""
    order = order_links.read(signed, utc_now())
    return _withdraw(request, order.brand, order)


@never_cache
@require_safe
@permissions.signed("the withdrawal's link")
def receipt(request: HttpRequest, signed: str) -> HttpResponse:
    """Show the receipt of a withdrawal: content, date and time."""
    made = return_links.read_receipt(signed)
    about = {
        "content": return_mails.content_of(made), "email": made.email,
        "order_url": order_links.path_of(made.order) if made.order is not None else "",
    }  # fmt: skip
    return personal_page(request, made.brand, "orders/withdraw_receipt.html", about)


def _withdraw(request: HttpRequest, brand: Brand, order: Order | None) -> HttpResponse:
    now = utc_now()
    if request.method != "POST":
        return _form(request, brand, order, _prefilled(order), None, now)
    if "statement" in request.POST:
        return _confirm(request, brand, order, now)
    given = _prefilled(order)
    try:
        given = _typed(request, order)
        statement = withdrawals.check(_order_of(brand, order, given), given, now)
    except ShowfloorError as error:
        return _form(request, brand, order, given, error, now)
    about = {
        "statement": statement, "back": request.path,
        "goods": _goods(order, statement),
        "signed": signing.dumps(_packed(brand, order, statement), salt=_SALT),
    }  # fmt: skip
    return personal_page(request, brand, "orders/withdraw_confirm.html", about)


def _confirm(
    request: HttpRequest, brand: Brand, order: Order | None, now: datetime
) -> HttpResponse:
    given = _prefilled(order)
    try:
        key, given = _unpacked(brand, order, request.POST["statement"])
        _count(request, brand, given.email)
        made = withdrawals.declare(brand, _order_of(brand, order, given), given, key, now)
    except ShowfloorError as error:
        return _form(request, brand, order, given, error, now)
    return redirect(return_links.receipt_path(made))


def _order_of(brand: Brand, order: Order | None, given: Statement) -> Order | None:
    return order if order is not None else withdrawals.find_order(brand, given)


def _packed(brand: Brand, order: Order | None, statement: Statement) -> list[Any]:
    owner = [brand.pk, order.pk if order is not None else ""]
    said = [statement.name, statement.contract, statement.email, statement.part]
    return [new_id(), *owner, *said, dict(statement.units)]


def _unpacked(brand: Brand, order: Order | None, signed: str) -> tuple[str, Statement]:
    """Return the key and the statement of a confirming page; Invalid for one that is not ours."""
    try:
        key, brand_id, order_id, name, contract, email, part, units = signing.loads(
            signed, salt=_SALT, max_age=_GOOD_FOR_S
        )
    except (signing.BadSignature, ValueError):
        raise _too_old() from None
    if brand_id != brand.pk or order_id != (order.pk if order is not None else ""):
        raise _too_old()
    return key, Statement(name, contract, email, part, units)


def _too_old() -> Invalid:
    return Invalid(_("The page was open for too long. Please check your statement once more."))


def _count(request: HttpRequest, brand: Brand, email: str) -> None:
    network = accounts.viewer_claims(request, brand).network
    wait_s = max(_per_network.take(network), _per_address.take(email.lower()))
    if wait_s:
        raise RateLimited(
            _("Too many statements came from your network at once. Try again in a moment."),
            retry_after_s=wait_s,
        )


def _typed(request: HttpRequest, order: Order | None) -> Statement:
    values = {name: request.POST.get(name, "") for name in ("name", "contract", "email", "part")}
    if order is not None:
        values["contract"], values["part"] = order.number, ""
    elif request.POST.get("what") != "part":
        values["part"] = ""
    typed = {
        name.removeprefix("units_"): str(text)
        for name, text in request.POST.items()
        if name.startswith("units_") and text not in {"", "0"}
    }
    units = {
        line_id: int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
        for line_id, text in typed.items()
    }
    is_part = order is not None and request.POST.get("what") == "part"
    if is_part and not units:
        raise Invalid(_("Choose what you withdraw from."), field="what")
    return Statement(units=units if is_part else {}, **values)


def _prefilled(order: Order | None) -> Statement:
    if order is None:
        return Statement("", "", "")
    return Statement(order.name, order.number, order.email)


def _goods(order: Order | None, statement: Statement) -> list[str]:
    if order is not None and statement.units:
        names = {line.pk: line.product_name for line in order.lines.all()}
        return [f"{count} × {names[line_id]}" for line_id, count in statement.units.items()]
    return [statement.part] if statement.part else [_("the whole contract")]


def _form(
    request: HttpRequest, brand: Brand, order: Order | None, given: Statement,
    error: ShowfloorError | None, now: datetime,
) -> HttpResponse:  # fmt: skip
    right = withdrawals.right_of(order, now) if order is not None else None
    lines = [one.line for one in right.lines] if right is not None else []
    units = {one.line.pk: one.units for one in right.lines} if right is not None else {}
    choices = order_page.choices(lines, units)
    for one in choices:
        one["units"] = given.units.get(one["id"], 0)
    about = {
        "given": given, "error": error, "order": order, "right": right, "choices": choices,
        "order_url": order_links.path_of(order) if order is not None else "",
    }  # fmt: skip
    return personal_page(
        request, brand, "orders/withdraw.html", about, error.status if error else 200
    )
