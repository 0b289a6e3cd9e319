"""Who is buying, where: taken from a viewer token and never from what the client says."""

from dataclasses import dataclass

from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims


@dataclass(frozen=True, slots=True)
class Buyer:
    brand: Brand
    owner: str  # a viewer token's `sub`
    network: str = ""  # keyed hash of the address's network


def buyer_of(claims: Claims) -> Buyer:
    return Buyer(Brand.objects.get(pk=claims.brand), claims.sub, claims.network)
