"""Errors at the door: the same problem details from every kind of failure of the API."""

import base64
import hashlib
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import (
    Forbidden,
    NotSignedIn,
    RateLimited,
    ShowfloorError,
    TooLarge,
)
from showfloor.kernel.problems import REFUSAL
from showfloor.site.problems import broken, field_name, problem_response

TOKEN = "/api/v1/viewer-token"
MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("loc", "field"),
    [
        (("body", "body", "name"), "name"),
        (("body", "order", "address", "city"), "address.city"),
        (("body", "body", "items", 2, "sku"), "items.2.sku"),
        (("query", "limit"), "limit"),
        (("path", "slug"), "slug"),
        (("body", "body"), "body"),
        ((), ""),
    ],
)
def test_a_wrong_field_is_named_as_the_caller_knows_it(
    loc: tuple[str | int, ...], field: str
) -> None:
    assert field_name(loc) == field


@pytest.mark.parametrize(
    ("asked", "said"),
    [("de-AT,de;q=0.9", "Bei uns ist etwas schiefgegangen"), ("", "Something broke on our side")],
)
def test_page_of_a_fault_is_styled_and_in_the_visitors_language_without_the_database(
    rf: RequestFactory, asked: str, said: str
) -> None:
    headers = {"Accept-Language": asked} if asked else {}
    answer = broken(rf.get("/orders/", headers=headers))  # no database: the test has none
    page = answer.content.decode()
    assert (answer.status_code, said in page) == (500, True)
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer._csp_config  # type: ignore[attr-defined]
    assert policy["style-src"] == [f"'sha256-{digest}'"]
    assert len(style) > 200


def test_a_wrong_type_is_422_and_names_the_field(brand: Brand, client: Client) -> None:
    response = client.post(TOKEN, {"brand": ["x"]}, content_type="application/json")
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "/problems/invalid", "title": "Invalid", "status": 422, "code": "invalid",
        "detail": "Input should be a valid string", "field": "brand",
    }  # fmt: skip


def test_a_body_that_is_no_json_is_400(brand: Brand, client: Client) -> None:
    response = client.post(TOKEN, "{", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "bad-request")
    assert response["Content-Type"] == "application/problem+json"


def test_an_unknown_address_of_the_api_is_a_problem_too(brand: Brand, client: Client) -> None:
    response = client.get("/api/v1/nothing")
    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert response["Content-Type"] == "application/problem+json"


def test_a_wrong_method_is_405(brand: Brand, client: Client) -> None:
    response = client.delete(TOKEN)
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "/problems/method-not-allowed", "title": "Method not allowed", "status": 405,
        "code": "method-not-allowed", "detail": "Only POST is taken here.",
    }  # fmt: skip


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_body_that_is_too_large_is_413_in_the_api(
    brand: Brand, client: Client, content_type: str
) -> None:
    response = client.post(TOKEN, "x" * (2 * MEGABYTE + 1), content_type=content_type)
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "/problems/too-large", "title": "Too large", "status": 413, "code": "too-large",
        "detail": "That is too large: at most 2048 kB can be sent here.",
        "bytes_max": 2 * MEGABYTE,
    }  # fmt: skip


def test_form_that_is_too_large_is_a_page_with_413(brand: Brand, client: Client) -> None:
    form = "application/x-www-form-urlencoded"
    response = client.post("/accounts/login/", "x" * (2 * MEGABYTE + 1), content_type=form)
    assert response.status_code == 413
    assert "at most 2048 kB can be sent here" in response.content.decode()


def test_request_refused_before_its_body_is_answered_without_its_view(
    brand: Brand, client: Client
) -> None:
    def refused(path: str, error: ShowfloorError) -> Any:
        extra: Any = {"asgi.scope": {REFUSAL: error}}
        return client.post(path, **extra)

    api = refused(TOKEN, TooLarge("Too large.", more={"bytes_max": 131_072}))
    assert (api.status_code, api.json()["detail"]) == (
        413, "That is too large: at most 128 kB can be sent here.",
    )  # fmt: skip
    assert refused("/console/shows/new", Forbidden("No.")).status_code == 403
    signed_out = refused("/console/shows/new", NotSignedIn("Sign in first."))
    assert (signed_out.status_code, signed_out["Location"]) == (
        302, "/accounts/login/?next=/console/shows/new",
    )  # fmt: skip


def test_rate_limits_say_when_to_try_again() -> None:
    response = problem_response(RateLimited("Slow down.", retry_after_s=2.4))
    assert (response.status_code, response["Retry-After"]) == (429, "2")


def test_a_failure_of_ours_is_logged_and_tells_nothing(
    brand: Brand, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("showfloor.accounts.services.viewer_claims", fail)
    with caplog.at_level(logging.ERROR):
        response = client.post(TOKEN, {}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (500, "error")
    assert b"42" not in response.content
    assert "the secret is 42" in caplog.text


def test_full_disk_is_told_and_is_nobodys_mistake(
    brand: Brand, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("showfloor.accounts.services.viewer_claims", fail)
    response = client.post(TOKEN, {}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (503, "disk-full")
    assert "disk of this server is full" in response.json()["detail"]


def test_the_document_describes_the_operations(brand: Brand, client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["info"]["title"] == "Showfloor"
    assert set(document["paths"]["/api/v1/viewer-token"]) == {"post"}


def test_type_of_a_problem_leads_to_a_page(brand: Brand, client: Client) -> None:
    problem = client.get("/api/v1/nothing").json()
    page = client.get(problem["type"])
    assert page.status_code == 200
    assert "<h1>Not found</h1>" in page.content.decode()
    assert "There is no such thing" in page.content.decode()
    other = client.get("/problems/no-token").content.decode()
    assert "<h1>No token</h1>" in other
    assert "RFC 9457" in other
    assert client.get("/problems/%3Cscript%3E").status_code == 404
