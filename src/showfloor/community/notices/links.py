"""Signed addresses of a notice (for the person who sent it) and of its statement of reasons (for
the author of the content). Neither needs an account, and neither opens the other."""

from django.core import signing
from django.utils.translation import gettext as _

from showfloor.community.notices.models import ComplaintSide, ContentNotice
from showfloor.kernel.errors import NotFound

_SIGNERS = {
    ComplaintSide.NOTIFIER: ("notice", signing.Signer(salt="showfloor.notice")),
    ComplaintSide.AUTHOR: ("statement", signing.Signer(salt="showfloor.statement")),
}


def path_of(notice: ContentNotice, side: ComplaintSide) -> str:
    """Return the address of the page of one side."""
    name, signer = _SIGNERS[side]
    return f"/{name}/{signer.sign(notice.pk)}"


def read(signed: str, side: ComplaintSide) -> ContentNotice:
    """Return the notice of a link; NotFound for one that was made up."""
    try:
        notice_id = _SIGNERS[side][1].unsign(signed)
    except signing.BadSignature:
        notice_id = ""
    rows = ContentNotice.objects.all_brands().select_related("brand", "show")
    found = rows.filter(pk=notice_id).first()
    if found is None:
        raise NotFound(_("There is no such notice. Is the address complete?"))
    return found
