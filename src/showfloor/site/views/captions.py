"""The page of a show's captions: their key, a file, and every line to correct or take away."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language_info, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from showfloor.accounts import permissions, staff_access, time_zones
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.captions import caption_files, keys, listening, queries, rules, services, translating
from showfloor.captions.services import CaptionDraft
from showfloor.community.chat import translation
from showfloor.kernel.errors import Invalid, ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.services.locking import staff_actor
from showfloor.site.views.console import MAY_PRODUCE, brand_of

_ROWS: Final = 100  # on one page
_WORDS_MAX: Final = 100  # characters of a search

_LANGUAGE: Final = {"class": "sf-input", "autocomplete": "off", "maxlength": 16}


class NewCaptionForm(forms.Form):
    language = forms.CharField(
        label=gettext_lazy("Language"), max_length=16, widget=forms.TextInput(attrs=_LANGUAGE)
    )
    text = forms.CharField(
        label=gettext_lazy("Words"), max_length=rules.TEXT_MAX,
        widget=forms.TextInput(attrs={"class": "sf-input", "autocomplete": "off"}),
    )  # fmt: skip


class CaptionFileForm(forms.Form):
    language = forms.CharField(
        label=gettext_lazy("Language"), max_length=16, widget=forms.TextInput(attrs=_LANGUAGE)
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"class": "sf-input", "accept": ".vtt,.srt,text/vtt"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.staff_page(Role.PRODUCER, Role.MODERATOR)
def captions(request: StaffPageRequest, slug: str) -> HttpResponse:
    brand = brand_of(request)
    show = shows.find(slug, [brand.pk])
    with timezone.override(time_zones.zone(brand.time_zone)):
        return _answer(request, show)


def _answer(request: StaffPageRequest, show: Show) -> HttpResponse:
    if request.method != "POST":
        return _page(request, show)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        return HttpResponseRedirect(request.get_full_path())
    try:
        messages.success(request, act(request, show))
    except ShowfloorError as error:
        return _page(request, show, error.message, error.status)
    return HttpResponseRedirect(_address(request, show))


def _say(request: StaffPageRequest, show: Show) -> str:
    language, text = request.POST.get("language", ""), request.POST.get("text", "")
    services.say(show, language, [CaptionDraft(new_id(), text)], staff_actor(request.user))
    return _("The caption is shown.")


def _correct(request: StaffPageRequest, show: Show) -> str:
    caption_id, text = request.POST.get("caption_id", ""), request.POST.get("text", "")
    services.correct(show, caption_id, text, staff_actor(request.user))
    return _("Corrected.")


def _remove(request: StaffPageRequest, show: Show) -> str:
    services.remove(show, request.POST.get("caption_id", ""), staff_actor(request.user))
    return _("The caption is gone.")


def _file(request: StaffPageRequest, show: Show) -> str:
    staff_access.require_role(request.user, show.brand_id, Role.PRODUCER)
    language, file = request.POST.get("language", ""), request.FILES.get("file")
    text = _text_of(file)
    count = services.replace_by_file(show, language, text, staff_actor(request.user))
    return ngettext("%(count)d caption taken over.", "%(count)d captions taken over.", count) % {
        "count": count
    }


def _key(request: StaffPageRequest, show: Show) -> str:
    staff_access.require_role(request.user, show.brand_id, Role.PRODUCER)
    keys.renew(show)
    return _("There is a new captioning key.")


def _translate(request: StaffPageRequest, show: Show) -> str:
    staff_access.require_role(request.user, show.brand_id, Role.PRODUCER)
    translating.order(show, request.POST.get("source", ""), request.POST.get("language", ""))
    return _("Captions are translated from now on.")


def _stop(request: StaffPageRequest, show: Show) -> str:
    staff_access.require_role(request.user, show.brand_id, Role.PRODUCER)
    translating.take_back(show, request.POST.get("language", ""))
    return _("Nothing more is translated into this language.")


def _listen(request: StaffPageRequest, show: Show) -> str:
    staff_access.require_role(request.user, show.brand_id, Role.PRODUCER)
    language = listening.listen(show, request.POST.get("language", ""), request.user)
    return (
        _("The server listens while the show is live.")
        if language
        else _("The server listens no longer.")
    )


_ACTS: Final[Mapping[str, Callable[[StaffPageRequest, Show], str]]] = {
    "say": _say, "correct": _correct, "remove": _remove, "file": _file, "key": _key,
    "translate": _translate, "stop": _stop,
    "listen": _listen,
}  # fmt: skip


def _text_of(file: "UploadedFile[Any] | None") -> str:
    if file is None or file.size is None or file.size == 0:
        raise Invalid(_("Choose a file."), field="file")
    if file.size > caption_files.FILE_BYTES_MAX:
        raise Invalid(_("The file is too large."), field="file")
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(_("The file is not in UTF-8."), field="file") from None
    return text


def _page(
    request: StaffPageRequest, show: Show, error: str = "", status: int = 200
) -> HttpResponse:
    languages = queries.languages(show)
    language = _chosen(request, languages)
    words = request.GET.get("q", "")[:_WORDS_MAX]
    rows = queries.found(show, language, words)
    may_produce = staff_access.staff_role(request.user, show.brand_id) in MAY_PRODUCE
    return render(
        request, "console/captions.html",
        {
            "brand": show.brand,
            "show": show,
            "error": error,
            "languages": [(one, language_name(one)) for one in languages],
            "language": language,
            "words": words,
            "page": Paginator(rows, _ROWS).get_page(request.GET.get("page")),
            "say_form": NewCaptionForm(initial=_typed(request, "say", language)),
            "file_form": CaptionFileForm(initial=_typed(request, "file", language)),
            "may_produce": may_produce,
            "listens": may_produce and listening.is_possible(),
            "listening": listening.of_show(show) or "",
            "translates": translation.is_on(),
            "orders": translating.orders_of(show),
            "key": keys.key_of(show) if may_produce else None,
            "address": request.build_absolute_uri(f"/api/v1/captioning/{show.slug}/captions"),
        },
        status=status,
    )  # fmt: skip


def _chosen(request: HttpRequest, languages: list[str]) -> str:
    asked = request.GET.get("language", "")
    return asked if asked in languages else next(iter(languages), "")


def _typed(request: HttpRequest, act: str, language: str) -> dict[str, Any]:
    if request.POST.get("act") == act:
        return request.POST.dict()
    return {"language": language}


def _address(request: StaffPageRequest, show: Show) -> str:
    """Return the page that shows what was done: a new language, or the list as it was."""
    kept = {key: request.GET[key] for key in ("language", "q", "page") if key in request.GET}
    if request.POST.get("act") in {"say", "file"}:
        kept = {"language": rules.clean_language(request.POST.get("language", ""))}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def language_name(code: str) -> str:
    try:
        return f"{get_language_info(code.lower())['name_translated']} ({code})"
    except KeyError:
        return code
