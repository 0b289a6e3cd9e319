"""Django's settings, as far as they are made from what an operator writes."""

import pytest

from showfloor.kernel.settings import SettingError
from showfloor.site import settings


@pytest.mark.parametrize(
    "url", ["mysql://shop:s3cret@db/shop", "postgresql://shop:s3cret/more@db/shop", "s3cret"]
)
def test_a_bad_database_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingError, match=r"^DATABASE_URL: ") as refused:
        settings._database(url)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
