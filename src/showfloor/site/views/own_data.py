"""The account page about a person's own data: a copy of them, and leaving a brand."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from showfloor.accounts import reauthentication, services
from showfloor.accounts.models import Member, User
from showfloor.accounts.permissions import public
from showfloor.checkout.services import saved_methods
from showfloor.kernel.clock import utc_now
from showfloor.privacy import erasure, take_out
from showfloor.privacy.answers import zip_answer

PAGE = "account_data"


@public  # a log-in is asked for inside
@never_cache
@login_required
@require_http_methods(["GET"])
def show_data(request: HttpRequest) -> HttpResponse:
    rows = Member.objects.all_brands().filter(user=_user(request)).select_related("brand")
    return render(request, "account/data.html", {"memberships": rows.order_by("brand__name")})


@public  # a log-in is asked for inside
@never_cache
@login_required
@require_http_methods(["GET"])
def download_data(request: HttpRequest) -> HttpResponse:
    """Answer with a copy of all that is kept about the person, for somebody who has just said who
    they are."""
    reauthentication.ask_again(request)
    return zip_answer(take_out.archive_of_account(_user(request)))


@public  # a log-in is asked for inside
@never_cache
@login_required
@require_POST
def leave_brand(request: HttpRequest) -> HttpResponse:
    """End the membership that the form names; `erase` says whether what was gathered goes, too."""
    if not reauthentication.is_confirmed(request):  # a form is not sent again after that
        return redirect(f"{reverse('account_reauthenticate')}?next={reverse(PAGE)}")
    rows = Member.objects.all_brands().filter(user=_user(request)).select_related("brand")
    member = get_object_or_404(rows, pk=request.POST.get("member", ""))
    if request.POST.get("then") == "erase":
        erasure.erase(member.brand, str(member.subject), None)
        words = _("You have left %(brand)s, and your data there are erased.")
    else:
        # Nobody could pay with them, or remove them, any more.
        saved_methods.remove_all(member.brand_id, str(member.subject), utc_now())
        services.leave(member)
        words = _("You have left %(brand)s.")
    messages.success(request, words % {"brand": member.brand.name})
    is_signed_in = User.objects.filter(pk=request.user.pk).exists()
    return redirect(PAGE if is_signed_in else "account_login")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "the page needs a log-in"
    return request.user
