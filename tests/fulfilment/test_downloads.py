"""Files that are bought: whoever has the right gets them, a bounded number of times."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from showfloor.accounts.models import Brand, Role, User
from showfloor.catalogue.models import Variant
from showfloor.checkout import downloads, entitlement_models
from showfloor.checkout.models import DownloadFile, Entitlement, Order, ProductGrant
from showfloor.checkout.order_links import path_of
from showfloor.fulfilment import refunds
from showfloor.kernel.clock import utc_now
from tests.conftest import make_staff
from tests.fulfilment.conftest import line

BODY = b"%PDF-1.7 a pattern <script>"


@pytest.fixture(autouse=True)
def folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = entitlement_models.sold_files()
    monkeypatch.setattr(storage, "_location", str(tmp_path))
    for name in ("base_location", "location"):
        storage.__dict__.pop(name, None)


@pytest.fixture(autouse=True)
def pattern(brand: Brand, brush: Variant) -> DownloadFile:
    ProductGrant.objects.create(
        brand=brand, product=brush.product, kind="download", file="Schnitt ä.pdf", days=30
    )
    file = DownloadFile(brand=brand, name="Schnitt ä.pdf", bytes=len(BODY))
    file.content.save("x", ContentFile(BODY), save=False)
    file.save()
    return file


def right(order: Order) -> Entitlement:
    return Entitlement.objects.for_brand(order.brand_id).get(order_line__order=order)


def begin(client: Client, order: Order) -> Any:
    return client.post(f"{path_of(order)}/files/{right(order).pk}")


def fetch(client: Client, link: str) -> Any:
    return client.get(link)


def test_buyer_begins_a_download_at_the_order_and_gets_the_file_by_a_link_of_an_hour(
    order: Order, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get(path_of(order)).content.decode()
    assert f'action="{path_of(order)}/files/{right(order).pk}"' in page
    link = begin(client, order)["Location"]
    assert b"".join(fetch(client, link)) == BODY
    answer = fetch(client, link)  # again, after a lost connection
    assert b"".join(answer) == BODY
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Cache-Control"].startswith("private, no-store")
    assert "attachment; filename*=utf-8''Schnitt%20%C3%A4.pdf" in answer["Content-Disposition"]
    assert right(order).downloads == 1
    assert client.get(f"{link}x").status_code == 404
    monkeypatch.setattr(downloads, "GOOD_FOR_S", -1)
    assert client.get(link).status_code == 404


def test_number_of_downloads_is_bounded_by_the_units(order: Order, client: Client) -> None:
    codes = [begin(client, order).status_code for _one in range(downloads.PER_UNIT + 1)]
    assert codes == [302] * downloads.PER_UNIT + [409]
    assert right(order).downloads == downloads.PER_UNIT
    assert "All downloads are used." in client.get(path_of(order)).content.decode()


def test_refund_ends_the_download_at_once_also_by_a_link_that_was_given(
    order: Order, client: Client
) -> None:
    link = begin(client, order)["Location"]
    brush = line(order, "BRUSH").pk
    refunds.refund_lines(order, {brush: 1}, restock=True, reason="", key="a", now=utc_now())
    assert client.get(link).status_code == 404
    assert begin(client, order).status_code == 404
    assert 'data-testid="downloads"' not in client.get(path_of(order)).content.decode()


def test_right_that_has_run_out_gives_no_file(order: Order) -> None:
    later = timezone.now() + timedelta(days=31)
    assert downloads.of_order(order, later) == []
    assert [one.left for one in downloads.of_order(order, utc_now())] == [10]


def test_right_of_another_order_is_not_found(order: Order, client: Client) -> None:
    other = Order.objects.for_brand(order.brand_id).get()
    other.pk = "0" * 26
    found = client.post(f"{path_of(other)}/files/{right(order).pk}")
    assert found.status_code == 404
    assert client.post(f"{path_of(order)}/files/{'0' * 26}").status_code == 404
    assert client.get(f"{path_of(order)}/files/{right(order).pk}").status_code == 405
    assert right(order).downloads == 0


def test_signed_in_buyer_finds_all_downloads_above_the_orders(order: Order, client: Client) -> None:
    user = User.objects.create_user("anna@example.test")
    Order.objects.for_brand(order.brand_id).update(owner=str(user.staff_subject))
    client.force_login(user)
    url = f"/brands/{order.brand.slug}/orders/"
    assert f"{path_of(order)}/files/{right(order).pk}" in client.get(url).content.decode()
    Order.objects.for_brand(order.brand_id).update(owner="g:bert", email="bert@example.test")
    assert 'data-testid="downloads"' not in client.get(url).content.decode()


def test_producer_uploads_a_file_that_no_public_address_serves(
    brand: Brand, order: Order, client: Client
) -> None:
    client.force_login(make_staff(brand, Role.PRODUCER, "files@example.test"))
    page = "/admin/checkout/downloadfile/add/"
    typed = {"brand": brand.pk, "name": "a/b.pdf", "content": SimpleUploadedFile("b.pdf", BODY)}
    assert "A name has no slash." in client.post(page, typed).content.decode()
    typed = {**typed, "name": "b.pdf", "content": SimpleUploadedFile("b.pdf", BODY)}
    assert client.post(page, typed).status_code == 302
    made = DownloadFile.objects.for_brand(brand).get(name="b.pdf")
    with made.content.open("rb") as content:
        assert (made.bytes, content.read()) == (len(BODY), BODY)
    assert client.get(f"/uploads/{made.content.name}").status_code == 404
    shown = client.get(f"/admin/checkout/downloadfile/{made.pk}/change/").content.decode()
    assert str(made.content.name) not in shown


def test_file_that_buyers_paid_for_is_neither_renamed_nor_deleted_and_gives_way_to_a_new_one(
    brand: Brand, order: Order, pattern: DownloadFile, client: Client,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    client.force_login(make_staff(brand, Role.PRODUCER, "files@example.test"))
    page, old = f"/admin/checkout/downloadfile/{pattern.pk}/", str(pattern.content.name)
    typed = {"name": "other.pdf", "content": SimpleUploadedFile("b.pdf", b"new")}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{page}change/", {"brand": brand.pk, **typed}).status_code == 302
    pattern.refresh_from_db()
    with pattern.content.open("rb") as content:
        assert (pattern.name, content.read()) == ("Schnitt ä.pdf", b"new")
    assert not pattern.content.storage.exists(old)
    assert client.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert DownloadFile.objects.for_brand(brand).filter(pk=pattern.pk).exists()
    Entitlement.objects.for_brand(brand).delete()
    new = str(pattern.content.name)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{page}delete/", {"post": "yes"}).status_code == 302
    assert not pattern.content.storage.exists(new)
