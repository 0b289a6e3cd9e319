"""Nobody reaches another brand's rows through the back office.

Walks the registry, so that a model admin that is added tomorrow is held to it, too.
"""

from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.forms import ModelChoiceField
from django.test import Client, RequestFactory
from django.urls import reverse

from showfloor.accounts.admin_base import BrandAdmin, BrandInline
from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.catalogue.models import Category, Product, Variant
from showfloor.shows.models import Host, Show
from tests.conftest import make_staff
from tests.site.rows import Rows, make_rows
from tests.support.people import sign_in_confirmed

OURS, THEIRS = "velvetine", "rivalina"

# Model admins that are not on the brand-scoped base, and why that is right.
EXCEPTIONS = {
    User: "accounts of the whole installation: superusers only",
    Brand: "a brand is not a brand's row: its owners see their own",
}
SCOPED = sorted(
    (model for model in admin.site._registry if model not in EXCEPTIONS),
    key=lambda model: model._meta.label,
)


@pytest.fixture
def rows(brand: Brand) -> Rows:
    return make_rows(brand, OURS)


@pytest.fixture
def rival(other_brand: Brand, stranger: User, client: Client) -> Client:
    """The back office as another brand's owner, who has rows of their own."""
    make_rows(other_brand, THEIRS)
    sign_in_confirmed(client, stranger)
    return client


def address(model: type[models.Model], page: str, *args: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_admin_stands_on_the_base() -> None:
    strays = [
        type(model_admin).__name__
        for model, model_admin in admin.site._registry.items()
        if model not in EXCEPTIONS and not isinstance(model_admin, BrandAdmin)
    ]
    assert strays == []
    inlines = [
        inline.__name__
        for model_admin in admin.site._registry.values()
        for inline in model_admin.inlines
        if not issubclass(inline, BrandInline)
    ]
    assert inlines == []
    assert len(SCOPED) >= 14


def test_lists_show_only_own_rows(rows: Rows, rival: Client, subtests: pytest.Subtests) -> None:
    for model in SCOPED:
        with subtests.test(model=model._meta.label):
            response = rival.get(address(model, "changelist"))
            assert response.status_code == 200
            assert OURS not in response.content.decode().lower()
            assert rows[model].pk not in response.content.decode()
            shown = {row.owning_brand_id for row in response.context["cl"].result_list}
            assert shown == {Brand.objects.get(slug="rival").pk}


def test_searching_finds_only_own_rows(
    rows: Rows, rival: Client, subtests: pytest.Subtests
) -> None:
    for model in SCOPED:
        with subtests.test(model=model._meta.label):
            response = rival.get(address(model, "changelist"), {"q": OURS[:4]})
            assert response.status_code == 200
            assert response.context["cl"].result_count == 0


def test_pages_of_others_rows_do_not_exist(
    rows: Rows, rival: Client, subtests: pytest.Subtests
) -> None:
    for model, page in product(SCOPED, ("change", "delete", "history")):
        with subtests.test(model=model._meta.label, page=page):
            row = rows[model]
            LogEntry.objects.create(
                user=User.objects.get(first_name=OURS),
                content_type=ContentType.objects.get_for_model(model),
                object_id=row.pk,
                object_repr=OURS,
                action_flag=CHANGE,
                change_message="[]",
            )
            model_admin = admin.site.get_model_admin(model)
            assert isinstance(model_admin, BrandAdmin)
            # A page that deletes for nobody says so before it looks for the row.
            status = 403 if page == "delete" and not model_admin.can_delete_rows else 404
            assert rival.get(address(model, page, row.pk)).status_code == status
            assert rival.post(address(model, page, row.pk), {"post": "yes"}).status_code == status
            assert model._base_manager.filter(pk=row.pk).exists()


def test_actions_do_not_touch_others_rows(
    rows: Rows, rival: Client, subtests: pytest.Subtests
) -> None:
    for model in SCOPED:
        with subtests.test(model=model._meta.label):
            row = rows[model]
            request = RequestFactory().get("/")
            request.user = User.objects.get(email="owner@rival.test")
            model_admin = admin.site.get_model_admin(model)
            for action in model_admin.get_actions(request):
                response = rival.post(
                    address(model, "changelist"),
                    {"action": action, "_selected_action": [row.pk], "post": "yes"},
                    follow=True,
                )
                content = b"".join(response) if response.streaming else response.content
                assert OURS not in content.decode(errors="replace").lower(), action
            assert model._base_manager.filter(pk=row.pk).exists()


def test_forms_and_filters_offer_only_own_rows(
    rows: Rows, rival: Client, stranger: User, subtests: pytest.Subtests
) -> None:
    for model in SCOPED:
        with subtests.test(model=model._meta.label):
            request = RequestFactory().get("/")
            request.user = stranger
            model_admin = admin.site.get_model_admin(model)
            forms = [model_admin.get_form(request)]
            forms += [
                inline.get_formset(request).form
                for inline in model_admin.get_inline_instances(request)
            ]
            others = {row.pk for row in rows.values()}
            for form in forms:
                for name, field in form.base_fields.items():
                    if isinstance(field, ModelChoiceField) and field.queryset is not None:
                        offered = set(field.queryset.values_list("pk", flat=True))
                        assert not offered & others, f"{form.__name__}.{name}"


@pytest.mark.parametrize(("source", "field"), [("product", "category")])
def test_autocomplete_finds_only_own_rows(
    source: str, field: str, rows: Rows, rival: Client
) -> None:
    query = {"app_label": "catalogue", "model_name": source, "field_name": field}
    found = rival.get(reverse("admin:autocomplete"), {**query, "term": ""}).json()["results"]
    assert [result["text"] for result in found] == [f"{THEIRS} category"]
    none = rival.get(reverse("admin:autocomplete"), {**query, "term": OURS}).json()["results"]
    assert none == []


def product_form(brand: Brand, **more: Any) -> dict[str, Any]:
    return {
        "brand": brand.pk, "name": "New", "reference": "new", "tax_class": "standard",
        "published": "on", "condition": "new",
        "media-TOTAL_FORMS": 0, "media-INITIAL_FORMS": 0,
        "option_values-TOTAL_FORMS": 0, "option_values-INITIAL_FORMS": 0,
        "variants-TOTAL_FORMS": 0, "variants-INITIAL_FORMS": 0, **more,
    }  # fmt: skip


def test_a_form_that_names_others_rows_is_refused(
    brand: Brand, other_brand: Brand, rows: Rows, rival: Client
) -> None:
    stolen = rival.post(
        address(Product, "add"), product_form(other_brand, category=rows[Category].pk)
    )
    assert stolen.status_code == 200
    assert stolen.context["adminform"].form.errors.keys() == {"category"}
    assert OURS not in stolen.content.decode()
    show = Show.objects.for_brand(other_brand).get()
    hosts = rival.post(address(Show, "change", show.pk), {"title": "New", "hosts": [rows[Host].pk]})
    assert hosts.context["adminform"].form.errors.keys() == {"hosts"}


def test_a_brand_that_is_not_theirs_is_not_taken_from_the_form(
    brand: Brand, other_brand: Brand, rows: Rows, rival: Client
) -> None:
    response = rival.post(address(Product, "add"), product_form(brand))
    assert response.status_code == 302
    assert Product.objects.for_brand(other_brand).filter(reference="new").exists()
    assert not Product.objects.for_brand(brand).filter(reference="new").exists()


def test_rows_of_an_inline_are_not_reached_by_their_id(
    brand: Brand, other_brand: Brand, rows: Rows, rival: Client
) -> None:
    own = Product.objects.for_brand(other_brand).get()
    form = product_form(other_brand) | {
        "variants-TOTAL_FORMS": 1, "variants-INITIAL_FORMS": 1,
        "variants-0-id": rows[Variant].pk, "variants-0-product": own.pk, "variants-0-sku": "STOLEN",
        "variants-0-price": "1", "variants-0-position": 0,
    }  # fmt: skip
    rival.post(address(Product, "change", own.pk), form)
    assert Variant.objects.for_brand(brand).get().sku == f"{OURS}-sku"


def test_two_brands_of_one_person_are_not_mixed(
    brand: Brand, other_brand: Brand, rows: Rows, stranger: User, client: Client
) -> None:
    StaffRole.objects.create(brand=brand, user=stranger, role=Role.PRODUCER)
    client.force_login(stranger)
    mixed = client.post(
        address(Product, "add"), product_form(other_brand, category=rows[Category].pk)
    )
    assert mixed.context["adminform"].form.errors == {
        "category": ["This belongs to another brand."]
    }


def test_role_at_one_brand_gives_no_rights_at_another(
    brand: Brand, other_brand: Brand, rows: Rows, stranger: User, client: Client
) -> None:
    make_rows(other_brand, THEIRS)
    StaffRole.objects.create(brand=brand, user=stranger, role=Role.HOST)
    client.force_login(stranger)
    page = client.get(address(Product, "change", rows[Product].pk))
    assert page.status_code == 200
    assert page.context["has_change_permission"] is False
    assert client.post(address(Product, "delete", rows[Product].pk)).status_code == 403
    client.post(
        address(Product, "changelist"),
        {"action": "delete_selected", "_selected_action": [rows[Product].pk], "post": "yes"},
    )
    assert Product.objects.for_brand(brand).exists()


@pytest.mark.parametrize(
    ("role", "seen", "hidden"),
    [
        (Role.OWNER, {"orders", "products", "staff", "brands", "bans"}, {"users"}),
        (Role.PRODUCER, {"orders", "products", "bans", "stock"}, {"staff", "brands", "users"}),
        (Role.CLERK, {"orders", "payments", "stock", "mails"}, {"staff", "members", "users"}),
        (Role.MODERATOR, {"products", "bans", "members"}, {"orders", "staff", "holds"}),
        (Role.HOST, {"products", "shows"}, {"orders", "members", "staff", "payments"}),
    ],
)
def test_the_sidebar_shows_what_the_role_may_open(
    brand: Brand, client: Client, role: Role, seen: set[str], hidden: set[str]
) -> None:
    client.force_login(make_staff(brand, role, "someone@example.test"))
    groups = client.get(reverse("admin:index")).context["sidebar_navigation"]
    titles = {str(item["title"]).lower() for group in groups for item in group["items"]}
    assert seen <= titles
    assert not hidden & titles


def test_staff_without_a_role_see_nothing(brand: Brand, rows: Rows, client: Client) -> None:
    client.force_login(User.objects.create_user("idle@example.test", is_staff=True))
    index = client.get(reverse("admin:index"))
    assert index.context["app_list"] == []
    for model in admin.site._registry:
        assert client.get(address(model, "changelist")).status_code == 403


def test_members_do_not_get_in(brand: Brand, client: Client) -> None:
    client.force_login(User.objects.create_user("member@example.test"))
    assert client.get(reverse("admin:index")).status_code == 302
    assert client.get(reverse("admin:login")).status_code == 403


def test_guests_are_sent_to_the_limited_log_in(brand: Brand, client: Client) -> None:
    answer = client.get(reverse("admin:login"), {"next": "/admin/"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_djangos_shortcut_past_the_brands_is_closed(rows: Rows, rival: Client) -> None:
    kind = ContentType.objects.get_for_model(Show)
    assert rival.get(f"/admin/r/{kind.pk}/{rows[Show].pk}/").status_code == 404


def test_the_policy_is_relaxed_here_and_nowhere_else(
    brand: Brand, producer: User, client: Client
) -> None:
    client.force_login(producer)
    policy = client.get("/admin/")["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src "))
    assert scripts == "script-src 'self' 'unsafe-eval'"  # nothing written into a page runs
    elsewhere = client.get("/api/v1/openapi.json")["Content-Security-Policy"]
    assert "unsafe" not in elsewhere
