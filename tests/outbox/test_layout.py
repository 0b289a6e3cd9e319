"""A brand's own layout of its mails: what it shows, what it cannot do, and how it goes again."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from showfloor.accounts import brand_mail
from showfloor.accounts.mail_layout import FRAME_CHARS_MAX, MailLayout, harmless
from showfloor.accounts.models import Brand, Role, User
from showfloor.outbox import kinds
from showfloor.outbox.jobs import send_messages
from tests.conftest import make_staff

pytestmark = pytest.mark.django_db

FRAME = """<table style="background:#203040"><tr><td><a href="{{ home }}">{{ brand }}</a></td></tr>
<tr><td>{{ content }}</td></tr><tr><td>{{ footer }}</td></tr></table>"""


@pytest.fixture
def office(brand: Brand, client: Client) -> Client:
    client.force_login(make_staff(brand, Role.PRODUCER, "producer@example.test"))
    return client


def sent(brand: Brand) -> kinds.Content:
    return kinds.sample("order-confirmed", brand, "en")


def test_header_and_footer_stand_in_both_forms_and_go_with_the_row(brand: Brand) -> None:
    row = MailLayout.objects.create(
        brand=brand, header="Free delivery <today>", footer="Maison Test GmbH\nHRB 12345",
        ground="#102030",
    )  # fmt: skip
    made = sent(brand)
    assert made.text.startswith("Free delivery <today>\n\n")
    assert made.text.endswith("\n\nMaison Test GmbH\nHRB 12345\n")
    assert "Free delivery &lt;today&gt;" in made.html
    assert "Maison Test GmbH<br>HRB 12345" in made.html
    assert "background:#102030" in made.html
    assert "color:#ffffff" in made.html  # readable on that ground
    row.delete()
    after = sent(brand)
    for trace in ("Free delivery", "HRB 12345", "#102030"):
        assert trace not in after.text + after.html


def test_own_frame_stands_around_the_mail_with_values_escaped(brand: Brand) -> None:
    Brand.objects.filter(pk=brand.pk).update(name="A & <b>B</b>")
    brand.refresh_from_db()
    MailLayout.objects.create(brand=brand, footer="1 < 2", frame=FRAME)
    html = sent(brand).html
    before, _middle, after = html.partition("Thank you for your order</h1>")
    assert "background:#203040" in before
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;</a>" in before
    assert "1 &lt; 2" in after
    assert html.count("1 &lt; 2") == 1
    assert "{{" not in html
    assert "max-width:560px" not in html  # of our frame
    account = brand_mail.compose(brand, "Your code", "A1B2-C3D4", "anna@example.test")
    content, _kind = account.alternatives[0]
    assert "background:#203040" in str(content)
    assert str(account.body).endswith("\n\n1 < 2\n")


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<iframe src=//x></iframe>",
        '<a href="javascript:alert(1)">x</a>', "<form action=//x><input></form>",
        "<style>@import url(//x)</style>", "<svg onload=alert(1)>", "{% load static %}",
        "{{ request.user }}", "<link rel=stylesheet href=//x>",
    ],
)  # fmt: skip
def test_frame_runs_nothing(brand: Brand, evil: str) -> None:
    MailLayout.objects.create(brand=brand, frame=f"<div>{evil}{{{{ content }}}}</div>")
    html = sent(brand).html
    assert "ABCD-1234" in html
    for word in ("<script", "onerror", "<iframe", "javascript:", "<form", "@import", "onload",
                 "<link", "<svg", "AnonymousUser"):  # fmt: skip
        assert word not in html


def test_producer_previews_tries_and_resets_a_layout(office: Client, brand: Brand) -> None:
    add = reverse("admin:accounts_maillayout_add")
    for frame, said in (
        ("<p>no mail</p>", "The frame needs {{ content }} once"),
        (
            '<p>Hi</p>\n<a title="1 > 0 {{ content }}" href="#">x</a>',
            "{{ content }} stands in “title” of &lt;a&gt; in line 2.",
        ),
        ("{{ content }}{{ content }}", "The frame needs {{ content }} once"),
        ("{{ content }}{{ password }}", "There is no {{ password }} here."),
        ("{{ content }}" + "x" * FRAME_CHARS_MAX, "at most 20000 characters"),
    ):
        answer = office.post(add, {"brand": brand.pk, "frame": frame})
        assert said in answer.content.decode()
    assert "A colour like" in office.post(add, {"brand": brand.pk, "ground": "red"}).text
    assert MailLayout.objects.for_brand(brand).count() == 0
    office.post(add, {"brand": brand.pk, "frame": f"{FRAME}<script>x</script>", "header": "Hi"})
    row = MailLayout.objects.for_brand(brand).get()
    assert row.frame == harmless(FRAME)  # kept as it is sent
    page = office.get(reverse("admin:accounts_maillayout_preview", args=[row.pk])).text
    assert "sandbox" in page
    shown = office.get(reverse("admin:accounts_maillayout_frame", args=[row.pk]))
    assert "background:#203040" in shown.text
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    office.post(reverse("admin:accounts_maillayout_test", args=[row.pk]))
    send_messages()
    assert [one.to for one in mail.outbox] == [["producer@example.test"]]
    office.post(reverse("admin:accounts_maillayout_delete", args=[row.pk]), {"post": "yes"})
    assert "background:#203040" not in sent(brand).html


def test_layout_of_another_brand_does_not_exist(
    office: Client, other_brand: Brand, stranger: User
) -> None:
    row = MailLayout.objects.create(brand=other_brand, header="Secret")
    for page in ("change", "preview", "frame"):
        answer = office.get(reverse(f"admin:accounts_maillayout_{page}", args=[row.pk]))
        assert answer.status_code in (302, 404)
        assert "Secret" not in answer.text
