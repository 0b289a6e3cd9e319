"""Verbs about people: who a visitor is at a brand, the token that says so, who works there."""

from dataclasses import dataclass, replace
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from showfloor.accounts import bans, erasure, guests, host_names, network_quota, staff_access
from showfloor.accounts.display_names import clean_display_name
from showfloor.accounts.handover import hand_over
from showfloor.accounts.models import Brand, Member, StaffRole, User
from showfloor.accounts.network import client_address
from showfloor.accounts.segments import traits_of
from showfloor.accounts.signer import network_hasher, token_signer
from showfloor.accounts.subjects import Subject
from showfloor.accounts.tokens import TOKEN_TTL, Claims
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden


@dataclass(frozen=True, slots=True)
class IssuedToken:
    token: str
    expires_at: datetime
    claims: Claims


def viewer_claims(request: HttpRequest, brand: Brand) -> Claims:
    """Return the claims of this visitor at the brand: staff, member or guest (the cookie goes out
    with the answer). An account that has not joined the brand is a guest there. RateLimited: too
    many new guests of one network.

    The cart and checkouts of a guest go to the account once the guest is a member."""
    claims = _claims(request, brand)
    before = None if claims.is_guest else guests.read(request)
    if before is not None:
        hand_over(brand.pk, before.id, claims.sub)
    return claims


def _claims(request: HttpRequest, brand: Brand) -> Claims:
    user, came_from, hasher = request.user, _address_of(request), network_hasher()
    network, address = hasher(came_from), hasher.of_address(came_from)
    if isinstance(user, User):
        role = staff_access.staff_role(user, brand.pk)
        if role is not None:
            name, sub = staff_name(user, brand), str(user.staff_subject)
            return Claims(sub, brand.pk, name, (role.value,), network, address=address)
        member = Member.objects.for_brand(brand).filter(user=user).first()
        if member is not None:
            sub = str(member.subject)
            traits = traits_of(brand.pk, sub, member.traits)
            name = member.display_name
            return Claims(sub, brand.pk, name, (), network, traits, address=address)
    before = guests.read(request)
    if before is None:  # who has just come is known for nothing yet: not worth a query
        network_quota.check_newcomer(network)
        sub = str(guests.known(request).subject)
        return Claims(sub, brand.pk, network=network, address=address)
    sub = str(before.subject)
    traits = traits_of(brand.pk, sub)
    return Claims(sub, brand.pk, before.name, (), network, traits, address=address)


def issue_token(claims: Claims) -> IssuedToken:
    now = utc_now()
    return IssuedToken(token_signer().issue(claims, now), now + TOKEN_TTL, claims)


def rename_viewer(request: HttpRequest, claims: Claims, text: str) -> Claims:
    """Take another display name; the request's cookies must belong to the token's bearer.

    Invalid for a name nobody may take; Forbidden for staff, whose names the brand sets.
    """
    brand = Brand.objects.get(pk=claims.brand)
    standing = viewer_claims(request, brand)
    if standing.sub != claims.sub:
        raise Conflict(_("You signed in or out; load the page again."), code="other-viewer")
    if standing.is_staff:
        raise Forbidden(_("Your name is set in the back office."))
    name = clean_display_name(text, brand)
    person = claims.subject
    if person.is_member:
        Member.objects.for_brand(brand).filter(pk=person.id).update(display_name=name)
    else:
        guests.remember(request, guests.Guest(person.id, name))
    return replace(standing, name=name)


def staff_name(user: User, brand: Brand) -> str:
    """Return the name that viewers see beside a staff member's words; never the e-mail address."""
    return (user.get_full_name() or brand.name)[:30]


def network_of(request: HttpRequest) -> str:
    """The keyed hash of the visitor's network."""
    return network_hasher()(_address_of(request))


def _address_of(request: HttpRequest) -> str:
    return client_address(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        settings.SHOWFLOOR.trusted_proxies,
    )


def subjects_of(user: User, brand: Brand) -> list[str]:
    """Every `sub` under which this person may have done something at the brand while signed in."""
    members = Member.objects.for_brand(brand).filter(user=user).values_list("pk", flat=True)
    return [str(user.staff_subject), *(str(Subject.member(pk)) for pk in members)]


def brands_of(user: User) -> list[tuple[Brand, str]]:
    """Return the brands at which this person is a member or staff, by name, each with the `sub`
    under which they act there."""
    members = Member.objects.all_brands().filter(user=user)
    subjects = {row.brand_id: str(row.subject) for row in members}
    staffed = StaffRole.objects.all_brands().filter(user=user).values_list("brand_id", flat=True)
    brands = Brand.objects.filter(pk__in={*subjects, *staffed}).order_by("name", "pk")
    found = []
    for brand in brands:
        is_staff = staff_access.staff_role(user, brand.pk) is not None
        subject = str(user.staff_subject) if is_staff else subjects.get(brand.pk)
        if subject is not None:
            found.append((brand, subject))
    return found


def proven_emails(user: User) -> list[str]:
    """The person's e-mail addresses that are proven to be theirs, in lower case."""
    rows = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return [email.lower() for email in rows]


def with_proven_email(members: QuerySet[Member]) -> QuerySet[Member]:
    """Annotate members with `has_proven_email`: whether an address of theirs is proven."""
    proven = EmailAddress.objects.filter(user=OuterRef("user"), verified=True)
    return members.annotate(has_proven_email=Exists(proven))


def emails_of_member(brand_id: str, subject: str) -> list[str]:
    """Return the proven e-mail addresses of the member that a `sub` names; none for others."""
    person = Subject.parse(subject)
    members = Member.objects.for_brand(brand_id).filter(pk=person.id).select_related("user")
    member = members.first() if person.is_member else None
    return proven_emails(member.user) if member is not None else []


@verb
def leave(member: Member) -> None:
    """End somebody's own membership. Their messages and orders stay with the brand under the name
    that they had; the brand no longer sees the e-mail address."""
    with write():
        erasure.end_membership(member)


def shown_name(user: User, brand: Brand | None) -> str:
    """Return the person's name at the brand; for someone without a name the e-mail address, which
    is for their own eyes."""
    members = Member.objects.for_brand(brand) if brand is not None else Member.objects.none()
    name = members.filter(user=user).values_list("display_name", flat=True).first()
    return name or user.get_full_name() or user.email


def brand_of_host(host: str) -> Brand | None:
    """The brand whose programme this host name shows: its own, else the first brand's."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    proven = Brand.objects.filter(host_verified_at__isnull=False).exclude(host_name="")
    is_own = host_names.is_installation(name.lower())
    own = None if is_own else proven.filter(host_name=name.lower()).first()
    if own is None and not is_own:
        own = host_names.further_brand(name.lower())
    return own or Brand.objects.order_by("created_at", "pk").first()


def is_known_at(user: User, brand: Brand) -> bool:
    """Return whether this account is a member of the brand or on its staff."""
    is_member = Member.objects.for_brand(brand).filter(user=user).exists()
    return is_member or staff_access.staff_role(user, brand.pk) is not None


@verb
def join(request: HttpRequest, user: User, brand: Brand, name: str) -> Member:
    """This person becomes a member, because they said so: the brand's staff see the address from
    now on. Once is enough; a member keeps the name.

    Invalid for a name nobody may take; Forbidden for a guest who was sent out."""
    before = guests.read(request)
    if before is not None and bans.is_banned(brand.pk, str(before.subject), ""):
        raise Forbidden(_("You can't take part here."), code="banned")
    chosen = clean_display_name(name, brand) if name.strip() else ""
    with write():
        member, _is_new = Member.objects.for_brand(brand).get_or_create(
            user=user, brand=brand, defaults={"display_name": chosen}
        )
    return member
