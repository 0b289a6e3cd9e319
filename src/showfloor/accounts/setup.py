"""The first rows of an installation: a brand, its owner, and other members of staff."""

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import slugify

from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.errors import Conflict, Invalid, NotFound


@verb
def create_brand(name: str, owner_email: str, password: str) -> Brand:
    """Make a brand and its owner, who may use the back office; Invalid or Conflict say what is
    wrong."""
    slug = slugify(name)
    if not slug:
        raise Invalid("--brand: a name needs letters or digits", field="brand")
    email = owner_email.strip().lower()
    try:
        validate_email(email)
        validate_password(password)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="owner") from None
    with write():
        if Brand.objects.filter(slug=slug).exists():
            raise Conflict(f"there is a brand {slug!r} already")
        brand = Brand.objects.create(slug=slug, name=name.strip())
        add_staff(brand, email, password, Role.OWNER)
    return brand


def add_staff(brand: Brand, email: str, password: str, role: Role, name: str = "") -> User:
    """Give a person a role at the brand. An existing account of this address is used."""
    first, _space, last = name.partition(" ")
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, first_name=first, last_name=last)
    user.is_staff = True
    user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    StaffRole.objects.all_brands().update_or_create(user=user, brand=brand, defaults={"role": role})
    return user


def find_brand(slug: str | None) -> Brand:
    """Return the brand with this slug, or the only one; NotFound names all brands."""
    brands = list(Brand.objects.all()[:50])
    if slug is None and len(brands) == 1:
        return brands[0]
    for brand in brands:
        if brand.slug == slug:
            return brand
    known = ", ".join(brand.slug for brand in brands) or "none yet; `showfloor setup` makes one"
    raise NotFound(f"--brand: say which brand (there are: {known})")
