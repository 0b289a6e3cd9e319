"""Lists of the back office that have no rows yet."""

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, Role
from tests.conftest import make_staff

pytestmark = pytest.mark.django_db


def test_empty_list_leads_on_and_an_empty_search_leads_back(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    empty = client.get("/admin/pricing/voucher/").content.decode()
    assert "Codes that take something off" in empty
    assert "Show all" not in empty
    searched = client.get("/admin/pricing/voucher/?q=nothing").content.decode()
    assert "No row fits the search" in searched
    assert "Show all" in searched
    assert "Codes that take something off" not in searched
