"""The page on which a person becomes a member of a brand; an account alone is no membership."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from showfloor.accounts import guests, permissions, services
from showfloor.accounts.models import Brand, User
from showfloor.kernel.errors import Invalid
from showfloor.site import show_page


class JoinForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Your name in the chat"), max_length=40, required=False,
        help_text=gettext_lazy("Everyone in the chat sees it. You can choose it later."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@permissions.public  # a log-in is asked for inside
@login_required
def join(request: HttpRequest, brand: str) -> HttpResponse:
    """Join, then return to the page before; members and staff return at once."""
    user, row = request.user, permissions.brand_named("brand", brand)
    assert isinstance(user, User), "the page needs a log-in"
    back = _back(request, row)
    if services.is_known_at(user, row):
        return redirect(back)
    guest = guests.read(request)
    form = JoinForm(request.POST or None, initial={"name": guest.name if guest else ""})
    if request.method == "POST" and form.is_valid():
        try:
            services.join(request, user, row, form.cleaned_data["name"])
        except Invalid as error:
            form.add_error("name", error.message)
        else:
            return redirect(back)
    return render(request, "account/join.html", {"brand": row, "form": form, "back": back})


def _back(request: HttpRequest, brand: Brand) -> str:
    """Return an address on this host, or the brand's programme."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else show_page.programme_url(request, brand)
