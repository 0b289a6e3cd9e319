"""The pages of notice-and-action: the form for everybody, the page of a notice, the statement of
reasons, and a person's own list of them (Regulation (EU) 2022/2065, Art. 12, 16, 17, 20).

They need no account, no JavaScript and no riddle; what somebody may send is bounded by network.
"""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand
from showfloor.community.notices import links, queries, rules, services, wording
from showfloor.community.notices.models import (
    ComplaintSide,
    ContentKind,
    ContentNotice,
    IllegalCategory,
)
from showfloor.community.notices.rules import NoticeDraft
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import NotFound, RateLimited, ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.legal import queries as legal
from showfloor.shows import queries as shows
from showfloor.site.personal_pages import personal_page

_KEYS = signing.Signer(salt="showfloor.notice-key")
_FIELDS = ("location", "category", "explanation", "name", "email")
_AT_MAX = 1000
# Each notice sends a mail to an address that somebody types.
_per_network = Allowances(20, 20 / 3600)
_per_address = Allowances(5, 5 / 3600)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.public
def report(request: HttpRequest, brand: str = "") -> HttpResponse:
    """Report illegal content: the address of the page comes along in `?at=`."""
    at = request.GET.get("at", "")[:_AT_MAX]
    shown = permissions.brand_named("brand", brand) if brand else _brand_of(request, at)
    if request.method != "POST":
        return _form(request, shown, NoticeDraft(at, "", ""), None)
    given = NoticeDraft(
        **{name: request.POST.get(name, "") for name in _FIELDS},
        in_good_faith=request.POST.get("in_good_faith") == "yes",
    )
    try:
        draft, key = rules.check(given), _key(request)
        claims = accounts.viewer_claims(request, shown)
        _count(claims.network, draft.email)
        made = services.submit(shown, draft, key, utc_now(), claims.sub)
    except ShowfloorError as error:
        return _form(request, shown, given, error)
    return redirect(links.path_of(made, ComplaintSide.NOTIFIER))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.signed("the notice's link")
def notice(request: HttpRequest, signed: str) -> HttpResponse:
    """Show a notice to the person who sent it: receipt, decision, complaint."""
    found = links.read(signed, ComplaintSide.NOTIFIER)
    facts = wording.notice_facts(found)
    return _side(request, found, ComplaintSide.NOTIFIER, facts, wording.decision_facts(found))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.signed("the statement's link")
def statement(request: HttpRequest, signed: str) -> HttpResponse:
    """Show the statement of reasons to the author of the content, with the way to complain."""
    found = links.read(signed, ComplaintSide.AUTHOR)
    return _side(request, found, ComplaintSide.AUTHOR, wording.statement_facts(found), ())


@never_cache
@require_safe
@permissions.public
def decisions(request: HttpRequest, brand: str) -> HttpResponse:
    """List the decisions about what this visitor, guest or member, wrote."""
    shown = permissions.brand_named("brand", brand)
    claims = accounts.viewer_claims(request, shown)
    rows = [
        {"notice": one, "url": links.path_of(one, ComplaintSide.AUTHOR)}
        for one in queries.statements_for(shown, claims.sub)
    ]
    return personal_page(request, shown, "legal/decisions.html", {"rows": rows})


def _brand_of(request: HttpRequest, at: str) -> Brand:
    """Return the brand of the show that the address names, else the host name's."""
    about = _named(at)
    if about is not None and about.show:
        return shows.find_announced(about.show).brand
    brand = accounts.brand_of_host(request.get_host())
    if brand is None:
        raise NotFound(_("There is no brand here yet."))
    return brand


def _named(at: str) -> rules.Named | None:
    try:
        return rules.named(at)
    except ValueError:
        return None


def _key(request: HttpRequest) -> str:
    """Return the key of a form that we made; a new one for any other: nobody may choose it."""
    try:
        return _KEYS.unsign(request.POST.get("key", ""))
    except signing.BadSignature:
        return new_id()


def _count(network: str, email: str) -> None:
    waits = [_per_network.take(network), _per_address.take(email.lower()) if email else 0.0]
    if max(waits):
        raise RateLimited(
            _("Too many notices came from your network at once. Try again in a moment."),
            retry_after_s=max(waits),
        )


def _form(
    request: HttpRequest, brand: Brand, given: NoticeDraft, error: ShowfloorError | None
) -> HttpResponse:
    about = _named(given.location)
    profile = legal.profile(brand.pk)
    context = {
        "given": given, "error": error, "categories": IllegalCategory.choices,
        "key": request.POST.get("key") or _KEYS.sign(new_id()),
        "of": ContentKind(about.kind).label if about and about.kind != ContentKind.OTHER else "",
        "contact_email": profile.email,
        "anonymous": IllegalCategory.CHILD_ABUSE.value,
    }  # fmt: skip
    return personal_page(
        request, brand, "legal/report.html", context, error.status if error else 200
    )


def _side(
    request: HttpRequest, found: ContentNotice, side: ComplaintSide, facts: wording.Facts,
    decided: wording.Facts,
) -> HttpResponse:  # fmt: skip
    typed, error = {"text": "", "email": ""}, None
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in typed}
        try:
            _count(accounts.viewer_claims(request, found.brand).network, typed["email"])
            services.complain(found, side, typed["text"], typed["email"], utc_now())
            return redirect(request.path)
        except ShowfloorError as refused:
            error = refused
    context = {
        "notice": found, "facts": facts, "decided": decided, "is_author": side == "author",
        "redress": wording.redress(found), "complaint": queries.complaint_of(found, side),
        "may_complain": _may_complain(found, side), "typed": typed, "error": error,
        "asks_email": not (found.email if side == "notifier" else services.author_email(found)),
    }  # fmt: skip
    return personal_page(
        request, found.brand, "legal/notice.html", context, error.status if error else 200
    )


def _may_complain(found: ContentNotice, side: ComplaintSide) -> bool:
    try:
        rules.check_may_complain(found.state, found.decided_at, side, utc_now())
    except ShowfloorError:
        return False
    return True
