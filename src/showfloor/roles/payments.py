"""The payment providers of this process: the installation's, and the kinds of accounts that brands
may have of their own."""

from collections.abc import Sequence

from django.conf import settings as django_settings

from showfloor.accounts.signer import network_hasher
from showfloor.adapters.testpay.app import TokenApp
from showfloor.adapters.testpay.provider import Endpoint, TestPay
from showfloor.checkout import provider
from showfloor.edge.asgi_types import App
from showfloor.kernel.jobs import Job
from showfloor.kernel.settings import Settings
from showfloor.roles.http import nothing_here, own_address, site_host

BOOKS = "testpay.sqlite3"
DELIVERY_EVERY_S = 0.25


class Payments:
    """The test provider if the settings name it, its jobs, and its address for browsers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._testpay: TestPay | None = None
        self.token_app: App = nothing_here
        if settings.payment_provider == "test":
            self._testpay = TestPay(settings.data_dir / BOOKS, django_settings.SECRET_KEY)
            self.token_app = TokenApp(self._testpay, network_hasher(), settings.trusted_proxies)
        provider.use(self._testpay)

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
