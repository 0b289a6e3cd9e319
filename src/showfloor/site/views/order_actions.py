"""What a buyer does with an order from its page: cancel it, send something back."""

import io
from typing import Any

import qrcode
import qrcode.image.svg
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from showfloor.accounts import permissions
from showfloor.checkout import order_links
from showfloor.checkout.models import CancelReason, Order, OrderLine
from showfloor.fulfilment import cancellations, labels, return_links, returns
from showfloor.fulfilment.documents import return_slips
from showfloor.fulfilment.documents.responses import download
from showfloor.fulfilment.models import Actor
from showfloor.fulfilment.return_models import ReturnReason, ReturnState
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, NotFound, ShowfloorError
from showfloor.kernel.ids import is_id, new_id
from showfloor.site import order_page
from showfloor.site.personal_pages import personal_page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.signed("the order's link")
def cancel(request: HttpRequest, signed: str) -> HttpResponse:
    """Cancel an order of which nothing was sent: a page that asks, and the act."""
    now = utc_now()
    order = order_links.read(signed, now)
    error: ShowfloorError | None = None
    if request.method == "POST":
        try:
            cancellations.cancel(order, now, actor=Actor.BUYER, reason=CancelReason.BY_BUYER)
            return redirect(order_links.path_of(order))
        except ShowfloorError as refused:
            error = _in_words(refused)
    elif not order_page.can_cancel(order):
        return redirect(order_links.path_of(order))
    return _page(request, order, "orders/cancel.html", {"error": error}, error)


def _in_words(refused: ShowfloorError) -> ShowfloorError:
    if refused.code != "order-shipped":
        return refused
    return Conflict(
        _("A parcel has just left. You can send the goods back instead."), code=refused.code
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.signed("the order's link")
def send_back(request: HttpRequest, signed: str) -> HttpResponse:
    """Announce a return by line, each with a reason."""
    now = utc_now()
    order = order_links.read(signed, now)
    error: ShowfloorError | None = None
    if request.method == "POST":
        try:
            made = returns.announce(
                order, _units(request), _chosen(request, "reason_"), now,
                key=_key(request), note=request.POST.get("note", ""),
            )  # fmt: skip
            return redirect(return_links.path_of(made))
        except ShowfloorError as refused:
            error = refused
    about = {
        "error": error, "choices": _choices(request, order), "key": new_id(),
        "note": request.POST.get("note", ""), "until": returns.ends_at(order),
        "reasons": [one for one in ReturnReason.choices if one[0] != ReturnReason.WITHDRAWAL],
        "instructions": returns.policy(order.brand_id).instructions,
    }  # fmt: skip
    return _page(request, order, "orders/return.html", about, error)


@never_cache
@require_safe
@permissions.signed("the return's link")
def slip(request: HttpRequest, signed: str) -> HttpResponse:
    """Show how to send a return, and the slip to print: address, contents, a code to scan."""
    made = return_links.read(signed)
    policy = returns.policy(made.brand_id)
    code = f"{made.order.number}/{made}"
    about = {
        "made": made, "policy": policy, "code": code, "qr": _qr(code),
        "is_open": made.state == ReturnState.REQUESTED,
        "lines": made.lines.select_related("line"),
        "address": return_slips.address_of(made.brand_id), "pdf_url": f"{request.path}/pdf",
        "label_url": return_links.label_path(made) if labels.is_there(made) else "",
    }  # fmt: skip
    return _page(request, made.order, "orders/return_slip.html", about, None)


@never_cache
@require_safe
@permissions.signed("the return's link")
def slip_pdf(request: HttpRequest, signed: str) -> HttpResponse:
    """Send the slip as a file to print."""
    made = return_links.read(signed)
    return download(return_slips.pdf(made), f"return-{made.order.number}-{made}")


@never_cache
@require_safe
@permissions.signed("the return's link")
def label(request: HttpRequest, signed: str) -> HttpResponse:
    """Send the label that a clerk uploaded to the bearer of the return's link."""
    made = return_links.read(signed)
    found = labels.of(made)
    if found is None:
        raise NotFound(_("There is no label for this return."))
    name = f"label-{made.order.number}-{made}.{found.kind}"
    return HttpResponse(
        bytes(found.content),
        content_type=labels.KINDS[found.kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
            "X-Robots-Tag": "noindex",
        },
    )


def _choices(request: HttpRequest, order: Order) -> list[dict[str, Any]]:
    lines = list(OrderLine.objects.for_brand(order.brand_id).filter(order=order))
    found = order_page.choices(lines, returns.returnable(order))
    for one in found:
        one["units"] = request.POST.get(f"units_{one['id']}", "0")
        one["reason"] = request.POST.get(f"reason_{one['id']}", "")
    return found


def _units(request: HttpRequest) -> dict[str, int]:
    typed = _chosen(request, "units_")
    return {
        line_id: int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
        for line_id, text in typed.items()
    }


def _chosen(request: HttpRequest, prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): str(text)
        for name, text in request.POST.items()
        if name.startswith(prefix)
    }


def _key(request: HttpRequest) -> str:
    """Return the key that the form was made with, so that a second tap announces nothing new."""
    key = request.POST.get("key", "")
    return key if is_id(key) else new_id()


def _qr(text: str) -> str:
    """Return a code that the warehouse scans, as SVG that needs no file."""
    made = qrcode.make(text, image_factory=qrcode.image.svg.SvgPathImage, box_size=12, border=1)
    stream = io.BytesIO()
    made.save(stream)
    svg = stream.getvalue().decode().partition("?>")[2].strip()
    return mark_safe(svg)  # noqa: S308 - drawn here; the text is only in its squares


def _page(
    request: HttpRequest, order: Order, template: str, about: dict[str, Any],
    error: ShowfloorError | None,
) -> HttpResponse:  # fmt: skip
    context = {"order": order, "order_url": order_links.path_of(order), **about}
    return personal_page(request, order.brand, template, context, error.status if error else 200)
