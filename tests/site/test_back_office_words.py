"""Word rules in the back office: the same verbs as in the console, and lists from a file."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.community.safety.models import AuditEntry, WordRule
from tests.community.moderating import lines
from tests.conftest import make_staff

IMPORT = "/admin/community/wordrule/import/"


@pytest.fixture
def office(client: Client, moderator: User) -> Client:
    client.force_login(moderator)
    return client


def rule(**more: Any) -> dict[str, Any]:
    return {
        "pattern": "Mist",
        "action": "block",
        "language": "de",
        "catches_variants": "on",
        **more,
    }


def patterns(brand: Brand) -> list[tuple[str, str, str]]:
    rows = WordRule.objects.for_brand(brand).order_by("pattern", "language")
    return list(rows.values_list("pattern", "language", "action"))


def upload(office: Client, brand: Brand, data: bytes) -> Any:
    file = SimpleUploadedFile("words.csv", data)
    return office.post(IMPORT, {"file": file, "brand": brand.pk})


def test_a_rule_is_made_changed_and_removed(brand: Brand, office: Client) -> None:
    assert office.post(reverse("admin:community_wordrule_add"), rule()).status_code == 302
    row = WordRule.objects.for_brand(brand).get()
    at = reverse("admin:community_wordrule_change", args=[row.pk])
    assert office.post(at, rule(action="hold", pattern=" So  ein Mist ")).status_code == 302
    assert patterns(brand) == [("So ein Mist", "de", "hold")]
    gone = reverse("admin:community_wordrule_delete", args=[row.pk])
    assert office.post(gone, {"post": "yes"}).status_code == 302
    assert patterns(brand) == []
    assert [line[0] for line in lines(brand)] == ["word.added", "word.changed", "word.removed"]


def test_several_are_removed_at_once(brand: Brand, office: Client) -> None:
    upload(office, brand, b"one\ntwo\nthree\n")
    ids = list(WordRule.objects.for_brand(brand).values_list("pk", flat=True))[:2]
    office.post(
        reverse("admin:community_wordrule_changelist"),
        {"action": "delete_selected", "_selected_action": ids, "post": "yes"},
    )
    assert len(patterns(brand)) == 1
    assert [line[0] for line in lines(brand)] == ["words.imported", *["word.removed"] * 2]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"pattern": "a*"}, "pattern"), ({"language": "klingon"}, "language"),
        ({"action": ""}, "action"),
    ],
)  # fmt: skip
def test_faulty_rule_is_an_error_of_its_field(
    brand: Brand, office: Client, more: dict[str, Any], field: str
) -> None:
    response = office.post(reverse("admin:community_wordrule_add"), rule(**more))
    assert response.context["adminform"].form.errors.keys() == {field}
    assert (patterns(brand), lines(brand)) == ([], [])


def test_word_rule_is_not_added_twice(brand: Brand, office: Client) -> None:
    office.post(reverse("admin:community_wordrule_add"), rule())
    response = office.post(reverse("admin:community_wordrule_add"), rule(pattern=" Mist "))
    assert response.status_code == 200
    assert patterns(brand) == [("Mist", "de", "block")]


def test_a_list_is_imported_and_exported(brand: Brand, office: Client) -> None:
    response = upload(office, brand, b"pattern,action,language\nMist,hold,de\nbad,shout,\n")
    assert response.status_code == 200
    assert "Imported, with rows left out" in response.content.decode()
    assert "Choose block, hold, replace or flag." in response.content.decode()
    assert patterns(brand) == [("Mist", "de", "hold")]
    ids = list(WordRule.objects.for_brand(brand).values_list("pk", flat=True))
    exported = office.post(
        reverse("admin:community_wordrule_changelist"),
        {"action": "export_selected", "_selected_action": ids},
    ).getvalue()
    assert upload(office, brand, exported).status_code == 200
    assert patterns(brand) == [("Mist", "de", "hold")]
    errors = upload(office, brand, b"\xff\xfe").context["form"].errors
    assert errors == {"file": ["The file is no UTF-8 text."]}
    assert upload(office, brand, b"x" * 500_001).context["form"].errors.keys() == {"file"}


def test_a_brand_that_is_not_theirs_is_no_choice(
    brand: Brand, other_brand: Brand, office: Client, moderator: User
) -> None:
    StaffRole.objects.create(brand=other_brand, user=moderator, role=Role.HOST)
    assert upload(office, other_brand, b"word").context["form"].errors.keys() == {"brand"}
    assert patterns(other_brand) == []


@pytest.mark.parametrize("role", [Role.HOST, None])
def test_others_do_not_import(brand: Brand, client: Client, role: Role | None) -> None:
    user = (
        make_staff(brand, role, "host@example.test")
        if role is not None
        else User.objects.create_user("idle@example.test", is_staff=True)
    )
    client.force_login(user)
    assert upload(client, brand, b"word").status_code == 403
    assert patterns(brand) == []


def test_the_log_is_there_to_be_read(brand: Brand, office: Client) -> None:
    office.post(reverse("admin:community_wordrule_add"), rule())
    line = AuditEntry.objects.for_brand(brand).get()
    page = office.get(reverse("admin:community_auditentry_changelist"))
    assert "word.added" in page.content.decode()
    at = reverse("admin:community_auditentry_change", args=[line.pk])
    assert office.get(at).status_code == 200
    assert office.post(at, {"action": "nothing"}).status_code == 403
    gone = reverse("admin:community_auditentry_delete", args=[line.pk])
    assert office.post(gone, {"post": "yes"}).status_code == 403
    assert [one[0] for one in lines(brand)] == ["word.added"]
