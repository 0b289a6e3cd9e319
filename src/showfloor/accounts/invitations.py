"""Taking somebody on at a brand: invited by an owner to an address, accepted by whoever holds it.

Until then there is no role and no account, and the brand learns nothing of the person: neither
whether that address has an account, nor its name. The link in the mail proves the address.
"""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts import account_mails, brand_mail, token_revocation
from showfloor.accounts.models import Role, StaffInvitation, StaffRole, User
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden, NotFound

LASTS = timedelta(days=7)
INVITATIONS_MAX = 100  # of one brand at a time
_SALT = "showfloor.staff-invitation"


@dataclass(frozen=True, slots=True)
class Accepted:
    user: User
    role: Role


@verb
def send(invitation: StaffInvitation) -> None:
    """Store it with a new end, and have the link mailed."""
    invitation.expires_at = utc_now() + LASTS
    with write():
        invitation.save()
        account_mails.queue(_mail(invitation))


def path_of(invitation: StaffInvitation) -> str:
    return reverse("staff-invitation", args=[signing.dumps(invitation.pk, salt=_SALT)])


def find(token: str) -> StaffInvitation:
    """The invitation that a link names; NotFound when it was accepted, withdrawn or is too old."""
    try:
        key = signing.loads(token, salt=_SALT, max_age=LASTS)
    except signing.BadSignature:
        key = ""
    invitations = StaffInvitation.objects.all_brands().select_related("brand", "invited_by")
    found = invitations.filter(pk=key, expires_at__gt=utc_now()).first()
    if found is None:
        raise NotFound(_("This invitation is no longer good. Ask for a new one."))
    return found


def holds_address(user: User, email: str) -> bool:
    """Return whether this account has proven that the address is its own."""
    return bool(EmailAddress.objects.filter(user=user, email=email, verified=True).exists())


def has_account(email: str) -> bool:
    """For the page that only the mail's reader can open."""
    proven = EmailAddress.objects.filter(email=email, verified=True).values("user_id")
    return User.objects.filter(Q(email=email) | Q(pk__in=proven)).exists()


@verb
def accept(invitation: StaffInvitation, user: User) -> Accepted:
    """The account that holds the address gets the role. Forbidden for another one."""
    if not holds_address(user, invitation.email):
        raise Forbidden(_("This invitation is for another address."))
    with write():
        return _take_on(invitation, user)


@verb
def accept_as_new(invitation: StaffInvitation, full_name: str) -> Accepted:
    """The same for somebody without an account, which is made: they sign in by code until they
    choose a password. Conflict when there is one."""
    first, _space, last = full_name.strip().partition(" ")
    with write():
        if has_account(invitation.email):
            raise Conflict(_("There is an account with this address: sign in to accept."))
        user = User.objects.create_user(
            invitation.email, first_name=first[:150], last_name=last[:150]
        )
        EmailAddress.objects.create(user=user, email=invitation.email, verified=True, primary=True)
        return _take_on(invitation, user)


def _take_on(invitation: StaffInvitation, user: User) -> Accepted:
    """In the open transaction. An invitation is used once; a role that somebody has already stays
    as it is."""
    mine = StaffInvitation.objects.for_brand(invitation.brand_id).filter(pk=invitation.pk)
    if not mine.delete()[0]:
        raise NotFound(_("This invitation is no longer good. Ask for a new one."))
    row, _is_new = StaffRole.objects.for_brand(invitation.brand_id).get_or_create(
        brand_id=invitation.brand_id, user=user, defaults={"role": invitation.role}
    )
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    token_revocation.revoke_person_tokens(user)  # until now they were a guest or a member there
    return Accepted(user, Role(row.role))


def _mail(invitation: StaffInvitation) -> EmailMessage:
    brand = invitation.brand
    with translation.override(brand.language):
        context = {
            "brand": brand,
            "role": invitation.get_role_display(),
            "url": settings.SHOWFLOOR.site_url + path_of(invitation),
        }
        headline = _("Work with %(brand)s") % {"brand": brand.name}
        text = render_to_string("accounts/mail/staff_invitation.txt", context)
        return brand_mail.compose(brand, headline, text, invitation.email)
