"""Shows in a given state, and people who ask for things over HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.shows import services
from showfloor.shows.models import Show
from tests.support import law
from tests.support.catalogue import make_product
from tests.support.people import confirm

TOMORROW = datetime(2030, 3, 1, 18, 30, tzinfo=UTC)
JSON = "application/json"


def make_show(brand: Brand, title: str = "Spring lips", products: int = 2) -> Show:
    """A scheduled, published show whose rundown has this many products."""
    law.waived(brand)
    made = [make_product(brand, f"product-{new_id()[-8:]}") for _ in range(products)]
    return services.create_show(
        brand,
        services.ShowDraft(
            title=title, starts_at=TOMORROW, product_ids=[product.pk for product in made]
        ),
    )


def product_ids(show: Show) -> list[str]:
    return list(show.rundown.order_by("position").values_list("product_id", flat=True))


def started_before(show: Show, seconds: float) -> Show:
    """The same show as if it had been started earlier."""
    started_at = utc_now() - timedelta(seconds=seconds)
    Show.objects.for_brand(show.brand_id).filter(pk=show.pk).update(started_at=started_at)
    show.started_at = started_at
    return show


def guest(
    brand: Brand, name: str = "Ana", network: str = "net-of-ana", address: str = ""
) -> Claims:
    return Claims(f"g:{new_id()}", brand.pk, name, (), network, address=address)


class Caller:
    """One person at the API: staff with a session, or a viewer with a token."""

    def __init__(
        self, *, user: User | None = None, viewer: Claims | None = None, is_confirmed: bool = False
    ) -> None:
        """`is_confirmed` means that the user has just confirmed their identity again."""
        self._client = Client()
        self._headers = {}
        if user is not None:
            self._client.force_login(user)
        if user is not None and is_confirmed:
            confirm(self._client, user)
        if viewer is not None:
            self._headers["authorization"] = f"Bearer {token_signer().issue(viewer, utc_now())}"

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON (None where there is no body) of one operation below `/api/v1`."""
        response = self._client.generic(
            method, f"/api/v1{path}", data="" if body is None else json.dumps(body),
            content_type=JSON, headers=self._headers,
        )  # fmt: skip
        return response.status_code, (response.json() if response.content else None)

    def text(self, path: str) -> tuple[int, str]:
        """A page, or the raw text of an answer."""
        response = self._client.get(path, headers=self._headers)
        return response.status_code, response.content.decode()
