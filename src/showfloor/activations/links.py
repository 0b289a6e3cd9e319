"""Signed addresses of one answer: its calendar file, and the confirmation of its address."""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.utils.translation import gettext as _

from showfloor.activations.models import ActivationAnswer
from showfloor.kernel.errors import NotFound

_CALENDAR = signing.Signer(salt="showfloor.appointment")
_CONFIRM = signing.TimestampSigner(salt="showfloor.sign-up")
CONFIRM_WITHIN: Final = timedelta(days=14)  # by then an unconfirmed address is deleted


def calendar_path(answer: ActivationAnswer) -> str:
    return f"/bookings/{_CALENDAR.sign(answer.pk)}.ics"


def confirm_path(answer: ActivationAnswer) -> str:
    return f"/sign-ups/{_CONFIRM.sign(answer.pk)}"


def read_calendar(signed: str) -> ActivationAnswer:
    """Return the answer of a link; NotFound for one that was made up, or taken back."""
    return _read(_unsigned(_CALENDAR, signed))


def read_confirm(signed: str) -> ActivationAnswer:
    return _read(_unsigned(_CONFIRM, signed, max_age=CONFIRM_WITHIN))


def _unsigned(signer: signing.Signer, signed: str, **within: timedelta) -> str:
    """Return what was signed; empty for a link that was made up, or is too old."""
    try:
        told: str = signer.unsign(signed, **within)
    except signing.BadSignature:
        return ""
    return told


def _read(answer_id: str) -> ActivationAnswer:
    rows = ActivationAnswer.objects.all_brands().filter(cancelled_at__isnull=True)
    found = rows.filter(pk=answer_id).select_related("activation__show__brand").first()
    if found is None:
        raise NotFound(_("There is no such thing here. Is the address complete?"))
    return found
