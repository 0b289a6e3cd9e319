"""The buyer of a request: taken from a viewer token and never from what the client says."""

from dataclasses import dataclass

from showfloor.accounts.languages import region_of
from showfloor.accounts.models import Brand
from showfloor.accounts.subjects import SubjectKind
from showfloor.accounts.tokens import Claims


@dataclass(frozen=True, slots=True)
class Buyer:
    brand: Brand
    owner: str  # a viewer token's `sub`
    network: str = ""  # keyed hash of the address's network
    region: str = ""  # the country that the browser's languages tell of

    @property
    def is_known(self) -> bool:
        """Signed in, and not just a browser that was here before."""
        # A batch asks this several times for each buyer: parsing was a twentieth of a hold.
        return not self.owner.startswith(SubjectKind.GUEST.prefix)


def buyer_of(claims: Claims, accept_language: str = "") -> Buyer:
    region = region_of(accept_language)
    return Buyer(Brand.objects.get(pk=claims.brand), claims.sub, claims.network, region)
