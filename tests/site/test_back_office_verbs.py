"""A form of the back office is a verb: what the database ends for others' sake runs again."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from showfloor.accounts import transactions
from showfloor.accounts.models import Brand, Role
from showfloor.checkout.admin import ShippingOptionAdmin
from showfloor.checkout.models import ShippingOption
from tests.conftest import make_staff

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {
    "name": "Parcel", "kind": "delivery", "position": 0, "price": "4.90", "currency": "EUR",
    "active": "on", "weight_from_g": 0, "value_from": "0", "days_min": 0, "days_max": 0,
}  # fmt: skip


class _Deadlock(Exception):
    sqlstate = "40P01"


class Saves:
    """Saves and is then ended by the database, so many times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self.calls = 0
        save, saves = ShippingOptionAdmin.save_model, self

        def save_model(admin: Any, request: Any, obj: Any, form: Any, change: bool) -> None:
            saves.calls += 1
            save(admin, request, obj, form, change)
            if saves.calls <= times:
                raise OperationalError("deadlock detected") from _Deadlock()

        monkeypatch.setattr(ShippingOptionAdmin, "save_model", save_model)
        monkeypatch.setattr(transactions, "PAUSE_S", 0)


@pytest.fixture
def office(client: Client, brand: Brand) -> Client:
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    return client


def add(office: Client, brand: Brand) -> int:
    page = reverse("admin:checkout_shippingoption_add")
    return office.post(page, {**FORM, "brand": brand.pk}).status_code


def test_form_is_repeated_after_a_deadlock_and_saved_once(
    office: Client, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = Saves(monkeypatch, times=1)
    assert add(office, brand) == 302
    assert (saves.calls, ShippingOption.objects.for_brand(brand).count()) == (2, 1)


def test_form_that_is_ended_again_and_again_says_that_it_is_safe_to_send_again(
    office: Client, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = Saves(monkeypatch, times=transactions.ATTEMPTS_MAX)
    assert add(office, brand) == 503
    assert saves.calls == transactions.ATTEMPTS_MAX
    assert ShippingOption.objects.for_brand(brand).count() == 0
