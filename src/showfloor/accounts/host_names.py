"""Proof that a host name is a brand's. Its holder decides what visitors see at its front page,
where they sign in and whose tokens they get, so a brand shows at a host name only after the proof.

The proof is a DNS record that only the domain's holder can make: `TXT` at `_showfloor.<host>` with
`showfloor-brand=<token>`. What the installation's superuser enters counts as proven. The
installation's own host name is nobody's.
"""

import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, new_host_token
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, RateLimited, Unavailable

LOOKUP_TIMEOUT_S = 5.0
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_checks = Allowances(5, 1 / 30)  # of one brand

_further: list[Callable[[str], str | None]] = []

type TxtLookup = Callable[[str], Sequence[str]]


def cleaned(text: str) -> str:
    """A host name as DNS and browsers write it (IDNA); empty stays empty. Invalid (`host_name`) for
    what is none, and for the installation's own."""
    given = text.strip().rstrip(".").lower()
    if not given:
        return ""
    try:
        name = given.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or _is_address(name):
        raise Invalid(_("A host name looks like shop.example.com."), field="host_name")
    if is_own(name):
        raise Invalid(_("This is the installation's own address."), field="host_name")
    return name


def is_own(name: str) -> bool:
    """Return whether no brand may claim this name: it is the installation's, or this machine's."""
    return is_installation(name) or name.endswith(".localhost")


def is_installation(name: str) -> bool:
    """Return whether the installation itself is at this host name. A brand of the demo is at a name
    below `localhost`, which nobody can claim."""
    own = urlsplit(settings.SHOWFLOOR.site_url).hostname
    return name in {own, "localhost"}


def also_at(find: Callable[[str], str | None]) -> None:
    """Have a room above say which brand (its id) is at further host names."""
    if find not in _further:
        _further.append(find)


def further_brand(name: str) -> Brand | None:
    """Return the brand at a further host name."""
    found = next((pk for find in _further if (pk := find(name)) is not None), None)
    return Brand.objects.filter(pk=found).first() if found is not None else None


def record_of(brand: Brand) -> tuple[str, str]:
    """Name and value of the TXT record that proves the host name."""
    return f"_showfloor.{brand.host_name}", f"showfloor-brand={brand.host_token}"


def claim(brand: Brand, *, is_trusted: bool) -> None:
    """Begin the claim to `brand.host_name`, unsaved: proven if a trusted person says so, otherwise
    to be proven anew. Conflict `host-taken` where another brand has proven it."""
    others = Brand.objects.filter(host_name=brand.host_name, host_verified_at__isnull=False)
    if brand.host_name and others.exclude(pk=brand.pk).exists():
        raise taken()
    brand.host_token = new_host_token()
    brand.host_verified_at = utc_now() if brand.host_name and is_trusted else None


def look_up(name: str, resolver: dns.resolver.Resolver | None = None) -> Sequence[str]:
    """The TXT records at a name, none where there is no such name. Unavailable: no answer."""
    try:
        asked = resolver or dns.resolver.Resolver()
        answer = asked.resolve(name, "TXT", lifetime=LOOKUP_TIMEOUT_S, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError):
        raise Unavailable(_("DNS does not answer. Try again in a moment.")) from None
    return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]


def verify(brand_id: str, lookup: TxtLookup | None = None) -> bool:
    """Look for the proof, outside of any transaction; whether the brand has its host name now.
    RateLimited, Unavailable; Conflict `host-taken`: another brand was first."""
    brand = Brand.objects.get(pk=brand_id)
    if not brand.host_name or brand.host_verified_at is not None:
        return bool(brand.host_name)
    if wait_s := _checks.take(brand_id):
        raise RateLimited(_("Not so fast."), retry_after_s=wait_s)
    name, value = record_of(brand)
    return value in (lookup or look_up)(name) and _mark_verified(brand)


@verb
def _mark_verified(seen: Brand) -> bool:
    """Unless the claim was changed while DNS was asked."""
    rows = Brand.objects.filter(
        pk=seen.pk, host_name=seen.host_name, host_token=seen.host_token,
    )  # fmt: skip
    try:
        with write():
            return bool(rows.update(host_verified_at=utc_now()))
    except IntegrityError:
        raise taken() from None


def taken() -> Conflict:
    """Two brands cannot show at one host name."""
    return Conflict(
        _("Another brand shows at this host name."), code="host-taken", field="host_name"
    )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
