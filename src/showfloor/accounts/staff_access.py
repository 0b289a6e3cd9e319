"""Staff access: the one place that answers what someone may do at a brand."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from showfloor.accounts import second_factor
from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.accounts.subjects import Subject
from showfloor.kernel.errors import Forbidden, NotFound, NotSignedIn

type Person = User | AnonymousUser


def staff_role(user: Person, brand_id: str) -> Role | None:
    """Return the role of `user` at the brand, or None; a superuser owns every brand."""
    if not isinstance(user, User) or not user.is_active:
        return None
    found = StaffRole.objects.for_brand(brand_id).filter(user=user).values_list("role", flat=True)
    role = Role.OWNER if user.is_superuser else Role(found[0]) if found else None
    return None if role is None or second_factor.is_missing(user, role) else role


def role_of(subject: str, brand_id: str) -> Role | None:
    """Return the role that the person of a token's `sub` has at the brand now."""
    person = Subject.parse_person(subject)
    if person is None or not person.is_staff:
        return None
    user = User.objects.filter(pk=person.id).first()
    return None if user is None else staff_role(user, brand_id)


def require_role(user: Person, brand_id: str, *roles: Role) -> Role:
    """The person's role, one of `roles` (none given: any); an owner may do everything.

    NotSignedIn; NotFound for a brand where they do nothing, so that nobody learns what another
    brand has; Forbidden when they work there but not as that.
    """
    if not user.is_authenticated:
        raise NotSignedIn(_("Sign in first."))
    role = staff_role(user, brand_id)
    if role is None and second_factor.is_needed_first(user):
        raise Forbidden(
            _("Owners need a second factor here. Set one up, then go on."),
            code="second-factor-needed",
            more={"set_up_url": reverse(second_factor.PAGE)},
        )
    if role is None:
        raise NotFound(_("There is no such thing here."))
    if roles and role is not Role.OWNER and role not in roles:
        raise Forbidden(_("Your role at this brand does not include that."))
    return role


def roles_of(user: Person) -> dict[str, Role]:
    """Brand id → role, for every brand where this person works."""
    if not isinstance(user, User) or not user.is_active:
        return {}
    may_own = not second_factor.is_missing(user, Role.OWNER)
    if user.is_superuser:
        brands = Brand.objects.values_list("pk", flat=True) if may_own else ()
        return dict.fromkeys(brands, Role.OWNER)
    rows = StaffRole.objects.all_brands().filter(user=user).values_list("brand_id", "role")
    roles = {brand_id: Role(role) for brand_id, role in rows}
    return {key: role for key, role in roles.items() if may_own or role is not Role.OWNER}


def brands_of(user: Person) -> QuerySet[Brand]:
    """The brands where this person works, by name."""
    return Brand.objects.filter(pk__in=roles_of(user))
