"""The markets of a brand: which one a request is in, and what follows for prices."""

from typing import Final

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.fresh import Fresh
from showfloor.pricing.models import DeletedMarket, Market
from showfloor.pricing.queries import HOME

# A change of a market is known at once to the process that makes it, to others after this.
FRESH_S, STALE_S = 2.0, 10.0
BRANDS_MAX = 2000
# First parts of the site's own addresses, which no market can have.
RESERVED_CODES: Final = frozenset(
    {
        "accounts", "admin", "api", "brand", "brands", "console", "healthz", "hls", "invitations",
        "legal", "order", "orders", "outbox", "problems", "shows", "sitemap", "static", "testpay",
        "timeline", "uploads",
    }
)  # fmt: skip


_codes = Fresh[str, frozenset[str]](FRESH_S, STALE_S, 1)
_of_brand = Fresh[str, tuple[Market, ...]](FRESH_S, STALE_S, BRANDS_MAX)
_deleted = Fresh[str, dict[str, DeletedMarket]](FRESH_S, STALE_S, BRANDS_MAX)


def of_brand(brand_id: str) -> tuple[Market, ...]:
    """Return the active markets of a brand in their order, without its home market."""
    return tuple(one for one in _every(brand_id) if one.active)


def _every(brand_id: str) -> tuple[Market, ...]:
    def read() -> tuple[Market, ...]:
        return tuple(Market.objects.for_brand(brand_id))

    return _of_brand.get(brand_id, read)


def codes() -> frozenset[str]:
    """Return the short names of all active markets of the installation."""

    def read() -> frozenset[str]:
        rows = Market.objects.all_brands().filter(active=True)
        return frozenset(rows.values_list("code", flat=True))

    return _codes.get("", read)


def brand_at(host_name: str) -> str | None:
    """Return the id of the brand with a market at this host name."""
    rows = Market.objects.all_brands().filter(active=True, host_name=host_name)
    return rows.values_list("brand_id", flat=True).first() if host_name else None


def at(brand_id: str, host_name: str, code: str) -> Market | None:
    """Return the market of an address; None: the brand's home market."""
    named = (one for one in of_brand(brand_id) if one.host_name and one.host_name == host_name)
    return next(named, None) or (find(brand_id, code) if code else None)


def forget(brand_id: str | None = None) -> None:
    """Read the markets of this brand (of every brand, for None) anew."""
    for kept in (_of_brand, _deleted):
        kept.forget(lambda key: brand_id is None or key == brand_id)
    _codes.forget(lambda _key: True)


def find(brand_id: str, code: str) -> Market | None:
    """Return the active market with this short name; None: the brand's home market."""
    return next((one for one in of_brand(brand_id) if one.code == code), None)


def by_id(brand_id: str, market_id: str) -> Market | None:
    """Return the active market with this id; None: the brand's home market."""
    return next((one for one in of_brand(brand_id) if one.pk == market_id), None)


def place(brand: Brand, market_id: str) -> tuple[str, str]:
    """Return the currency and the id of the market that a cart or checkout was begun in; of the
    home market where it is no longer active."""
    return terms_of(brand, by_id(brand.pk, market_id) if market_id else None)


def countries_of(brand_id: str, market_id: str) -> frozenset[str]:
    """Return the countries that a market sells to; none: all of them, as in the home market."""
    found = named(brand_id, market_id)
    return frozenset() if found is None else frozenset(found.countries)


def code_of(brand_id: str, market_id: str) -> str:
    """Return the short name of a market, also of one that was closed or deleted; empty for the home
    market."""
    found = named(brand_id, market_id) or _deleted_one(brand_id, market_id)
    return "" if found is None else found.code


def name_of(brand_id: str, market_id: str) -> str:
    """Return the name of a market, also of one that was closed or deleted; empty for the home
    market."""
    found = named(brand_id, market_id) or _deleted_one(brand_id, market_id)
    return "" if found is None else found.name


def _deleted_one(brand_id: str, market_id: str) -> DeletedMarket | None:
    def read() -> dict[str, DeletedMarket]:
        return {row.pk: row for row in DeletedMarket.objects.for_brand(brand_id)}

    return _deleted.get(brand_id, read).get(market_id) if market_id != HOME else None


@verb
def delete(market: Market) -> None:
    """Delete a market. Carts of it go on in the home market; orders keep its name."""
    with write():
        DeletedMarket.objects.all_brands().get_or_create(
            pk=market.pk,
            defaults={"brand_id": market.brand_id, "name": market.name, "code": market.code},
        )
        market.delete()
    forget(market.brand_id)


def named(brand_id: str, market_id: str) -> Market | None:
    """Return the market of a purchase, also one that was closed since; None: the home market."""
    return next((one for one in _every(brand_id) if one.pk == market_id), None)


def terms_of(brand: Brand, market: Market | None) -> tuple[str, str]:
    """Return the currency and the id of a market, None being the brand's home market."""
    return (brand.currency, HOME) if market is None else (market.currency, market.pk)


def is_below_own_host(brand: Brand, name: str) -> bool:
    """Return whether a host name stands below the brand's own, proven one: whoever holds that
    domain decides about the names below it."""
    return brand.host_verified_at is not None and name.endswith(f".{brand.host_name}")
