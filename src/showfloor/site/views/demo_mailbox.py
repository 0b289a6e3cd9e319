"""The demo's mailbox: the mails that were written to the data folder instead of being sent."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions, time_zones
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.kernel.errors import NotFound

_MAILS_MAX = 100
_UNDATED = datetime.min.replace(tzinfo=UTC)
_BYTES_MAX = 2 * 1024 * 1024  # of one file
# Django's file backend ends each message of a file with this line.
_SEPARATOR = re.compile(rb"^-{79}\r?\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mail:
    key: str  # names the mail in an address
    subject: str
    sender: str
    to: str
    at: datetime | None
    text: str
    html: str


@never_cache
@require_safe
@permissions.staff_page()
def mails(request: StaffPageRequest) -> HttpResponse:
    return render(
        request,
        "demo_mailbox/mails.html",
        {"mails": _read_all(), "zone": time_zones.installation_zone()},
    )


@never_cache
@require_safe
@permissions.staff_page()
def mail(request: StaffPageRequest, mail: str) -> HttpResponse:
    return render(
        request,
        "demo_mailbox/mail.html",
        {"mail": _find(mail), "zone": time_zones.installation_zone()},
    )


@never_cache
@require_safe
@permissions.staff_page()
@xframe_options_sameorigin
@csp_override(
    {
        "default-src": [CSP.NONE],
        "img-src": [CSP.SELF, "data:", "http:", "https:"],  # each brand has a host of its own
        "style-src": [CSP.UNSAFE_INLINE],  # mails carry their styles in themselves
        "frame-ancestors": [CSP.SELF],
        "sandbox": "",
    }
)
def html(request: StaffPageRequest, mail: str) -> HttpResponse:
    """The mail's own HTML, for the frame: no script, no form, no origin."""
    return HttpResponse(_find(mail).html)


def _find(key: str) -> Mail:
    for one in _read_all():
        if one.key == key:
            return one
    raise NotFound(_("There is no such mail."))


def _read_all() -> list[Mail]:
    """The newest mails first; NotFound outside the demo."""
    if not settings.SHOWFLOOR.demo:
        raise NotFound(_("There is no such page here."))
    folder = settings.SHOWFLOOR.data_dir / "mail"
    files = [path for path in folder.glob("*") if path.suffix in {".eml", ".log"}]
    files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    found: list[Mail] = []
    for path in files[:_MAILS_MAX]:
        found += reversed(_read(path))
    found.sort(key=lambda mail: mail.at or _UNDATED, reverse=True)
    return found[:_MAILS_MAX]


def _read(path: Path) -> list[Mail]:
    with path.open("rb") as file:
        raw = file.read(_BYTES_MAX)
    parts = [part for part in _SEPARATOR.split(raw) if part.strip()]
    stem = re.sub(r"[^A-Za-z0-9_-]", "-", path.stem)
    return [_parse(f"{stem}-{number}", part) for number, part in enumerate(parts)]


def _parse(key: str, raw: bytes) -> Mail:
    message = message_from_bytes(raw.lstrip(), policy=policy.default)
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    return Mail(
        key=key,
        subject=str(message["subject"] or _("(no subject)")),
        sender=str(message["from"] or ""),
        to=str(message["to"] or ""),
        at=_date(message["date"]),
        text=plain.get_content() if plain is not None else "",
        html=rich.get_content() if rich is not None else "",
    )


def _date(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
