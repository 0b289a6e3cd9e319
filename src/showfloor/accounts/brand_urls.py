"""Addresses of a brand that stand by themselves, as in a mail."""

from urllib.parse import urlsplit

from django.conf import settings

from showfloor.accounts.models import Brand


def origin(brand: Brand | None) -> str:
    """`https://shop.example`: the brand's own host name, else the installation's; no slash."""
    site: str = settings.SHOWFLOOR.site_url
    return site if brand is None or not _has_own_host(brand) else at_host(brand.host_name)


def at_host(host_name: str) -> str:
    """Return the origin of a host name that leads to this installation; no slash."""
    parts = urlsplit(settings.SHOWFLOOR.site_url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host_name}{port}"


def absolute(brand: Brand | None, path: str) -> str:
    """A path of ours, or a whole address as it is."""
    return path if "://" in path else origin(brand) + path


def home(brand: Brand) -> str:
    """Return the address of the brand's programme."""
    return origin(brand) + home_path(brand)


def home_path(brand: Brand) -> str:
    """Return the path of the brand's programme, in its home market."""
    return "/" if _has_own_host(brand) else f"/brands/{brand.slug}/"


def _has_own_host(brand: Brand) -> bool:
    """A host name that is the brand's beyond doubt: mails lead nowhere else."""
    return bool(brand.host_name) and brand.host_verified_at is not None
