"""OBS asks for its configuration with the stream key of a show."""

import json
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.kernel.clock import utc_now
from showfloor.media import services as media
from showfloor.shows.models import Show, ShowState
from tests.media.obs.test_answer import REQUEST
from tests.support.shows import make_show

pytestmark = pytest.mark.django_db
ADDRESS = "/ingest/obs/config"


def asked(client: Client, key: str) -> dict[str, Any]:
    body = json.dumps({**REQUEST, "authentication": key})
    response = client.post(ADDRESS, body, content_type="application/json")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return dict(response.json())


def test_obs_gets_the_ladder_with_the_key_of_its_show(brand: Brand) -> None:
    client = Client(enforce_csrf_checks=True)
    key = media.stream_key(make_show(brand).channel) or ""
    for sent in (key, f"{key}-backup"):
        given = asked(client, sent)
        assert given["status"]["result"] == "success"
        assert len(given["encoder_configurations"]) == 4
        [endpoint] = given["ingest_endpoints"]
        assert (endpoint["protocol"], endpoint["authentication"]) == ("RTMP", f"{sent}-ladder")


def test_obs_shows_why_a_key_opens_nothing(client: Client, brand: Brand) -> None:
    show = make_show(brand)
    key = media.stream_key(show.channel) or ""
    Show.objects.for_brand(brand.pk).update(
        state=ShowState.ENDED, started_at=utc_now(), ended_at=utc_now()
    )  # fmt: skip
    for sent, words in ((key, "This show has ended."), ("sf_wrong", "stream key is not valid")):
        given = asked(client, sent)
        assert given["status"]["result"] == "error"
        assert words in given["status"]["html_en_us"]
        assert given["encoder_configurations"] == given["ingest_endpoints"] == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 422, None),
        (b"[]", 422, None),
        (b"[" * 5000, 422, None),
        (json.dumps({**REQUEST, "client": 1}).encode(), 422, "client"),
        (b" " * 65_537, 413, None),
    ],
    ids=["no-json", "no-object", "nested", "wrong-field", "large"],
)
def test_request_that_obs_never_makes_gets_a_problem(
    client: Client, body: bytes, status: int, field: str | None
) -> None:
    response = client.post(ADDRESS, body, content_type="application/json")
    assert (response.status_code, response.json().get("field")) == (status, field)
    assert client.get(ADDRESS).status_code == 405
