"""Buying over HTTP as a browser does, in one line a step."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.accounts.signer import token_signer
from showfloor.accounts.tokens import Claims
from showfloor.adapters.testpay.provider import TestPay
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id

OK = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
TWICE = "4000 0000 0000 0259"
LATE = "4000 0000 0000 0341"
NEVER = "4000 0000 0000 9995"
LOST = "4000 0000 0000 9979"

ADDRESS = {
    "email": "anna@example.test",
    "name": "Anna Muster",
    "address": {
        "line1": "Lange Straße 1", "postal_code": "10115", "city": "Berlin", "country": "DE",
    },
}  # fmt: skip


class Clock:
    """The provider's clock: real time, and as much later as a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    replayed: bool


@dataclass(frozen=True, slots=True)
class Shopper:
    """A guest with a viewer token. Each call has its own idempotency key unless one is given."""

    client: Client
    brand: Brand
    sub: str
    testpay: TestPay
    network: str = ""
    details: Mapping[str, Any] = field(default_factory=lambda: ADDRESS)

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        return self.send(method, path, content, {"Idempotency-Key": key or new_id()})

    def send(
        self, method: str, path: str, content: bytes, headers: Mapping[str, str] | None = None
    ) -> Answer:
        token = token_signer().issue(
            Claims(self.sub, self.brand.pk, network=self.network), utc_now()
        )
        sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_id()}
        sent.update(headers or {})
        response = self.client.generic(
            method, f"/api/v1{path}", content, "application/json",
            headers={name: value for name, value in sent.items() if value},
        )  # fmt: skip
        answer = response.json() if response.content else None
        return Answer(response.status_code, answer, "Idempotency-Replayed" in response.headers)

    def add(self, sku: str, quantity: int = 1, **more: Any) -> Answer:
        return self.call("POST", "/cart/items", {"sku": sku, "quantity": quantity, **more})

    def cart(self) -> Any:
        return self.call("GET", "/cart").body

    def begin(self) -> Answer:
        return self.call("POST", "/checkouts", {})

    def ready(self, sku: str, quantity: int = 1) -> str:
        """A checkout for so many of one variant, filled in; its id."""
        added = self.add(sku, quantity)
        assert added.status == 200, added
        begun = self.begin()
        assert begun.status == 201, begun
        return self.fill_in(begun.body["id"])

    def fill_in(self, checkout_id: str) -> str:
        option = self.call("GET", f"/checkouts/{checkout_id}").body["shipping_options"][0]["id"]
        filled = self.call(
            "PATCH", f"/checkouts/{checkout_id}", {**self.details, "shipping_option": option}
        )
        assert filled.status == 200, filled
        return checkout_id

    def card(self, number: str = OK) -> str:
        return self.testpay.create_token({"number": number, "exp": "12/49", "cvc": "123"})

    def pay(self, checkout_id: str, number: str = OK, *, key: str | None = None) -> Answer:
        return self.pay_with(checkout_id, self.card(number), key=key)

    def pay_with(self, checkout_id: str, method: str, *, key: str | None = None) -> Answer:
        body = {"payment_method": method}
        return self.call("POST", f"/checkouts/{checkout_id}/pay", body, key=key)

    def order(self, number: str) -> Any:
        answer = self.call("GET", f"/orders/{number}")
        assert answer.status == 200, answer
        return answer.body


def deliver(testpay: TestPay, *, limit: int = 20) -> list[Answer]:
    """Carry the provider's due events to the webhook, as its deliveries over HTTP do."""
    client = Client()
    answers = []
    for event in testpay.due_events()[:limit]:
        answer = notify(client, event["body"].encode(), testpay.signed(event["body"].encode()))
        testpay.mark_delivered(event, taken=200 <= answer.status < 300)
        answers.append(answer)
    return answers


def notify(client: Client, body: bytes, headers: Mapping[str, str]) -> Answer:
    response = client.generic(
        "POST", "/api/v1/webhooks/payments/test", body, "application/json", headers=dict(headers)
    )
    return Answer(response.status_code, response.json(), replayed=False)
