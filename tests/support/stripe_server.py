"""Stripe's PaymentIntents as far as we use them: a stateful server over HTTP, with faults.

It keeps idempotency keys as Stripe does: the first answer comes again, and the same key with other
parameters is refused. Its notices are taken from `events`, in any order and as often as a test
likes. It was written from Stripe's documentation; nothing here was compared with the real service.
"""

import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override
from urllib.parse import parse_qsl, urlsplit

type Params = Mapping[str, str]
type Object = dict[str, Any]

OK, DECLINED, ASKS_BACK, SPENT = "ctoken_ok", "ctoken_declined", "ctoken_3ds", "ctoken_spent"
SLOW = "ctoken_processing"
_BANK = (
    "<!doctype html><html lang=en><title>Bank</title><h1>Confirm the payment</h1>"
    "<p><a id=yes href=/bank/{name}/yes>Confirm</a> <a id=no href=/bank/{name}/no>Refuse</a>"
)
DUE_S = 1_800_000_000


class Refusal(Exception):
    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


@dataclass
class StripeServer:
    """The account's books, and its address. `lose`: so many answers get lost after the act."""

    secret_key: str = "sk_test_1"
    lose: int = 0
    fail: int = 0  # so many calls are answered 500 before anything happens
    lose_of: str = "/v1/"  # only answers of addresses that contain it get lost
    taken: dict[str, int] = field(default_factory=dict)  # by intent, over all its charges
    intents: dict[str, Object] = field(default_factory=dict)
    refunds: list[Object] = field(default_factory=list)
    disputes: list[Object] = field(default_factory=list)
    events: list[Object] = field(default_factory=list)
    balance: list[Object] = field(default_factory=list)  # the newest last
    payouts: list[Object] = field(default_factory=list)
    page: int = 100  # objects of a list in one answer, at most
    now_s: int = DUE_S - 86_400 * 30
    calls: list[str] = field(default_factory=list)
    decline_code: str = "insufficient_funds"
    livemode: bool = False
    customers: dict[str, Object] = field(default_factory=dict)
    methods: dict[str, Object] = field(default_factory=dict)
    _answers: dict[str, tuple[Params, int, Object]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve in this block; the address."""
        stripe = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path.startswith("/bank/"):
                    self._bank()
                else:
                    self._answer({})

            def _bank(self) -> None:
                """The page of the buyer's bank, and the way back from it."""
                _root, _bank, name, *answer = self.path.split("/")
                if answer:
                    self.send_response(302)
                    self.send_header("Location", stripe.answer_at_bank(name, answer[0]))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                page = _BANK.format(name=name).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def do_DELETE(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._answer(dict(parse_qsl(text)))

            def _answer(self, params: Params) -> None:
                with stripe._lock:
                    answered = stripe.handle(self.command, self.path, params, dict(self.headers))
                if answered is None:  # the answer is lost on its way
                    self.close_connection = True
                    return
                status, body = answered
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            @override
            def log_message(self, *_args: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def handle(
        self, method: str, path: str, params: Params, headers: Mapping[str, str]
    ) -> tuple[int, Object] | None:
        self.calls.append(f"{method} {urlsplit(path).path}")
        if headers.get("Authorization") != f"Bearer {self.secret_key}":
            return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}
        if self.fail:
            self.fail -= 1
            return 500, {"error": {"type": "api_error", "message": "An error occurred"}}
        key = headers.get("Idempotency-Key", "") if method == "POST" else ""
        if key in self._answers:
            before, status, body = self._answers[key]
            if before != params:
                return 400, {"error": {"type": "idempotency_error", "message": "other parameters"}}
        else:
            status, body = self._act(method, path, params)
            if key:
                self._answers[key] = (params, status, json.loads(json.dumps(body)))
        if self.lose and method == "POST" and self.lose_of in path:
            self.lose -= 1
            return None
        return status, body

    def _act(self, method: str, path: str, params: Params) -> tuple[int, Object]:
        parts = urlsplit(path)
        routes: list[tuple[str, Callable[..., Object]]] = [
            (r"POST /v1/payment_intents", self._create),
            (r"POST /v1/payment_intents/(\w+)/confirm", self._confirm),
            (r"POST /v1/payment_intents/(\w+)/cancel", self._cancel),
            (r"GET /v1/payment_intents/(\w+)", lambda _params, name: self._intent(name)),
            (r"POST /v1/payment_intents/(\w+)", self._update),
            (r"POST /v1/customers", self._create_customer),
            (r"GET /v1/customers/(\w+)", lambda _params, name: self._customer(name)),
            (r"DELETE /v1/customers/(\w+)", self._delete_customer),
            (r"GET /v1/payment_methods/(\w+)", lambda _params, name: self._method(name)),
            (r"POST /v1/payment_methods/(\w+)/detach", self._detach),
            (r"POST /v1/refunds", self._refund),
            (r"GET /v1/balance", lambda _params: {"object": "balance", "available": []}),
            (r"GET /v1/balance_transactions", lambda asked: self._page(self.balance, asked)),
            (r"GET /v1/payouts", lambda asked: self._page(self.payouts, asked)),
            (r"GET /v1/refunds", lambda asked: self._list(self.refunds, asked)),
            (r"GET /v1/disputes", lambda asked: self._list(self.disputes, asked)),
        ]
        for pattern, act in routes:
            found = re.fullmatch(pattern, f"{method} {parts.path}")
            if found is not None:
                try:
                    return 200, act(params or dict(parse_qsl(parts.query)), *found.groups())
                except Refusal as refusal:
                    return refusal.status, {"error": refusal.error}
        return 404, {"error": {"type": "invalid_request_error", "message": "no such address"}}

    # --- the acts

    def _intent(self, name: str) -> Object:
        if name not in self.intents:
            raise _invalid("resource_missing", "intent")
        return self.intents[name]

    def _create(self, params: Params) -> Object:
        name = f"pi_{secrets.token_hex(8)}"
        self.intents[name] = {
            "id": name, "object": "payment_intent", "amount": int(params["amount"]),
            "amount_received": 0, "currency": params["currency"], "livemode": self.livemode,
            "status": "requires_payment_method", "client_secret": f"{name}_secret_1",
            "last_payment_error": None, "latest_charge": None, "customer": None,
            "payment_method": None, "setup_future_usage": None,
            "metadata": {"payment_id": params["metadata[payment_id]"]},
        }  # fmt: skip
        return self.intents[name]

    def _confirm(self, params: Params, name: str) -> Object:
        intent = self._intent(name)
        if intent["status"] != "requires_payment_method":
            raise _invalid("payment_intent_unexpected_state", None)
        token = self._method_of(params, intent)
        assert params["return_url"].startswith("http"), "methods that redirect need it"
        if token == DECLINED:
            intent["last_payment_error"] = {
                "type": "card_error", "code": "card_declined", "decline_code": self.decline_code,
            }  # fmt: skip
            self.tell("payment_intent.payment_failed", intent)
            error = {**intent["last_payment_error"], "message": "Your card was declined."}
            raise Refusal(402, **error, payment_intent=dict(intent))
        if token == SPENT:
            raise _invalid("confirmation_token_already_used", "confirmation_token")
        intent["return_url"] = params["return_url"]
        if token == ASKS_BACK:
            intent["status"] = "requires_action"
        elif token == SLOW:
            intent["status"] = "processing"
        else:
            self.capture(name)
        if params.get("expand[0]") == "payment_method":
            return {**intent, "payment_method": self.methods[intent["payment_method"]]}
        return intent

    def _method_of(self, params: Params, intent: Object) -> str:
        """Note the method that an intent is confirmed with; return what its card does."""
        if "payment_method" not in params:
            token = params["confirmation_token"]
            if token != SPENT:
                intent["payment_method"] = self.add_method(token)
            return token
        assert "confirmation_token" not in params, "one of the two"
        assert "off_session" not in params, "the buyer is there"
        method = self._method(params["payment_method"])
        if method["customer"] is None or method["customer"] != intent["customer"]:
            raise _invalid("payment_method_invalid", "payment_method")
        intent["payment_method"] = method["id"]
        return str(method["does"])

    def _update(self, params: Params, name: str) -> Object:
        intent = self._intent(name)
        if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
            raise _invalid("payment_intent_unexpected_state", None)
        if self._customer(params["customer"]).get("deleted"):
            raise _invalid("resource_missing", "customer")
        assert params.get("setup_future_usage") in (None, "on_session"), "the buyer agreed to that"
        intent.update(params)
        return intent

    # --- customers and their methods

    def _create_customer(self, params: Params) -> Object:
        name = f"cus_{secrets.token_hex(8)}"
        assert set(params) == {"metadata[payment_id]"}, "nothing about the person"
        self.customers[name] = {"id": name, "object": "customer"}
        return self.customers[name]

    def _customer(self, name: str) -> Object:
        if name not in self.customers:
            raise _invalid("resource_missing", "customer")
        return self.customers[name]

    def _delete_customer(self, _params: Params, name: str) -> Object:
        """Stripe answers about a deleted customer with its id, and detaches its methods."""
        self._customer(name)["deleted"] = True
        for method in self.methods.values():
            if method["customer"] == name:
                method["customer"] = None
        return {"id": name, "object": "customer", "deleted": True}

    def add_method(self, does: str, last4: str = "4242") -> str:
        name = f"pm_{secrets.token_hex(8)}"
        self.methods[name] = {
            "id": name, "object": "payment_method", "type": "card", "customer": None, "does": does,
            "card": {"brand": "visa", "display_brand": "visa", "last4": last4, "exp_month": 9,
                     "exp_year": 2049},
        }  # fmt: skip
        return name

    def _method(self, name: str) -> Object:
        if name not in self.methods:
            raise _invalid("resource_missing", "payment_method")
        return self.methods[name]

    def _detach(self, _params: Params, name: str) -> Object:
        method = self._method(name)
        if method["customer"] is None:
            raise _invalid("payment_method_unexpected_state", None)
        method["customer"] = None
        return method

    def attached(self) -> list[str]:
        """Return the methods that are kept, by name."""
        return sorted(one["id"] for one in self.methods.values() if one["customer"] is not None)

    def _cancel(self, _params: Params, name: str) -> Object:
        intent = self._intent(name)
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise _invalid("payment_intent_unexpected_state", None)
        intent["status"] = "canceled"
        self.tell("payment_intent.canceled", intent)
        return intent

    def _refund(self, params: Params) -> Object:
        intent, amount = self._intent(params["payment_intent"]), int(params["amount"])
        sent = sum(
            one["amount"] for one in self.refunds
            if one["payment_intent"] == intent["id"] and one["status"] != "failed"
        )  # fmt: skip
        if amount + sent > self.taken.get(intent["id"], 0):
            raise _invalid("charge_already_refunded", "amount")
        return self.give_back(intent["id"], amount, params.get("metadata[refund_key]", ""))

    def _list(self, rows: list[Object], asked: Params) -> Object:
        found = [one for one in rows if one["payment_intent"] == asked.get("payment_intent")]
        return {"object": "list", "data": found, "has_more": False}

    def _page(self, rows: list[Object], asked: Params) -> Object:
        """A page of a list, the newest first, as Stripe's cursors cut it."""
        since = int(asked.get("created[gte]", 0))
        found = [one for one in reversed(rows) if one["created"] >= since]
        if "payout" in asked:
            (payout,) = [one for one in self.payouts if one["id"] == asked["payout"]]
            found = [one for one in found if one["id"] in payout["of"]]
        if "starting_after" in asked:
            names = [one["id"] for one in found]
            found = found[names.index(asked["starting_after"]) + 1 :]
        shown = found[: min(int(asked["limit"]), self.page)]
        return {"object": "list", "data": shown, "has_more": len(shown) < len(found)}

    def book(self, kind: str, amount: int, fee: int, source: Object) -> None:
        """Write a balance transaction, with the object that it is about."""
        self.balance.append({
            "id": f"txn_{secrets.token_hex(8)}", "object": "balance_transaction", "type": kind,
            "amount": amount, "fee": fee, "currency": "eur", "created": self.now_s,
            "source": source,
        })  # fmt: skip

    def pay_out(self) -> Object:
        """Send everything that was booked to the bank."""
        paid = {name for one in self.payouts for name in one["of"]}
        of = [one for one in self.balance if one["id"] not in paid]
        self.payouts.append({
            "id": f"po_{secrets.token_hex(8)}", "object": "payout", "currency": "eur",
            "amount": sum(one["amount"] - one["fee"] for one in of), "status": "paid",
            "created": self.now_s, "of": [one["id"] for one in of],
        })  # fmt: skip
        return self.payouts[-1]

    # --- what happens at the bank

    def capture(self, name: str, amount: int | None = None) -> None:
        """Money comes: all of it, or so much."""
        intent = self.intents[name]
        more = intent["amount"] if amount is None else amount
        self.taken[name] = intent["amount_received"] = self.taken.get(name, 0) + more
        intent.update(status="succeeded", latest_charge=f"ch_{secrets.token_hex(8)}")
        if intent.get("setup_future_usage"):  # attached when the payment succeeds, not before
            self.methods[intent["payment_method"]]["customer"] = intent["customer"]
        charge = {"id": intent["latest_charge"], "object": "charge", "payment_intent": name}
        self.book("charge", more, more * 14 // 1000 + 25, charge)
        self.tell("payment_intent.succeeded", intent)

    def answer_at_bank(self, name: str, answer: str) -> str:
        """The buyer confirms, or does not; return the address that the bank sends them back to."""
        with self._lock:
            (self.capture if answer == "yes" else self.refuse_authentication)(name)
        status = "succeeded" if answer == "yes" else "failed"
        secret = self.intents[name]["client_secret"]
        return (
            f"{self.intents[name]['return_url']}&payment_intent={name}"
            f"&payment_intent_client_secret={secret}&redirect_status={status}"
        )

    def refuse_authentication(self, name: str) -> None:
        intent = self.intents[name]
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {"code": "payment_intent_authentication_failure"}
        self.tell("payment_intent.payment_failed", intent)

    def give_back(self, name: str, amount: int, key: str = "") -> Object:
        """A refund; without a key it was made in Stripe's dashboard."""
        refund: Object = {
            "id": f"re_{secrets.token_hex(8)}", "object": "refund", "amount": amount,
            "payment_intent": name, "status": "succeeded", "metadata": {"refund_key": key},
        }  # fmt: skip
        self.refunds.append(refund)
        self.book("refund", -amount, 0, refund)
        self.tell("refund.created", refund)
        return refund

    def dispute(self, name: str, amount: int) -> Object:
        dispute: Object = {
            "id": f"du_{secrets.token_hex(8)}", "object": "dispute", "amount": amount,
            "payment_intent": name, "status": "needs_response", "reason": "fraudulent",
            "evidence_details": {"due_by": DUE_S},
        }  # fmt: skip
        self.disputes.append(dispute)
        self.book("adjustment", -amount, 1500, dispute)
        self.tell("charge.dispute.created", dispute)
        return dispute

    def tell(self, kind: str, subject: Object) -> None:
        """Keep a notice of what an object is now."""
        self.events.append({
            "id": f"evt_{secrets.token_hex(8)}", "object": "event", "type": kind,
            "data": {"object": json.loads(json.dumps(subject))},
        })  # fmt: skip


def _invalid(code: str, param: str | None) -> Refusal:
    return Refusal(
        400, type="invalid_request_error", code=code, param=param, message=f"refused: {code}"
    )
