"""The first page of the back office."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role
from showfloor.catalogue.models import ImportJob
from showfloor.checkout.models import Order, ShippingOption
from showfloor.kernel.clock import utc_now
from showfloor.legal.rules import Text
from showfloor.shows.models import Show
from showfloor.shows.services import ShowDraft, create_show
from showfloor.site.dashboard import Panel
from tests.conftest import make_staff
from tests.site.rows import make_rows
from tests.stock.helpers import make_variant
from tests.support import law


def panels(client: Client, brand: Brand, role: Role) -> list[Panel]:
    client.force_login(make_staff(brand, role, f"{role}@example.test"))
    response = client.get("/admin/")
    assert response.status_code == 200
    found: list[Panel] = response.context["panels"]
    return found


def steps(panel: Panel) -> dict[str, bool]:
    return {step.title: step.done for step in panel.steps}


@pytest.fixture
def installed(settings: Any) -> Any:
    """An installation that takes money and sends mail."""
    settings.SHOWFLOOR = replace(
        settings.SHOWFLOOR, payment_provider="", demo=False, email_url="",
        email_from="Maison <shows@localhost>",
    )  # fmt: skip
    return settings


def test_new_brand_sees_what_it_has_yet_to_set_up(
    brand: Brand, installed: Any, client: Client
) -> None:
    [panel] = panels(client, brand, Role.OWNER)
    assert steps(panel) == {
        "Products": False, "Shipping": False, "Legal texts": False, "Seller's details": False,
        "Payment": False, "Sender of mails": False, "First show": False,
    }  # fmt: skip
    text = client.get("/admin/").content.decode()
    assert "nobody knows what sending costs" in text
    assert reverse("admin:checkout_shippingoption_changelist") in text
    assert "0 of 7" in text


def test_step_that_is_done_is_ticked(brand: Brand, installed: Any, client: Client) -> None:
    make_variant(brand, "CREAM", 5)
    ShippingOption.objects.create(brand=brand, name="Elsewhere", currency="CHF")
    for kind in list(Text)[1:]:
        law.publish(brand, kind)
    create_show(brand, ShowDraft(title="Rehearsal", is_test=True))
    installed.SHOWFLOOR = replace(
        installed.SHOWFLOOR, email_url="smtp://mail", email_from="Maison <hello@maison.test>"
    )
    [panel] = panels(client, brand, Role.OWNER)
    assert {title for title, done in steps(panel).items() if done} == {
        "Products", "Sender of mails",
    }  # fmt: skip

    ShippingOption.objects.create(brand=brand, name="Parcel", currency="EUR")
    Brand.objects.update(imprint_url="https://maison.test/imprint")
    after = client.get("/admin/").context["panels"][0]
    assert steps(after)["Shipping"]
    assert steps(after)["Legal texts"]


def test_sales_and_waiting_work_are_shown_by_role(
    brand: Brand, other_brand: Brand, client: Client
) -> None:
    make_rows(brand, "velvetine")
    make_rows(other_brand, "rival")
    ImportJob.objects.create(brand=brand, file_name="p.csv", state="read")
    now = utc_now()
    Show.objects.for_brand(brand).update(state="live", starts_at=now, started_at=now)
    [producer] = panels(client, brand, Role.PRODUCER)
    assert [(one.title, one.value) for one in producer.figures] == [
        ("Orders in seven days", "1"), ("Sold in seven days", "€12.50"),
        ("Products on sale", "1"),
    ]  # fmt: skip
    assert [(one.title, one.value) for one in producer.waiting] == [
        ("Files to agree to", "1"), ("Documents that could not be made", "1"),
    ]  # fmt: skip
    assert [show.title for show in producer.live] == ["velvetine show"]
    assert "rival" not in client.get("/admin/").content.decode()

    [host] = panels(client, brand, Role.HOST)
    assert (host.figures, host.waiting, host.steps) == ([], [], [])
    assert (host.sellers, host.orders) == ([], [])


def test_dashboard_lists_best_sellers_latest_orders_and_next_shows(
    brand: Brand, other_brand: Brand, client: Client
) -> None:
    """A test order counts as an order to look at, and as nothing that sold."""
    make_rows(brand, "velvetine")
    make_rows(other_brand, "rival")
    Show.objects.for_brand(brand).update(state="scheduled", starts_at=utc_now())
    [panel] = panels(client, brand, Role.PRODUCER)
    assert [(one.name, one.units, one.amount) for one in panel.sellers] == [
        ("velvetine product", 1, "€12.50")
    ]
    assert [order.brand_id for order in panel.orders] == [brand.pk]
    assert [show.title for show in panel.coming] == ["velvetine show"]

    Order.objects.for_brand(brand).update(is_test=True)
    [after] = client.get("/admin/").context["panels"]
    assert (after.sellers, len(after.orders)) == ([], 1)


def test_legal_texts_are_linked_at_the_foot_of_pages(brand: Brand, client: Client) -> None:
    assert "https://maison.test/terms" not in client.get("/").content.decode()
    Brand.objects.update(terms_url="https://maison.test/terms")
    assert 'href="https://maison.test/terms"' in client.get("/").content.decode()
