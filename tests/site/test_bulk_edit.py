"""Changing many products at once: seen first, applied whole, and taken back."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.transactions import write
from showfloor.catalogue.bulk import edits
from showfloor.catalogue.bulk.plan import Change
from showfloor.catalogue.bulk_models import EditState
from showfloor.catalogue.models import BulkEdit, Category, Price, PriceChange, Product, Variant
from showfloor.catalogue.services import set_price
from showfloor.kernel.clock import utc_now
from showfloor.kernel.pacer import Pacer
from showfloor.site import bulk_edits
from showfloor.stock import services as stock_services
from showfloor.stock.models import StockMovement
from tests.catalogue.support import prices, stock
from tests.conftest import make_staff
from tests.stock.helpers import make_variant
from tests.support.forms import fields

LIST = "/admin/catalogue/product/"
AT_ONCE = Pacer(sleep=lambda _pause: None)


@pytest.fixture
def office(client: Client, producer: User) -> Client:
    client.force_login(producer)
    return client


@pytest.fixture
def goods(brand: Brand) -> list[Variant]:
    return [
        make_variant(brand, sku, on_hand=units, price=2500)
        for sku, units in (("LIP", 20), ("BALM", 2))
    ]


def choose(office: Client, variants: list[Variant]) -> str:
    form = {"action": "edit_selected", "_selected_action": [one.product_id for one in variants]}
    answer = office.post(LIST, form)
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def preview(office: Client, page: str, **values: str) -> Any:
    return office.post(page, fields(office.get(page)) | {"action": "preview", **values})


def change(office: Client, variants: list[Variant], **values: str) -> str:
    """Choose, look at the preview, and apply it."""
    page = choose(office, variants)
    shown = preview(office, page, **values)
    assert shown.status_code == 200
    answer = office.post(page, fields(shown) | {"action": "apply"})
    assert answer.status_code == 302, answer.context["form"].errors
    return page


def amounts(brand: Brand) -> dict[str, tuple[int, int | None]]:
    return {sku: (amount, before) for sku, (amount, _code, before) in prices(brand).items()}


def test_preview_shows_every_change_and_writes_none(
    office: Client, brand: Brand, goods: list[Variant]
) -> None:
    was = amounts(brand)
    lips = Category.objects.create(brand=brand, name="Lips")
    page = choose(office, goods)

    shown = preview(
        office, page, category=lips.pk, tax_class="reduced", published="0",
        price="down-percent", by="10", before="old", units="-3", reason="damaged",
    )  # fmt: skip

    (balm, lip) = sorted(shown.context["preview"], key=lambda row: row["name"])
    assert shown.context["changed_count"] == 2
    assert lip["lines"] == [
        "Category: – → Lips", "Tax: Standard → Reduced", "is hidden",
        "LIP: €25.00 → €22.50 (before €25.00)", "LIP: stock 20 → 17",
    ]  # fmt: skip
    assert balm["lines"][-1].startswith("BALM: Only 2 can be taken away")
    assert amounts(brand) == was
    assert stock(brand) == {"LIP": 20, "BALM": 2}
    assert Product.objects.for_brand(brand).filter(published=True).count() == 2


def test_edit_is_applied_with_history_and_ledger_and_undone(
    office: Client, brand: Brand, goods: list[Variant], producer: User
) -> None:
    lips = Category.objects.create(brand=brand, name="Lips")
    was = amounts(brand)
    page = change(
        office, goods, category=lips.pk, published="0", price="down-percent", by="10",
        before="old", units="-3", reason="damaged",
    )  # fmt: skip

    assert amounts(brand) == {"LIP": (2250, 2500), "BALM": (2250, 2500)}
    assert stock(brand) == {"LIP": 17, "BALM": 2}
    assert {(row.category_id, row.published) for row in Product.objects.for_brand(brand)} == {
        (lips.pk, False)
    }
    shown = office.get(page)
    assert shown.context["problems"] == [
        "BALM: Only 2 can be taken away: 2 are on hand, 0 of them are being bought right now."
    ]
    moved = StockMovement.objects.for_brand(brand).get(reason="damaged")
    assert (moved.change, moved.by) == (-3, producer)
    history = PriceChange.objects.for_brand(brand).filter(variant=goods[0]).order_by("at")
    assert [row.amount for row in history] == [2500, 2250]

    assert office.post(page, {"action": "undo"}).status_code == 302

    assert amounts(brand) == was
    assert stock(brand) == {"LIP": 20, "BALM": 2}
    assert {(row.category_id, row.published) for row in Product.objects.for_brand(brand)} == {
        (None, True)
    }
    assert [row.amount for row in history.all()] == [2500, 2250, 2500]
    office.post(page, {"action": "undo"})
    assert stock(brand) == {"LIP": 20, "BALM": 2}


def test_product_whose_units_are_not_there_counts_as_unchanged(
    office: Client, goods: list[Variant]
) -> None:
    shown = preview(office, choose(office, goods), units="-3", reason="damaged")
    assert (shown.context["changed_count"], shown.context["unchanged_count"]) == (1, 1)
    result = office.get(change(office, goods, units="-30", reason="damaged"))
    assert (result.context["changed_count"], 'value="undo"' in result.text) == (0, False)


def test_undo_leaves_alone_what_changed_since(
    office: Client, brand: Brand, goods: list[Variant]
) -> None:
    page = change(office, goods, price="up-amount", by="5", tax_class="reduced", units="4")
    set_price(goods[0], "EUR", 9900, None)
    Product.objects.for_brand(brand).filter(pk=goods[0].product_id).update(tax_class="zero")
    stock_services.claim(brand.pk, "anna", [(goods[0].pk, 22)], utc_now())

    office.post(page, {"action": "undo"})

    assert amounts(brand) == {"LIP": (9900, None), "BALM": (2500, None)}
    assert {row.name: row.tax_class for row in Product.objects.for_brand(brand)} == {
        goods[0].product.name: "zero", goods[1].product.name: "standard"
    }  # fmt: skip
    assert stock(brand) == {"LIP": 2, "BALM": 2}  # two of the four are left, none is taken
    assert "Only 2 can be taken away" in office.get(page).context["problems"][0]


def test_category_deleted_meanwhile_is_named_and_the_rest_is_applied(
    brand: Brand, goods: list[Variant], producer: User
) -> None:
    """An edit that could not end would hold up those of all brands."""
    lips = Category.objects.create(brand=brand, name="Lips")
    edit = edits.begin(brand, producer, [one.product_id for one in goods])
    edits.apply(edit, Change(category_id=lips.pk, tax_class="reduced"))
    lips.delete()

    bulk_edits.run(edit, AT_ONCE)

    edit.refresh_from_db()
    assert edit.state == "done"
    assert {(row.category_id, row.tax_class) for row in Product.objects.for_brand(brand)} == {
        (None, "reduced")
    }
    assert [row.problems for row in edit.products.all()] == [["There is no such category."]] * 2


def test_product_hidden_by_a_feed_and_then_by_a_person_is_not_brought_back_by_the_feed(
    brand: Brand, goods: list[Variant], producer: User
) -> None:
    Product.objects.for_brand(brand).update(published=False, missing_since=utc_now())
    edit = edits.begin(brand, producer, [goods[0].product_id])
    edits.apply(edit, Change(published=False))

    bulk_edits.run(edit, AT_ONCE)

    hidden = {one.pk: one.missing_since is None for one in Product.objects.for_brand(brand)}
    assert hidden == {goods[0].product_id: True, goods[1].product_id: False}


def test_undo_passes_over_a_variant_that_was_deleted_since(
    brand: Brand, goods: list[Variant], producer: User
) -> None:
    edit = edits.begin(brand, producer, [one.product_id for one in goods])
    edits.apply(edit, Change(units=3))
    bulk_edits.run(edit, AT_ONCE)
    goods[0].delete()

    edits.undo(edit)
    bulk_edits.run(edit, AT_ONCE)

    edit.refresh_from_db()
    assert edit.state == "undone"
    assert stock(brand) == {"BALM": 2}


def test_only_the_last_edit_is_undone(office: Client, brand: Brand, goods: list[Variant]) -> None:
    first = change(office, goods, price="up-amount", by="5")
    second = change(office, goods, price="up-amount", by="1")
    office.post(first, {"action": "undo"})
    assert amounts(brand)["LIP"] == (3100, None)
    office.post(second, {"action": "undo"})
    assert amounts(brand)["LIP"] == (3000, None)
    BulkEdit.objects.for_brand(brand).update(
        created_at=utc_now() - edits.UNDO_FOR - timedelta(minutes=1)
    )
    office.post(first, {"action": "undo"})
    assert amounts(brand)["LIP"] == (3000, None)


def test_change_that_was_not_seen_is_shown_first(
    office: Client, brand: Brand, goods: list[Variant]
) -> None:
    page = choose(office, goods)
    seen = fields(preview(office, page, price="up-amount", by="5"))
    answer = office.post(page, seen | {"by": "50", "action": "apply"})
    assert answer.status_code == 200
    assert answer.context["changed_count"] == 2
    assert amounts(brand)["LIP"] == (2500, None)


def test_edit_is_applied_once(office: Client, brand: Brand, goods: list[Variant]) -> None:
    page = choose(office, goods)
    form = fields(preview(office, page, price="up-amount", by="5")) | {"action": "apply"}
    office.post(page, form)
    office.post(page, form)
    assert amounts(brand)["LIP"] == (3000, None)


def test_large_edit_goes_on_after_its_process_was_killed(
    office: Client, brand: Brand, producer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "AT_ONCE_MAX", 1)
    monkeypatch.setattr(edits, "_BATCH", 1)
    monkeypatch.setattr(edits, "_BATCHES_MAX", 1)
    goods = [make_variant(brand, sku, on_hand=5) for sku in ("A", "B", "C")]
    page = change(office, goods, units="2", reason="received")
    waiting = office.get(page)
    assert (waiting["Refresh"], stock(brand)) == ("2", {"A": 5, "B": 5, "C": 5})

    edit = BulkEdit.objects.for_brand(brand).get()
    bulk_edits.run(edit, AT_ONCE)
    assert sorted(stock(brand).values()) == [5, 5, 7]
    for _number in range(4):
        bulk_edits.run(edit, AT_ONCE)

    edit.refresh_from_db()
    assert (edit.state, edit.done, stock(brand)) == ("done", 3, {"A": 7, "B": 7, "C": 7})
    assert not bulk_edits.run_next_edit()


class BrokenStock:
    """A stock room with a fault of ours."""

    def writing(self) -> AbstractContextManager[None]:
        return write()

    def move(
        self, brand_id: str, changes: Mapping[str, int], reason: str, by_id: str | None
    ) -> Mapping[str, str]:
        raise ValueError("a fault")


def test_batch_that_cannot_be_written_is_passed_over_and_named(
    brand: Brand, producer: User, goods: list[Variant]
) -> None:
    edit = edits.begin(brand, producer, [one.product_id for one in goods])
    edits.apply(edit, Change(units=2, reason="received", published=False))
    assert edits.run_next(BrokenStock())
    edit.refresh_from_db()
    assert (edit.state, edit.done, stock(brand)) == ("done", 2, {"LIP": 20, "BALM": 2})
    assert list(Product.objects.for_brand(brand).values_list("published", flat=True)) == [True] * 2
    kept = "An error of ours kept this product as it is."
    assert [row.problems for row in edit.products.all()] == [[kept], [kept]]
    edits.undo(edit)
    assert edits.run_next(BrokenStock())  # nothing was changed: nothing is taken back
    edit.refresh_from_db()
    assert (edit.state, stock(brand)) == ("undone", {"LIP": 20, "BALM": 2})
    assert not edits.run_next(BrokenStock())


def test_price_that_would_be_nothing_stays_and_is_named(
    office: Client, brand: Brand, goods: list[Variant]
) -> None:
    set_price(goods[1], "EUR", 300, None)
    page = change(office, goods, price="down-amount", by="5")
    assert amounts(brand) == {"LIP": (2000, None), "BALM": (300, None)}
    assert office.get(page).context["problems"] == [
        "BALM costs 3.00 EUR: the new price would be nothing, or too much."
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "__all__"),
        ({"price": "up-percent"}, "by"),
        ({"price": "up-percent", "by": "-5"}, "by"),
        ({"price": "up-percent", "by": "1.005"}, "by"),
        ({"price": "up-percent", "by": "1001"}, "by"),
        ({"price": "up-percent", "by": "٥"}, "by"),
        ({"price": "down-amount", "by": "5 USD"}, "by"),
        ({"units": "1.5"}, "units"),
        ({"category": "nowhere"}, "category"),
        ({"published": "2"}, "published"),
    ],
)
def test_wrong_changes_are_refused_by_field(
    office: Client, brand: Brand, goods: list[Variant], values: dict[str, str], field: str
) -> None:
    page = choose(office, goods)
    answer = preview(office, page, **values)
    assert list(answer.context["form"].errors) == [field]
    assert "preview" not in answer.context


def test_too_many_products_are_refused(
    office: Client, brand: Brand, goods: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "PRODUCTS_MAX", 1)
    form = {"action": "edit_selected", "_selected_action": [one.product_id for one in goods]}
    answer = office.post(LIST, form, follow=True)
    assert "Choose 1 to 1 products." in answer.content.decode()
    assert not BulkEdit.objects.for_brand(brand).exists()


def test_edit_of_another_brand_does_not_exist(
    office: Client, brand: Brand, goods: list[Variant], stranger: User
) -> None:
    page = choose(office, goods)
    office.force_login(stranger)
    assert office.get(page).status_code == 404
    assert office.post(page, {"action": "apply", "units": "5"}).status_code == 404


def test_category_of_another_brand_is_no_choice(
    office: Client, goods: list[Variant], other_brand: Brand
) -> None:
    theirs = Category.objects.create(brand=other_brand, name="Theirs")
    answer = preview(office, choose(office, goods), category=theirs.pk)
    assert list(answer.context["form"].errors) == ["category"]


def test_clerk_changes_no_products(client: Client, brand: Brand, goods: list[Variant]) -> None:
    client.force_login(make_staff(brand, Role.CLERK, "clerk@example.test"))
    form = {"action": "edit_selected", "_selected_action": [one.product_id for one in goods]}
    client.post(LIST, form)
    assert not BulkEdit.objects.for_brand(brand).exists()


def test_edits_of_a_brand_are_bounded(
    brand: Brand, producer: User, goods: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "KEPT_MAX", 2)
    for _number in range(3):
        edits.begin(brand, producer, [goods[0].product_id])
    last = edits.begin(brand, producer, [goods[0].product_id])
    assert BulkEdit.objects.for_brand(brand).count() == 2
    assert BulkEdit.objects.for_brand(brand).first() == last
    BulkEdit.objects.for_brand(brand).filter(pk=last.pk).update(state=EditState.DONE)
    for _number in range(3):  # others are only prepared
        edits.begin(brand, producer, [goods[0].product_id])
    last.refresh_from_db()
    assert (BulkEdit.objects.for_brand(brand).count(), edits.may_undo(last)) == (3, True)
    assert Price.objects.for_brand(brand).count() == 2
    assert Change.from_json(Change(units=3).as_json()) == Change(units=3)


def test_last_edits_are_listed(office: Client, brand: Brand, goods: list[Variant]) -> None:
    page = change(office, goods, units="1")
    listed = office.get(reverse("admin:catalogue_product_edits")).content.decode()
    assert page in listed
    assert "2 products · Applied · producer@example.test" in listed
