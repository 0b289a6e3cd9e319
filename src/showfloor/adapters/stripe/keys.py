"""The shape of Stripe's keys, checked before they are stored; this does not load the library."""

from django.utils.translation import gettext as _

from showfloor.checkout.provider import AccountKeys
from showfloor.kernel.errors import Invalid

NAME = "stripe"
SECRET_PREFIXES = ("sk", "rk")  # rk: restricted to what the owner allows it


def check(account: AccountKeys) -> None:
    """Invalid names the first field that cannot be right."""
    mode = "test" if account.is_test else "live"
    if not account.account.startswith("acct_"):
        raise Invalid(_("The account begins with acct_."), field="account")
    if not account.publishable_key.startswith(f"pk_{mode}_"):
        raise Invalid(
            _("In this mode the key begins with %(prefix)s.") % {"prefix": f"pk_{mode}_"},
            field="publishable_key",
        )
    if not account.keys.secret.startswith(tuple(f"{one}_{mode}_" for one in SECRET_PREFIXES)):
        raise Invalid(
            _("In this mode the key begins with %(prefix)s.") % {"prefix": f"sk_{mode}_"},
            field="secret_key",
        )
    if any(not secret.startswith("whsec_") for secret in account.keys.webhook_secrets):
        raise Invalid(_("The signing secret begins with whsec_."), field="webhook_secret")
