"""Django's settings, as far as they are made from what an operator writes."""

from pathlib import Path

import pytest

from showfloor.kernel.settings import SettingError
from showfloor.site import settings
from tests.support.live import LiveServer


@pytest.mark.parametrize(
    "url", ["mysql://shop:s3cret@db/shop", "postgresql://shop:s3cret/more@db/shop", "s3cret"]
)
def test_a_bad_database_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingError, match=r"^DATABASE_URL: ") as refused:
        settings._database(url)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_tls_response_carries_hsts(tmp_path: Path) -> None:
    ask = (
        "from django.test import Client\n"
        "answer = Client(headers={'host': 'localhost', 'x-forwarded-proto': 'https'})"
        ".get('/api/v1/openapi.json')\n"
        "print(answer.get('Strict-Transport-Security', '-'))"
    )
    behind_tls = {"SHOWFLOOR_BASE_URL": "https://shop.example", "SHOWFLOOR_TRUSTED_PROXIES": "1"}
    assert LiveServer(tmp_path, behind_tls).python(ask) == "max-age=31536000\n"
    assert LiveServer(tmp_path).python(ask) == "-\n"
