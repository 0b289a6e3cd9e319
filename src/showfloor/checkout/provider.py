"""The payment provider of this process, chosen where the process is put together."""

from django.utils.translation import gettext as _

from showfloor.checkout.ports import PaymentProvider
from showfloor.kernel.errors import Unavailable

_chosen: list[PaymentProvider] = []


def use(provider: PaymentProvider | None) -> None:
    """Take payments through `provider` from now on; None: not any more."""
    _chosen[:] = [] if provider is None else [provider]


def is_set_up() -> bool:
    """Return whether this process takes payments at all."""
    return bool(_chosen)


def current() -> PaymentProvider:
    """The provider; Unavailable in a process that takes no payments."""
    if not _chosen:
        raise Unavailable(_("Payments are not available right now."), code="no-payments")
    return _chosen[0]
