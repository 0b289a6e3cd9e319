"""Second factors: an authenticator app or a passkey. `SHOWFLOOR_OWNERS_NEED_MFA` makes owners have
one: until then they are owners of nothing."""

from allauth.mfa.models import Authenticator
from django.conf import settings

from showfloor.accounts.models import Role, StaffRole, User

PAGE = "mfa_index"  # the name of the page where one is set up


def has_one(user: User) -> bool:
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists())


def is_missing(user: User, role: Role) -> bool:
    """Return whether this role waits for a second factor."""
    needed = settings.SHOWFLOOR.owners_need_mfa and role is Role.OWNER
    return needed and not has_one(user)


def is_needed_first(user: object) -> bool:
    """Return whether this person owns a brand that they cannot use before they set one up."""
    if not settings.SHOWFLOOR.owners_need_mfa or not isinstance(user, User):
        return False
    owned = StaffRole.objects.all_brands().filter(user=user, role=Role.OWNER)
    return (user.is_superuser or owned.exists()) and not has_one(user)
