"""The payment providers of this process: the installation's, and the kinds of accounts that brands
may have of their own."""

from collections.abc import Sequence

from django.conf import settings as django_settings

from showfloor.accounts.signer import network_hasher
from showfloor.adapters.stripe import keys as stripe_keys
from showfloor.adapters.testpay.app import TokenApp
from showfloor.adapters.testpay.delivery import Endpoint
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.payment_keys import Keys
from showfloor.checkout.ports import PaymentProvider
from showfloor.checkout.provider import AccountKeys, Kind
from showfloor.edge.asgi_types import App
from showfloor.kernel.jobs import Job
from showfloor.kernel.settings import SettingError, Settings
from showfloor.roles.http import nothing_here, own_address, site_host

BOOKS = "testpay.sqlite3"
DELIVERY_EVERY_S = 0.25


STRIPE_TEST = "acct_test_mode"  # the account of the two keys, whose own name they do not tell


class Payments:
    """The installation's provider, the test provider's jobs, and its address for browsers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._testpay: TestPay | None = None
        self.token_app: App = nothing_here
        if settings.payment_provider == "test":
            self._testpay = TestPay(settings.data_dir / BOOKS, django_settings.SECRET_KEY)
            self.token_app = TokenApp(self._testpay, network_hasher(), settings.trusted_proxies)
        provider.offer(stripe_keys.NAME, Kind("Stripe", _stripe, stripe_keys.check))
        provider.use(self._testpay or _stripe_of(settings))

    def jobs(self) -> Sequence[Job]:
        if self._testpay is None:
            return []
        deliver = self._testpay.deliver_due
        return [Job("deliver_test_webhooks", DELIVERY_EVERY_S, deliver)]

    def serving_on(self, port: int) -> None:
        """Begin to deliver webhooks, because the site answers now."""
        if self._testpay is None:
            return
        self._testpay.deliver_to(
            Endpoint(
                f"{own_address(self._settings, port)}/api/v1/webhooks/payments/{TestPay.name}",
                site_host(self._settings),
            )
        )


def _stripe_of(settings: Settings) -> PaymentProvider | None:
    """Stripe's test mode, where the settings have its keys. SettingError for half of them."""
    both = (settings.stripe_secret_key, settings.stripe_publishable_key)
    if not any(both) and settings.payment_provider != "stripe":
        return None
    if not all(both):
        raise SettingError(
            "SHOWFLOOR_STRIPE_SECRET_KEY: needs SHOWFLOOR_STRIPE_PUBLISHABLE_KEY beside it"
        )
    secrets = (settings.stripe_webhook_secret,) if settings.stripe_webhook_secret else ()
    keys = Keys(settings.stripe_secret_key, secrets)
    account = AccountKeys(STRIPE_TEST, True, settings.stripe_publishable_key, keys)
    return _stripe(account, settings.stripe_api_url)


def _stripe(account: AccountKeys, api_url: str = "") -> PaymentProvider:
    from showfloor.adapters.stripe.provider import Stripe  # a second and 30 MB: only where used

    return Stripe(account, api_url or None)
